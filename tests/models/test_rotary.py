"""Attention by distance: turns are rotations, only distances count, and a flow that gains it is at first the same."""

import dataclasses

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import FlowConfig, FlowGanConfig, ShortcutConfig
from ecg_synth.errors import InputError
from ecg_synth.models import build_gan, get_preset
from ecg_synth.models.long_flow import lengthened
from ecg_synth.models.rotary import RotaryAttention
from ecg_synth.models.starting import take_weights
from ecg_synth.models.unet import unet

RNG = np.random.default_rng(0)
PLACES, MAPS = 12, 16


def attention(**changes):
    """One that finds something: a new one finds zeros."""
    layer = RotaryAttention(**{"heads": 2, "reach": PLACES, **changes})
    layer.build((None, PLACES, MAPS))
    layer.found.kernel.assign(np.eye(MAPS))
    return layer


def network(rhythm, samples=64):
    return unet(samples, 2, 0, (8, 16), 2, 0, keras.dtype_policies.get("float32"), rhythm=rhythm)


def shaken(model):
    stream = np.random.default_rng(1)
    for weight in model.weights:
        weight.assign(weight + 0.1 * stream.standard_normal(weight.shape))
    return model


def values(tensor):
    return keras.ops.convert_to_numpy(tensor)


@given(st.integers(0, PLACES - 1), st.integers(0, PLACES - 1), st.integers(0, 40))
def test_only_the_distance_of_places_counts(one, other, moved):
    query, key = RNG.standard_normal((2, 8)).astype("float32")
    layer = RotaryAttention(2, PLACES)

    def product(first, second):
        rows = np.zeros((1, PLACES + 41, 2, 8), "float32")
        rows[0, first, 0], rows[0, second, 1] = query, key
        turned = values(layer.turned(rows))
        return turned[0, first, 0] @ turned[0, second, 1]

    assert product(one + moved, other + moved) == pytest.approx(product(one, other), abs=1e-4)


def test_turning_keeps_lengths_and_leaves_the_first_place():
    rows = RNG.standard_normal((2, PLACES, 2, 8)).astype("float32")
    turned = values(RotaryAttention(2, PLACES).turned(rows))
    np.testing.assert_allclose(np.linalg.norm(turned, axis=-1), np.linalg.norm(rows, axis=-1), rtol=1e-5)
    np.testing.assert_allclose(turned[:, 0], rows[:, 0], atol=1e-6)


def test_order_matters_and_without_turns_it_would_not():
    features = RNG.standard_normal((1, PLACES, MAPS)).astype("float32")
    backwards = features[:, ::-1]
    layer = attention()
    assert np.abs(values(layer(features))[:, ::-1] - values(layer(backwards))).max() > 0.01
    layer.turned = lambda rows: rows
    np.testing.assert_allclose(values(layer(features))[:, ::-1], values(layer(backwards)), atol=1e-5)


@pytest.mark.parametrize("near", [1, 4])
def test_what_is_not_near_is_not_seen(near):
    layer, features = attention(near=near), RNG.standard_normal((1, PLACES, MAPS)).astype("float32")
    other = features.copy()
    other[0, 5] += 1
    changed = np.abs(values(layer(features)) - values(layer(other))).max(axis=(0, 2)) > 1e-6
    assert list(np.flatnonzero(changed)) == list(range(max(0, 5 - near), 5 + near + 1))


def test_its_config_builds_it_again():
    layer = attention(near=3)
    again = RotaryAttention.from_config(layer.get_config())
    again.build((None, PLACES, MAPS))
    again.set_weights(layer.get_weights())
    features = RNG.standard_normal((2, PLACES, MAPS)).astype("float32")
    np.testing.assert_array_equal(values(again(features)), values(layer(features)))


def test_a_flow_that_gains_it_is_at_first_the_same():
    trained, gaining = shaken(network(0)), network(2)
    assert take_weights([(gaining, trained)])[0] == trained.count_params()
    noise, time = RNG.standard_normal((3, 64, 2)).astype("float32"), np.full((3, 1), 0.4, "float32")
    np.testing.assert_array_equal(values(gaining([noise, time])), values(trained([noise, time])))


@pytest.mark.parametrize("family", [FlowConfig, ShortcutConfig, FlowGanConfig])
def test_looks_by_distance_are_not_lost_on_the_way(family):
    codec = EcgImageCodec(length=64, fs=125.0)
    small = {"grid": 64, "filters": (8,), "patch": 2}

    def made(family, rhythm):
        preset = "flow-gan" if family is FlowGanConfig else "flow-small"
        config = dataclasses.replace(get_preset(preset), model=family(**small, rhythm=rhythm))
        return build_gan(config, codec.full_shape, 0, codec.get_config())

    knows, does_not = made(FlowConfig, 1), made(FlowConfig, 0)
    assert made(family, 1).start_from(does_not)[0] > 0
    assert made(family, 2).start_from(knows)[0] > 0
    with pytest.raises(InputError, match=r"Received: rhythm=0, and a flow of 1\. Give --rhythm 1"):
        made(family, 0).start_from(knows)


def test_on_a_long_grid_it_looks_half_a_slice_to_each_side():
    trained = shaken(network(1))
    same, long = lengthened(trained, 1), lengthened(trained, 5)
    noise, time = RNG.standard_normal((1, 64, 2)).astype("float32"), np.full((1, 1), 0.4, "float32")
    np.testing.assert_allclose(values(same([noise, time])), values(trained([noise, time])), atol=1e-6)
    assert [layer.near for layer in long.layers if isinstance(layer, RotaryAttention)] == [8]
    assert trained.get_layer("rhythm_0").near == 0


def test_a_negative_number_of_looks_is_an_error():
    with pytest.raises(InputError, match="counted from 0. Received: rhythm=-1"):
        network(-1)
