"""The random streams of a training step: each follows from the model's seed and the number of the step alone."""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf


class Seeds(NamedTuple):
    """Keys of TensorFlow's stateless random operations, int64 `(2,)` each.

    Attributes:
        latents: For the noise.
        mixing: For the points between real and generated images.
        augment: For the augmentation of the discriminator's images.
    """

    latents: Any
    mixing: Any
    augment: Any


def step_seeds(seed: int, step: Any, d_steps: int, part: int) -> Seeds:
    """Returns the keys of part `part` of step `step`.

    Args:
        seed: The model's seed.
        step: Number of the step, an integer scalar.
        d_steps: Parts a step has.
        part: Which of them, from 0.
    """
    number = tf.cast(step, tf.int64) * d_steps + part
    key = tf.stack([tf.constant(seed, tf.int64), number])
    fold = tf.random.experimental.stateless_fold_in
    return Seeds(key, fold(key, 1), fold(key, 2))
