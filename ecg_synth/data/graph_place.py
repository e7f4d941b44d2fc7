"""A codec's placement as TensorFlow operations: the levels of a slice's samples from the pixels of its image."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from ecg_synth.codec import EcgImageCodec
from ecg_synth.codec.place_beats import BeatPlacement, null_below

Gather = Callable[[tf.Tensor], tf.Tensor]


def graph_gather(codec: EcgImageCodec) -> Gather:
    """Returns a function (batch, pixels) -> (batch, length, stored leads) that reads levels as NumPy does."""
    placement = codec.placement
    if isinstance(placement, BeatPlacement):
        return _gather_beats(placement, null_below(codec.standardization.a))
    position = tf.constant(placement.position)
    return lambda flat: tf.gather(flat, position, axis=1)


def _gather_beats(placement: BeatPlacement, null_level: int) -> Gather:
    pixels = tf.constant(placement.pixels.T)
    number = tf.constant([range(1, placement.length + 1)])
    least = null_level * len(placement.pixels)

    def gather(flat: tf.Tensor) -> tf.Tensor:
        of_leads = tf.gather(flat, pixels, axis=1)
        holds = tf.reduce_sum(tf.cast(of_leads, tf.int32), axis=2) >= least
        # The k-th sample stands on the first pixel up to which k pixels hold one; past the last sample, on the last.
        count = tf.cumsum(tf.cast(holds, tf.int32), axis=1)
        wanted = tf.minimum(number, count[:, -1:])
        order = tf.searchsorted(count, wanted, side="left")
        return tf.gather(of_leads, order, axis=1, batch_dims=1)

    return gather
