"""A one-dimensional U-Net over a slice's samples: the velocity of a flow (Ronneberger et al. 2015; Ho et al. 2020).

Every block is told the time on the way from noise to data, and the class where there is one, by a scale and a shift of
its features (Perez et al. 2018, FiLM). At the coarsest level every sample looks at every other, so that beats a second
apart can keep step.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from ecg_synth.errors import InputError
from ecg_synth.models.rotary import RotaryAttention

KERNEL_SIZE = 5
HEADS = 4
FREQUENCIES = 32
# The time runs from 0 to 1, the frequencies from one turn to this many on the way.
FASTEST = 200.0


@keras.saving.register_keras_serializable("ecg_synth")
class TimeFeatures(keras.layers.Layer):
    """Times `(batch, 1)` in [0, 1] to sines and cosines `(batch, 2 * FREQUENCIES)` of geometric frequencies."""

    def call(self, times: Any) -> Any:
        """Returns the features."""
        rates = np.exp(np.linspace(0.0, math.log(FASTEST), FREQUENCIES)).astype("float32") * 2 * math.pi
        angles = ops.cast(times, "float32") * rates[None]
        return ops.cast(ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=1), self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns `(batch, 2 * FREQUENCIES)`."""
        return (input_shape[0], 2 * FREQUENCIES)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments; Keras's own guess fails on a dtype policy."""
        return super().get_config()


@keras.saving.register_keras_serializable("ecg_synth")
class Modulate(keras.layers.Layer):
    """Features `(batch, samples, maps)` times 1 + scale plus shift, both from `(batch, 2 * maps)`."""

    def call(self, features: Any, told: Any) -> Any:
        """Returns the features, modulated."""
        scale, shift = ops.split(told[:, None, :], 2, axis=-1)
        return features * (1 + scale) + shift

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments; Keras's own guess fails on a dtype policy."""
        return super().get_config()


class Layers:
    """What the layers of one network share: dtype, and initializers with a seed of their own each."""

    def __init__(self, seed: int, dtype: keras.DTypePolicy):
        self.dtype = dtype
        self.weights = _initializers(seed)

    def conv(self, x: Any, maps: int, name: str, size: int = KERNEL_SIZE, strides: int = 1, zero: bool = False) -> Any:
        """Returns a convolution of x; `zero` begins with kernels of zeros."""
        return keras.layers.Conv1D(
            maps,
            size,
            strides=strides,
            padding="same",
            kernel_initializer="zeros" if zero else next(self.weights),
            dtype=self.dtype,
            name=name,
        )(x)

    def dense(self, x: Any, nodes: int, name: str, activation: str | None = None, zero: bool = False) -> Any:
        """Returns weighted sums of x; `zero` begins with weights of zeros."""
        return keras.layers.Dense(
            nodes,
            activation=activation,
            kernel_initializer="zeros" if zero else next(self.weights),
            dtype=self.dtype,
            name=name,
        )(x)

    def norm(self, x: Any, name: str) -> Any:
        """Returns x at a root mean square of 1 at each sample."""
        return keras.layers.RMSNormalization(dtype=self.dtype, name=name)(x)

    def silu(self, x: Any, name: str) -> Any:
        """Returns x times its sigmoid."""
        return keras.layers.Activation("silu", dtype=self.dtype, name=name)(x)

    def block(self, x: Any, told: Any, maps: int, name: str) -> Any:
        """Returns x plus two convolutions of it; the second starts at zero, so that the block starts as identity."""
        y = self.conv(self.silu(self.norm(x, f"{name}_norm_1"), f"{name}_silu_1"), maps, f"{name}_conv_1")
        y = Modulate(dtype=self.dtype, name=f"{name}_told")(
            self.norm(y, f"{name}_norm_2"), self.dense(told, 2 * maps, f"{name}_film", zero=True)
        )
        y = self.conv(self.silu(y, f"{name}_silu_2"), maps, f"{name}_conv_2", zero=True)
        short = x if x.shape[-1] == maps else self.conv(x, maps, f"{name}_short", size=1)
        return keras.layers.Add(dtype=self.dtype, name=f"{name}_sum")([short, y])

    def attention(self, x: Any, name: str) -> Any:
        """Returns x plus what each sample finds at all others."""
        maps = x.shape[-1]
        seen = keras.layers.MultiHeadAttention(
            HEADS, maps // HEADS, kernel_initializer=next(self.weights), dtype=self.dtype, name=name
        )
        y = self.norm(x, f"{name}_norm")
        return keras.layers.Add(dtype=self.dtype, name=f"{name}_sum")([x, seen(y, y)])

    def rotary(self, x: Any, name: str) -> Any:
        """Returns x plus what each sample finds at others by their distance; at first x."""
        seen = RotaryAttention(HEADS, x.shape[1], kernel_initializer=next(self.weights), dtype=self.dtype, name=name)
        return keras.layers.Add(dtype=self.dtype, name=f"{name}_sum")([x, seen(self.norm(x, f"{name}_norm"))])

    def way_down(self, noisy: Any, told: Any, filters: tuple[int, ...], patch: int) -> tuple[list[Any], Any]:
        """Returns the features of each level, and those at the bottom after every sample has looked at every other."""
        samples, channels = noisy.shape[1:]
        x = keras.layers.Reshape((samples // patch, patch * channels), dtype=self.dtype, name="fold")(noisy)
        x = self.conv(x, filters[0], "stem")
        levels = []
        for level, maps in enumerate(filters):
            x = self.block(x, told, maps, f"down_{level}")
            levels.append(x)
            if level < len(filters) - 1:
                x = self.conv(x, filters[level + 1], f"halve_{level}", size=4, strides=2)
        return levels, self.block(self.attention(x, "attention"), told, filters[-1], "middle")


def check_plan(samples: int, filters: tuple[int, ...], patch: int, rhythm: int = 0) -> None:
    """Raises `InputError` when a U-Net cannot fold and halve the samples so often, or its maps fit no attention."""
    if rhythm < 0:
        raise InputError(f"Looks by distance are counted from 0. Received: rhythm={rhythm!r}.")
    if not filters or min(filters) < 1 or filters[-1] % HEADS:
        raise InputError(
            f"Feature maps must be positive, and those of the last level a multiple of {HEADS}. "
            f"Received: filters={filters!r}."
        )
    unit = patch * 2 ** (len(filters) - 1)
    if patch < 1 or samples % unit:
        raise InputError(
            f"The grid must be a multiple of patch * 2**(levels - 1), {unit} here. Received: grid={samples}, "
            f"patch={patch}, filters={filters!r}."
        )


def unet(
    samples: int,
    channels: int,
    n_classes: int,
    filters: tuple[int, ...],
    patch: int,
    seed: int,
    dtype: keras.DTypePolicy,
    spans: bool = False,
    rhythm: int = 0,
) -> keras.Model:
    """Returns the network from noisy samples, time, span and class to a velocity of the samples' shape, float32.

    Args:
        samples: Samples of a slice on the network's grid.
        channels: Leads.
        n_classes: Where it is not 0, class probabilities `(batch, n_classes)` are the last input, all 0 for no class.
        filters: Feature maps of each level; each but the last halves the number of samples.
        patch: Samples that the network folds into the channels of one, before its first convolution.
        seed: Seed of the first weights.
        dtype: Dtype policy of the layers but the last.
        spans: The third input is the length of the step, `(batch, 1)` in [0, 1]; at first it changes nothing.
        rhythm: Further looks at the coarsest level, by distance, and a block after each; at first they change nothing.

    Raises:
        InputError: The samples cannot be folded and halved so often, or the maps of the last level not be divided
            among the heads of its attention.
    """
    check_plan(samples, filters, patch, rhythm)
    layers = Layers(seed, dtype)
    noisy = keras.Input((samples, channels), name="noisy")
    times = keras.Input((1,), name="times")
    inputs, told = [noisy, times], TimeFeatures(dtype=dtype, name="time_features")(times)
    width = 2 * filters[-1]
    told = layers.dense(told, width, "time_dense", "silu")
    if spans:
        span = keras.Input((1,), name="spans")
        inputs.append(span)
        of_span = layers.dense(TimeFeatures(dtype=dtype, name="span_features")(span), width, "span_dense", "silu")
        of_span = layers.dense(of_span, width, "span_told", zero=True)
        told = keras.layers.Add(dtype=dtype, name="span_sum")([told, of_span])
    if n_classes:
        classes = keras.Input((n_classes,), name="classes")
        inputs.append(classes)
        of_class = layers.dense(classes, width, "class_dense")
        told = keras.layers.Add(dtype=dtype, name="told_sum")([told, of_class])
    told = layers.dense(told, width, "told_dense", "silu")

    kept, x = layers.way_down(noisy, told, filters, patch)
    for number in range(rhythm):
        x = layers.block(layers.rotary(x, f"rhythm_{number}"), told, filters[-1], f"rhythm_{number}_block")
    for level, maps in reversed(list(enumerate(filters))):
        x = keras.layers.Concatenate(dtype=dtype, name=f"join_{level}")([x, kept.pop()])
        x = layers.block(x, told, maps, f"up_{level}")
        if level:
            x = keras.layers.UpSampling1D(2, dtype=dtype, name=f"double_{level}")(x)
            x = layers.conv(x, filters[level - 1], f"smooth_{level}", size=3)
    x = layers.silu(layers.norm(x, "last_norm"), "last_silu")
    # In float32, for the velocity is added up step by step.
    layers.dtype = keras.dtype_policies.get("float32")
    x = layers.conv(x, patch * channels, "velocity", zero=True)
    velocity = keras.layers.Reshape((samples, channels), dtype="float32", name="unfold")(x)
    return keras.Model(inputs, velocity, name="velocity")


def _initializers(seed: int) -> Iterator[keras.initializers.Initializer]:
    stream = np.random.default_rng(seed)
    while True:
        yield keras.initializers.HeNormal(seed=int(stream.integers(2**31)))
