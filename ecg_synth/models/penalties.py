"""Penalties on the discriminator's slope, which keep it smooth where the loss alone would let it grow steep.

A penalty is a small immutable object, given to `Gan.compile` beside the loss.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

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

    Attributes:
        at: Where it looks: at the images themselves, `"real"` or `"generated"`, where the loss has its answers of the
            same forward pass; empty for points of its own.

    Raises:
        InputError: `weight` is not positive.
    """

    at: ClassVar[str] = ""

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
        return self.of_slope(squared_slope(critic, self.points(real_images, fake_images, seed)))

    def points(self, real_images: Any, fake_images: Any, seed: Any) -> Any:
        """Returns the images at which the slope counts."""
        return {"real": real_images, "generated": fake_images}[self.at]

    def of_slope(self, squared_slope: Any) -> Any:
        """Returns the scalar float32 penalty for the squared slope at each point, `(batch,)`."""
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

    def points(self, real_images: Any, fake_images: Any, seed: Any) -> Any:
        """See `Penalty.points`."""
        shape = (tf.shape(real_images)[0],) + (1,) * (len(real_images.shape) - 1)
        u = shares.rows(tf.random.stateless_uniform, shape, seed)
        return u * real_images + (1.0 - u) * fake_images

    def of_slope(self, squared_slope: Any) -> Any:
        """See `Penalty.of_slope`."""
        return self.weight * ops.mean(ops.square(ops.sqrt(squared_slope + 1e-12) - 1.0))


@keras.saving.register_keras_serializable("ecg_synth")
class R1(Penalty):
    """weight / 2 * mean(|slope|^2) at real images (Mescheder et al. 2018, eq. 9).

    Args:
        weight: The paper's gamma.
    """

    at = "real"

    def of_slope(self, squared_slope: Any) -> Any:
        """See `Penalty.of_slope`."""
        return 0.5 * self.weight * ops.mean(squared_slope)


@keras.saving.register_keras_serializable("ecg_synth")
class R2(Penalty):
    """weight / 2 * mean(|slope|^2) at generated images (Mescheder et al. 2018, eq. 10).

    Args:
        weight: The paper's gamma.
    """

    at = "generated"

    def of_slope(self, squared_slope: Any) -> Any:
        """See `Penalty.of_slope`."""
        return 0.5 * self.weight * ops.mean(squared_slope)


def squared_slope(critic: Critic, images: Any) -> Any:
    """Returns the squared length of d(logits)/d(image) of each image, float32 `(batch,)`."""
    return answer_and_slope(lambda at: (critic(at),), images)[1]


def answer_and_slope(judge: Callable[[Any], Sequence[Any]], images: Any) -> tuple[Any, Any]:
    """Returns what `judge` says, and the squared slope of its logits, from one forward pass.

    Args:
        judge: Images in; a tuple out whose first entry are logits `(batch, heads)`.
        images: float32 `(batch, h, w, channels)`.
    """
    images = tf.stop_gradient(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        answer = judge(images)
        # The answers on one image do not hang on the others, so that the sum's gradient holds each image's own.
        total = ops.sum(ops.cast(answer[0], "float32"))
    gradient = ops.cast(tape.gradient(total, images), "float32")
    return answer, ops.sum(ops.square(gradient), axis=tuple(range(1, len(images.shape))))
