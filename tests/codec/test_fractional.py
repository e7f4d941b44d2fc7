"""Samples between levels: whole levels as the image's decoder reads them, and straight lines between and beyond."""

import numpy as np
import pytest

from ecg_synth.codec import EcgImageCodec
from ecg_synth.codec.fractional import decode_fractional

RNG = np.random.default_rng(0)
TRAINING = [RNG.normal(0, 0.3, (9, 60, 2))]


def unit_of(codec, images):
    """The levels of images `(n, side, side, leads)` in time order, as a network would say them."""
    flat = images.reshape(len(images), -1)
    return flat[:, codec.position].astype(float) / ((2**codec.bits - 1) / 2) - 1


@pytest.mark.parametrize("standardization", ["adapted", "minmax", "quantile", "equalized"])
@pytest.mark.parametrize("bits", [8, 16])
def test_whole_levels_are_what_an_image_decodes_to(standardization, bits):
    codec = EcgImageCodec(("i", "v2"), standardization, length=60, fs=100.0, bits=bits).fit(TRAINING)
    images = codec.encode_slices(TRAINING[0]).images
    expected = codec.decode(images)
    found = decode_fractional(codec, unit_of(codec, images))
    # The adapted range's lowest level is half as wide as the others: the median of a slice is never there.
    held = images.reshape(len(images), -1)[:, codec.position] > codec.standardization.a + (standardization == "adapted")
    np.testing.assert_allclose(found[held], expected[held], atol=1e-5)
    assert found.dtype == np.float32


def test_what_an_image_would_cut_off_stays():
    codec = EcgImageCodec(("i",), "minmax", length=64, fs=100.0).fit([RNG.normal(0, 0.3, (9, 64, 1))])
    unit = np.linspace(-2, 2, 300)[None, :, None]
    found = decode_fractional(codec, unit)[0, :, 0]
    slopes = np.diff(found)
    np.testing.assert_allclose(slopes, slopes.mean(), rtol=1e-3)
    (lower,), (upper,) = codec.standardization.lower, codec.standardization.upper
    np.testing.assert_allclose(found[[0, -1]], [1.5 * lower - 0.5 * upper, 1.5 * upper - 0.5 * lower], atol=5e-3)


def test_levels_count_from_the_median_of_the_whole():
    codec = EcgImageCodec(("i",), length=60, fs=100.0)
    found = decode_fractional(codec, RNG.normal(0, 0.3, (4, 1001, 1)))
    np.testing.assert_array_equal(np.median(found, axis=1), 0)


def test_leads_that_are_not_stored_are_computed():
    codec = EcgImageCodec(("i", "ii", "iii", "avr"), length=60, fs=100.0, independent=True)
    i, ii, iii, avr = np.moveaxis(decode_fractional(codec, RNG.normal(0, 0.3, (2, 90, 2))), 2, 0)
    np.testing.assert_array_equal(iii, ii - i)
    np.testing.assert_allclose(avr, -(i + ii) / 2, atol=1e-6)
