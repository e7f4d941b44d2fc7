"""A flow that takes long steps: a shortcut model (Frans et al. 2024), from noise to a slice in a few passes, or one.

The network is told how long the step is that it will be followed for, and answers the mean velocity over it. For half
of a batch that length is 0 and the answer is the flow's; for the other half, one step of a length should arrive where
two of half that length do, as the averaged network takes them. Begun with the weights of a flow (`start_from`), it is
that flow distilled, its longest step from the shorter ones; and it samples in 1, 2, 4, ... steps.
"""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import tensorflow as tf
from keras import ops

from ecg_synth.errors import InputError
from ecg_synth.models.flow import Flow
from ecg_synth.models.registry import MODELS
from ecg_synth.models.seeds import Seeds

# Share of a batch that learns long steps; the paper takes a quarter from the first weights on, with an average of more.
LONG = 0.5


def two_steps(velocity: keras.Model, here: Any, start: Any, span: Any, told: list[Any], finest: int) -> Any:
    """Returns the mean velocity over a span, taken in two steps of half of it.

    Args:
        velocity: Network from samples, times, lengths of steps and perhaps classes to velocities.
        here: Samples `(batch, grid, leads)` at the beginning.
        start: Their times `(batch, 1)`.
        span: Lengths `(batch, 1)`.
        told: Class probabilities, or nothing.
        finest: Steps of `1 / finest` and shorter are asked as length 0, the flow's own velocity.
    """
    half = 0.5 * span
    asked = ops.where(half <= 1.0 / finest, 0.0, half)
    first = velocity([here, start, asked, *told], training=False)
    there = here + half[:, :, None] * first
    return 0.5 * (first + velocity([there, start + half, asked, *told], training=False))


@MODELS.register("flow_shortcut")
@keras.saving.register_keras_serializable("ecg_synth")
class Shortcut(Flow):
    """`Flow` in few steps.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        finest: Steps of the shortest length that is learnt from the flow itself, a power of 2.
        steps: Steps from noise to image, a power of 2 up to `finest`.
        **kwargs: Those of `Flow`; its steps are uniform and looked at once.

    Raises:
        InputError: A number is no power of 2, or the solver or the schedule another.
    """

    told_spans: ClassVar[bool] = True

    def __init__(self, image_shape: tuple[int, int, int], finest: int = 32, steps: int = 4, **kwargs: Any):
        for name, number in (("finest", finest), ("steps", steps)):
            if number < 1 or number & (number - 1) or number > finest:
                raise InputError(
                    f"A shortcut's steps are a power of 2 up to the finest, for each length is learnt from half of "
                    f"it. Received: {name}={number!r}, finest={finest!r}."
                )
        asked = {"solver": kwargs.setdefault("solver", "euler"), "schedule": kwargs.setdefault("schedule", "uniform")}
        if asked != {"solver": "euler", "schedule": "uniform"}:
            raise InputError(
                f"A shortcut's steps are of one length and looked at once: solver='euler', schedule='uniform'. "
                f"Received: {asked!r}."
            )
        if finest < 2:
            raise InputError(f"The finest steps must be 2 or more. Received: finest={finest!r}.")
        super().__init__(image_shape, steps=steps, **kwargs)
        self.finest = finest

    def _problem(self, slices: Any, classes: list[Any], seeds: Seeds) -> tuple[list[Any], Any]:
        (between, times, *classes), velocity = super()._problem(slices, classes, seeds)
        count = ops.shape(slices)[0]
        long = ops.cast(LONG * ops.cast(count, "float32"), "int32")
        # 1, 1/2, ..., 2 / finest, and a multiple of it at which such a step may begin.
        levels = self.finest.bit_length() - 1
        fold = tf.random.experimental.stateless_fold_in
        level = tf.random.stateless_uniform((long, 1), fold(seeds.mixing, 1), maxval=levels, dtype=tf.int32)
        span = ops.power(2.0, -ops.cast(level, "float32"))
        share = tf.random.stateless_uniform((long, 1), fold(seeds.mixing, 2))
        start = span * ops.floor(share / span)
        here = slices[:long] - (1.0 - start[:, :, None]) * velocity[:long]
        told = [of[:long] for of in classes]
        target = two_steps(self.sampler.velocity, here, start, span, told, self.finest)
        return (
            [
                ops.concatenate([here, between[long:]], axis=0),
                ops.concatenate([start, times[long:]], axis=0),
                ops.concatenate([span, ops.zeros((count - long, 1))], axis=0),
                *classes,
            ],
            ops.concatenate([target, velocity[long:]], axis=0),
        )

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), "finest": self.finest}
