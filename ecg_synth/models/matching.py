"""Distribution matching: a generator learns from where a flow disagrees with one that has learnt its own slices.

Of a slice with noise a flow says where it goes. A second flow, the follower, is trained on what the generator makes,
and where the two disagree the generator's slices are too many or too few: moved along the difference, they come to be
as the flow's are (distribution matching distillation, Yin et al. 2024). The generator never sees a record here, and
the flow's velocity does not learn records by heart as a discriminator does; but alone it draws too few large slices,
which a discriminator mends (Yin et al. 2024, "Improved distribution matching distillation").
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from ecg_synth.models.noising import add_noise, draw_times
from ecg_synth.models.seeds import Seeds

# Folded into a step's key of mixing: for what the follower learns from, and for what both are asked about.
LEARNT, ASKED = 3, 4


class Matching(keras.layers.Layer):
    """A flow that stands still, and one that follows the generator.

    Args:
        teacher: Network from samples `(batch, grid, leads)`, times and spans `(batch, 1)` to velocities.
        follower: Another, of the same layers.
        **kwargs: `name` and `dtype` of `keras.layers.Layer`.
    """

    def __init__(self, teacher: keras.Model, follower: keras.Model, **kwargs: Any):
        super().__init__(**kwargs)
        self.teacher, self.follower = teacher, follower
        self.teacher.trainable = False
        self.built = True

    def follower_loss(self, made: Any, seeds: Seeds) -> Any:
        """Returns how far the follower is from the velocity of the generator's slices: scalar float32.

        Args:
            made: Samples `(batch, grid, leads)`, normalized as the flow's.
            seeds: Of the step.
        """
        between, times, noise = with_noise(made, seeds, LEARNT)
        return ops.mean(ops.square(_ask(self.follower, between, times, training=True) - (made - noise)))

    def generator_loss(self, made: Any, seeds: Seeds) -> Any:
        """Returns a scalar float32 whose gradient is what the follower says slices are, less what the flow says.

        Each says of a slice with noise what it is without; the difference is divided by the flow's own mean error
        (Yin et al. 2024, eq. 8), so that no time outweighs the others.

        Args:
            made: Samples `(batch, grid, leads)`, normalized as the flow's.
            seeds: Of the step.
        """
        still = tf.stop_gradient(made)
        between, times, _ = with_noise(still, seeds, ASKED)
        left = 1.0 - times[:, :, None]
        of_flow = left * _ask(self.teacher, between, times)
        of_follower = left * _ask(self.follower, between, times)
        error = ops.mean(ops.abs(still - between - of_flow), axis=(1, 2), keepdims=True)
        along = tf.stop_gradient((of_follower - of_flow) / (error + 1e-4))
        return ops.mean(along * made)


def with_noise(slices: Any, seeds: Seeds, key: int) -> tuple[Any, Any, Any]:
    """Returns slices with noise, their times `(batch, 1)` and the noise; a key of a step draws the same."""
    fold = tf.random.experimental.stateless_fold_in
    seed = fold(seeds.mixing, key)
    times = draw_times(slices, fold(seed, 1))
    between, noise = add_noise(slices, times, seed)
    return between, times, noise


def _ask(network: keras.Model, between: Any, times: Any, training: bool = False) -> Any:
    # A span of 0: the velocity itself.
    return network([between, times, ops.zeros_like(times)], training=training)
