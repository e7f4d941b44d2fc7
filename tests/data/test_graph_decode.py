"""Decoding in the graph against decoding in NumPy, for what images may hold beside 8-bit levels of samples."""

import numpy as np
import pytest
import tensorflow as tf

from ecg_synth.codec import COLORS, EcgImageCodec
from ecg_synth.codec.ops import NumpyOps
from ecg_synth.data.graph_decode import GraphDecoder
from ecg_synth.data.graph_ops import GraphOps

LEADS = ("i", "ii", "v1")


def random_images(codec, n=3, seed=0):
    shape = (n, *codec.full_shape)
    return np.random.default_rng(seed).integers(0, 2**codec.bits, shape).astype(codec.dtype)


@pytest.mark.parametrize("color", sorted(COLORS))
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("standardization", ["adapted", "equalized"])
def test_same_bits_in_every_color_space(color, bits, standardization):
    slices = np.random.default_rng(1).normal(size=(4, 60, 3))
    codec = EcgImageCodec(LEADS, standardization, "spiral", 60, color=color, bits=bits).fit([slices])
    images = random_images(codec, 40)
    decoded = tf.function(GraphDecoder(codec))(images).numpy()
    np.testing.assert_array_equal(decoded.view(np.uint32), codec.decode(images).view(np.uint32))


@pytest.mark.parametrize("color", sorted(set(COLORS) - {"rgb"}))
@pytest.mark.parametrize("bits", [8, 16])
def test_same_levels_for_any_stored_color(color, bits):
    space = COLORS[color](bits)
    levels = np.random.default_rng(2).integers(0, 2**bits, (40_000, space.channels), dtype=np.int32)
    found = tf.function(lambda stored: space.decode(stored, GraphOps()))(levels).numpy()
    np.testing.assert_array_equal(found, space.decode(levels, NumpyOps()))


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("length", [1024, 2025, 333])
def test_frequencies_agree_to_a_millionth(length, bits):
    rng = np.random.default_rng(0)
    slices = np.cumsum(rng.normal(0, 0.02, (8, length, 3)), axis=1)
    codec = EcgImageCodec(LEADS, "minmax", "hilbert", length, domain="dct", bits=bits, independent=True).fit([slices])
    # Noise of every band at its largest: no slice of data reaches a tenth of it.
    images = random_images(codec)
    decoded, expected = GraphDecoder(codec)(images).numpy(), codec.decode(images)
    np.testing.assert_allclose(decoded, expected, rtol=0, atol=1e-6 * np.abs(expected).max())
