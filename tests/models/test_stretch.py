"""Stretched images are those of the stretched slices, and none leaves the levels."""

import dataclasses

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import FlowConfig
from ecg_synth.errors import InputError
from ecg_synth.models import build_gan, get_preset
from ecg_synth.models.scaling import to_unit
from ecg_synth.models.stretch import Stretch
from ecg_synth.models.time_order import TimeOrder

RNG = np.random.default_rng(0)
SLICES = (0.2 * RNG.standard_normal((5, 16, 2)) + 0.3).astype("float32")
CODECS = {
    name: EcgImageCodec(leads=("i", "ii"), length=16, bits=16, standardization=name, arrangement=arrangement)
    for name, arrangement in (("adapted", "z"), ("minmax", "hilbert"))
}
CODECS["minmax"] = CODECS["minmax"].fit([3 * SLICES, -3 * SLICES])


def samples_of(codec, slices):
    images = to_unit(codec.encode_slices(slices.astype("float32")).images)
    return keras.ops.convert_to_numpy(TimeOrder(codec.get_config()).samples(images))


@pytest.mark.parametrize("name", CODECS)
@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**31), gain=st.floats(1.0, 2.0))
def test_as_if_the_slice_in_mv_had_been_stretched(name, seed, gain):
    codec = CODECS[name]
    plain = samples_of(codec, SLICES)
    found = keras.ops.convert_to_numpy(Stretch(gain, codec.get_config())(plain, np.array([seed, 1])))
    zero = samples_of(codec, np.zeros((1, 16, 2)))
    factors = np.abs(found - zero).max(axis=(1, 2)) / np.abs(plain - zero).max(axis=(1, 2))
    assert (factors <= gain * 1.001).all()
    assert (factors >= 0.999 / gain).all()
    # Two levels of 65,535 of rounding before, and as many after.
    np.testing.assert_allclose(found, samples_of(codec, SLICES * factors[:, None, None]), atol=4e-4)


@pytest.mark.parametrize("name", CODECS)
def test_no_further_than_the_levels_go(name):
    codec = CODECS[name]
    plain = samples_of(codec, np.tile(SLICES, (20, 1, 1)))
    found = keras.ops.convert_to_numpy(Stretch(1000.0, codec.get_config())(plain, np.array([0, 1])))
    assert np.abs(found).max() <= 1.0 + 1e-6
    assert (found.max(axis=(1, 2)) > 1.0 - 1e-5).any()


def test_factors_are_spread_evenly_and_differ_by_seed():
    codec = EcgImageCodec(length=16, bits=16)
    slices = 0.1 * np.abs(np.sin(np.arange(16.0)))[None, :, None].repeat(2000, axis=0)
    plain = samples_of(codec, slices)
    stretch = Stretch(1.5, codec.get_config())

    def drawn(key):
        found = keras.ops.convert_to_numpy(stretch(plain, np.array([0, key])))
        return np.log((1 + found.max(axis=(1, 2))) / (1 + plain.max()))

    one, same, other = drawn(1), drawn(1), drawn(2)
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    counts, _ = np.histogram(one, bins=5, range=(-np.log(1.5), np.log(1.5)))
    assert counts.min() > 330


def test_a_flow_learns_them_and_keeps_the_gain():
    codec = EcgImageCodec(length=256, fs=125.0)
    config = get_preset("flow-small")
    small = FlowConfig(grid=64, filters=(8,), patch=1, steps=2)
    images = RNG.integers(0, 200, (6, 16, 16, 1), np.uint8)

    def deviation(gain):
        model = dataclasses.replace(small, gain=gain)
        flow = build_gan(dataclasses.replace(config, model=model), (16, 16, 1), codec=codec.get_config())
        assert flow.get_config()["gain"] == gain
        flow.train_on_batch(images)
        return float(flow.sampler.deviation[0])

    assert deviation(1.0) != deviation(1.2)


@pytest.mark.parametrize("gain", [0.5, 0.0, float("inf"), float("nan")])
def test_a_gain_out_of_range_is_refused(gain):
    with pytest.raises(InputError, match="Received: gain="):
        Stretch(gain, CODECS["adapted"].get_config())


def test_equalized_levels_are_refused():
    codec = EcgImageCodec(length=16, standardization="equalized").fit([SLICES[:, :, :1]])
    with pytest.raises(InputError, match="'equalized'"):
        Stretch(1.2, codec.get_config())
