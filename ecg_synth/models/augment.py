"""Augmentation of what a discriminator sees, the same of real and of generated ECGs (Zhao et al. 2020, DiffAugment).

A discriminator that has few ECGs learns them by heart; each step it sees them otherwise. Flips and shifts of pixels
would tear an arranged signal, so that everything here happens to samples in time order and is written back. Each
function is differentiable, for the generator learns through it. To add one, register a function (samples, seed) ->
samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from ecg_synth.models import shares
from ecg_synth.models.time_order import TimeOrder
from ecg_synth.registry import Registry

Augment = Callable[[Any, Any], Any]
"""Samples `(batch, length, leads)` in [-1, 1] and a key int64 `(2,)` in; samples of the same shape out."""

AUGMENTS: Registry[Augment] = Registry("augmentation")

# Zhao et al. 2020 shift by an eighth of the side. The other amounts are ours: they stay within what electrodes do.
SHIFT = 1 / 8
CUTOUT = 1 / 8
GAIN = 1.25
OFFSET = 0.1
NOISE = 0.02


def _uniform(samples: Any, seed: Any, leads: bool = False) -> Any:
    """Uniform on [-1, 1), one a slice, or one a slice and lead: `(batch, 1, 1 or leads)`."""
    shape = (ops.shape(samples)[0], 1, samples.shape[2] if leads else 1)
    return 2.0 * shares.rows(tf.random.stateless_uniform, shape, seed) - 1.0


@AUGMENTS.register("shift")
def shift(samples: Any, seed: Any) -> Any:
    """Moves a slice in time by up to an eighth of its length either way; the sample at the edge is held."""
    length = samples.shape[1]
    move = ops.cast(ops.round(_uniform(samples, seed)[:, :, 0] * (length * SHIFT)), "int32")
    # Only as far as a slice is long: an index beyond it is the edge's.
    origin = ops.clip(ops.arange(length, dtype="int32")[None, :] - move, 0, length - 1)
    return tf.gather(samples, origin, axis=1, batch_dims=1)


@AUGMENTS.register("gain")
def gain(samples: Any, seed: Any) -> Any:
    """Stretches a slice about each lead's mean by a factor from 1/1.25 to 1.25, the same for its leads."""
    mean = ops.mean(samples, axis=1, keepdims=True)
    return mean + (samples - mean) * ops.exp(_uniform(samples, seed) * math.log(GAIN))


@AUGMENTS.register("offset")
def offset(samples: Any, seed: Any) -> Any:
    """Lifts each lead by up to 0.1 either way (0.125 mV in the adapted range)."""
    return samples + OFFSET * _uniform(samples, seed, leads=True)


@AUGMENTS.register("noise")
def noise(samples: Any, seed: Any) -> Any:
    """Adds white noise of standard deviation 0.02 (0.025 mV in the adapted range)."""
    return samples + NOISE * shares.rows(tf.random.stateless_normal, ops.shape(samples), seed)


@AUGMENTS.register("cutout")
def cutout(samples: Any, seed: Any) -> Any:
    """Puts an eighth of a slice, somewhere, at each lead's mean."""
    length = samples.shape[1]
    middle = (_uniform(samples, seed) + 1.0) * (length / 2)
    time = ops.arange(length, dtype="float32")[None, :, None]
    cut = ops.abs(time - middle) < length * CUTOUT / 2
    return ops.where(cut, ops.mean(samples, axis=1, keepdims=True), samples)


@keras.saving.register_keras_serializable("ecg_synth")
class Augmentation:
    """Several augmentations, one after the other.

    Args:
        names: Of `AUGMENTS`, in order.
        codec: Config of the codec of the images.

    Raises:
        InputError: A name is unknown, or the codec has no fixed positions.
    """

    def __init__(self, names: Sequence[str], codec: Mapping[str, Any] | None):
        self.names = tuple(names)
        self.codec = codec
        self._steps = [AUGMENTS[name] for name in self.names]
        self._time_order = TimeOrder(codec)

    def __call__(self, images: Any, seed: Any) -> Any:
        """Returns float32 images of the same shape `(batch, h, w, channels)`; pixels without a sample stay.

        Args:
            images: Real or generated, float32 in [-1, 1]; the result may pass these bounds.
            seed: int64 `(2,)`; the same seed gives the same result.
        """
        samples = self._time_order.samples(images)
        for number, step in enumerate(self._steps):
            samples = step(samples, tf.random.experimental.stateless_fold_in(seed, number))
        return self._time_order.images(samples, images)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"names": list(self.names), "codec": self.codec}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Augmentation:
        """Returns the augmentation that `get_config` described."""
        return cls(**config)
