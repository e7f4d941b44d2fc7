"""A trained flow on a grid longer than a slice: the same network, so that nothing meets anything anywhere.

A U-Net's convolutions do not know how long a slice is; its attention does, for it was trained to look at one slice's
features. At five times as many the mean of what it finds varies less than it ever did, and all strips become the same
patient's. So on a long grid all features look at those of the middle slice: that one is drawn as a slice is, and the
rest of the strip follows it in shape, as frames follow a reference in models of pictures (Wu et al. 2023,
Tune-A-Video). Attention that knows distances sees on from each place as far as it did within a slice. No window is
cut, and none is joined.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ecg_synth.models.flow import Flow
from ecg_synth.models.grid import off_grid
from ecg_synth.models.rotary import RotaryAttention
from ecg_synth.models.time_order import TimeOrder

# Strips that go through the network at once; always as many, so that their bytes do not depend on how many are wanted.
BATCH = 8


class LongFlow:
    """Draws what is several slices long from a trained flow.

    Args:
        flow: The flow; its averaged network and its solver are used.
        slices: How many slices' length to draw; 1 draws slices.

    Attributes:
        grid: Samples of the long grid.
        length: Samples of a strip.
        turn: Number of the step that begins nearest to half of the way, where noise and ECG weigh the same.
        time: When that is.
    """

    def __init__(self, flow: Flow, slices: int):
        sampler = flow.sampler
        self.grid = slices * flow.grid
        self._order = TimeOrder(flow.codec)
        self.length = slices * self._order.length
        self.turn = int(np.argmin(np.abs(sampler.times[:-1] - 0.5)))
        self.time = float(sampler.times[self.turn])
        self._flow = flow
        network = lengthened(sampler.velocity, slices)

        def between(first: int, last: int | None) -> Any:
            def follow(x: Any, told: Any) -> Any:
                return sampler.follow(x, told, first, last, network)

            return tf.function(follow, autograph=False)

        self._first, self._second = between(0, self.turn), between(self.turn, None)

    def noise(self, latents: np.ndarray) -> np.ndarray:
        """Returns latents of slices `(n, slices, latent_dim)` as the noise of strips, `(n, grid, leads)`."""
        return latents.reshape(len(latents), self.grid, -1)

    def halfway(self, noise: np.ndarray, told: np.ndarray | None = None) -> np.ndarray:
        """Returns noise `(n, grid, leads)`, `n` a multiple of `BATCH`, carried to the beginning of step `turn`.

        Args:
            noise: From `noise`.
            told: What the network is told of each strip, `(n, numbers)`; None in a flow that is told nothing.
        """
        return self._in_batches(self._first, noise, told)

    def finish(self, samples: np.ndarray, told: np.ndarray | None = None) -> np.ndarray:
        """Returns samples on the grid at the beginning of step `turn`, carried to the end; see `halfway`."""
        return self._in_batches(self._second, samples, told)

    def unit(self, samples: np.ndarray) -> np.ndarray:
        """Returns samples on the grid at the end as float64 `(n, length, leads)` on the scale of images, [-1, 1]."""
        sampler = self._flow.sampler
        mean, deviation = sampler.mean.numpy(), sampler.deviation.numpy()
        return off_grid(samples * deviation + mean, self.length, self._order.fs, self._flow.emphasis)

    def _in_batches(self, follow: Any, samples: np.ndarray, told: np.ndarray | None) -> np.ndarray:
        found = np.empty_like(samples, np.float32)
        for start in range(0, len(samples), BATCH):
            chosen = slice(start, start + BATCH)
            part = None if told is None else tf.constant(told[chosen])
            found[chosen] = follow(tf.constant(samples[chosen]), part).numpy()
        return found


def lengthened(velocity: keras.Model, slices: int) -> keras.Model:
    """Returns a copy of a velocity network, its weights too, on a grid that is `slices` times as long.

    Its attention looks at the middle slice alone, that by distance half a slice to each side; with one slice the copy
    is the network itself.
    """
    samples, leads = velocity.input_shape[0][1:]
    inputs = [keras.Input((slices * samples, leads)), *(keras.Input(shape[1:]) for shape in velocity.input_shape[1:])]

    def longer(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        if isinstance(layer, keras.layers.Reshape):
            first, *rest = config["target_shape"]
            return type(layer).from_config({**config, "target_shape": (slices * first, *rest)})
        if isinstance(layer, RotaryAttention):
            return RotaryAttention.from_config({**config, "near": layer.reach // 2 if slices > 1 else layer.near})
        if isinstance(layer, keras.layers.MultiHeadAttention):
            found = _ToTheMiddle.from_config(config)
            found.slices = slices
            return found
        return type(layer).from_config(config)

    copy = keras.models.clone_model(velocity, input_tensors=inputs, clone_function=longer)
    copy.set_weights(velocity.get_weights())
    copy.trainable = False
    return copy


class _ToTheMiddle(keras.layers.MultiHeadAttention):
    """Attention whose keys and values are the middle one of `slices` equal parts."""

    slices = 1

    # Keras matches the names of `build` with those of `call`: `key` has to be there.
    def call(self, query: Any, value: Any, key: Any = None, training: bool | None = None) -> Any:
        part = value.shape[1] // self.slices
        start = (value.shape[1] - part) // 2
        return super().call(query, value[:, start : start + part], key=key, training=training)
