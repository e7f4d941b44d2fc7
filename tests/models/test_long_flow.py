"""A flow on a longer grid: one slice is the slice, a field that is known is followed, and who looks at whom."""

import dataclasses

import keras
import numpy as np

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import FlowConfig, ShortcutConfig
from ecg_synth.models import build_gan, get_preset
from ecg_synth.models.grid import off_grid
from ecg_synth.models.long_flow import BATCH, LongFlow, lengthened

RNG = np.random.default_rng(0)
CODEC = EcgImageCodec(leads=("i", "ii"), length=250, fs=125.0)
SMALL = {"grid": 64, "emphasis": 1.0, "filters": (8, 16), "patch": 2, "steps": 4, "ema": 0.0}


def shaken(family=FlowConfig, **model):
    """A flow of random weights: the network of an untrained one has no velocity at all."""
    config = dataclasses.replace(get_preset("flow-small"), model=family(**{**SMALL, **model}))
    flow = build_gan(config, CODEC.full_shape, 0, CODEC.get_config())
    stream = np.random.default_rng(1)
    for weight in flow.velocity.weights:
        weight.assign(weight + 0.1 * stream.standard_normal(weight.shape))
    return flow


def test_a_strip_of_one_slice_is_the_slice():
    flow = shaken(ShortcutConfig)
    long = LongFlow(flow, 1)
    latents = RNG.standard_normal((BATCH, flow.latent_dim)).astype("float32")
    found = long.unit(long.finish(long.halfway(long.noise(latents))))
    images = keras.ops.convert_to_numpy(flow(latents))
    np.testing.assert_allclose(found, images.reshape(BATCH, -1)[:, CODEC.position], atol=1e-4)


def test_a_field_that_is_known_is_followed():
    """Of slices N(m, s^2) the field is known, sample by sample, and takes noise to m + s * noise at any length."""
    slices, m, s = 3, 0.2, 0.5
    x, t = keras.Input((64, 2)), keras.Input((1,))

    @keras.saving.register_keras_serializable("test_long_flow")
    class Field(keras.layers.Layer):
        def call(self, x, t):
            t = t[:, :, None]
            return m + (t * s**2 - (1 - t)) / ((1 - t) ** 2 + (t * s) ** 2) * (x - t * m)

    flow = shaken(steps=200)
    flow.sampler._tracker.unlock()
    flow.sampler.velocity = keras.Model([x, t], Field()(x, t))
    long = LongFlow(flow, slices)
    noise = long.noise(RNG.standard_normal((BATCH, slices, 128)).astype("float32"))
    found = long.finish(long.halfway(noise))
    np.testing.assert_allclose(found, m + s * noise, atol=4e-3)
    np.testing.assert_allclose(long.unit(found), off_grid(found, slices * 250, 125.0, 1.0), atol=1e-5)


def test_a_strip_goes_on_without_a_border():
    """What one sample of noise changes has no end where a slice would have: the network knows no borders."""
    long = lengthened(shaken().sampler.velocity, 4)
    noise = RNG.standard_normal((1, 256, 2)).astype("float32")
    moved = noise.copy()
    moved[0, 64] += 1
    time = np.full((1, 1), 0.5, "float32")
    change = np.abs(keras.ops.convert_to_numpy(long([moved, time]) - long([noise, time]))).sum(axis=(0, 2))
    assert (change[60:68] > 0).all()
    assert change[60:64].sum() > 0.1 * change[64:68].sum()


def test_all_look_at_the_middle_slice_and_at_what_is_near():
    long = lengthened(shaken().sampler.velocity, 5)
    noise = RNG.standard_normal((1, 320, 2)).astype("float32")
    time = np.full((1, 1), 0.5, "float32")
    before = keras.ops.convert_to_numpy(long([noise, time]))

    def changed(where):
        other = noise.copy()
        other[0, where] += 1
        return np.abs(keras.ops.convert_to_numpy(long([other, time])) - before).sum(axis=(0, 2)) > 0

    assert changed(slice(150, 170)).all()
    last = changed(slice(300, 320))
    assert last[300:].all()
    assert not last[:200].any()
