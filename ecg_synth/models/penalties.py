"""Penalties on the discriminator's slope, which keep it smooth where the loss alone would let it grow steep.

A penalty is a small immutable object, given to `Gan.compile` beside the loss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from ecg_synth.errors import InputError
from ecg_synth.models import shares

Critic = Callable[[Any], Any]
"""Images `(batch, h, w, channels)` in, logits `(batch, heads)` out."""


class Penalty:
    """Interface of a penalty.

    Args:
        weight: What it counts beside the loss.

    Raises:
        InputError: `weight` is not positive.
    """

    def __init__(self, weight: float):
        if not weight > 0:
            raise InputError(f"The weight of a penalty must be above 0. Received: weight={weight!r}. Leave it out.")
        self.weight = weight

    def __call__(self, critic: Critic, real_images: Any, fake_images: Any, seed: Any) -> Any:
        """Returns the scalar float32 penalty, weight included.

        Args:
            critic: The discriminator.
            real_images: float32 `(batch, h, w, channels)` in [-1, 1].
            fake_images: The same of the generator.
            seed: int64 `(2,)`, for what is drawn.
        """
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {"weight": self.weight}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Penalty:
        """Returns the penalty that `get_config` described."""
        return cls(**config)


@keras.saving.register_keras_serializable("ecg_synth")
class GradientPenalty(Penalty):
    """weight * mean((|slope| - 1)^2) at points between real and generated images (Gulrajani et al. 2017, eq. 3).

    Each point is `u * real + (1 - u) * fake` with a u of its own, uniform on [0, 1].

    Args:
        weight: What it counts beside the loss (the paper: 10).
    """

    def __call__(self, critic: Critic, real_images: Any, fake_images: Any, seed: Any) -> Any:
        """See `Penalty.__call__`."""
        shape = (tf.shape(real_images)[0],) + (1,) * (len(real_images.shape) - 1)
        u = shares.rows(tf.random.stateless_uniform, shape, seed)
        slope = ops.sqrt(_squared_slope(critic, u * real_images + (1.0 - u) * fake_images) + 1e-12)
        return self.weight * ops.mean(ops.square(slope - 1.0))


@keras.saving.register_keras_serializable("ecg_synth")
class R1(Penalty):
    """weight / 2 * mean(|slope|^2) at real images (Mescheder et al. 2018, eq. 9).

    Args:
        weight: The paper's gamma.
    """

    def __call__(self, critic: Critic, real_images: Any, fake_images: Any, seed: Any) -> Any:
        """See `Penalty.__call__`."""
        return 0.5 * self.weight * ops.mean(_squared_slope(critic, real_images))


@keras.saving.register_keras_serializable("ecg_synth")
class R2(Penalty):
    """weight / 2 * mean(|slope|^2) at generated images (Mescheder et al. 2018, eq. 10).

    Args:
        weight: The paper's gamma.
    """

    def __call__(self, critic: Critic, real_images: Any, fake_images: Any, seed: Any) -> Any:
        """See `Penalty.__call__`."""
        return 0.5 * self.weight * ops.mean(_squared_slope(critic, fake_images))


def _squared_slope(critic: Critic, images: Any) -> Any:
    """The squared length of d(logits)/d(image) of each image, float32 `(batch,)`."""
    images = tf.stop_gradient(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        # The answers on one image do not hang on the others, so that the sum's gradient holds each image's own.
        total = ops.sum(ops.cast(critic(images), "float32"))
    gradient = ops.cast(tape.gradient(total, images), "float32")
    return ops.sum(ops.square(gradient), axis=tuple(range(1, len(images.shape))))
