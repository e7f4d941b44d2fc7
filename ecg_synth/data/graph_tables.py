"""The table codec's decoding as TensorFlow operations, to the same bits as in NumPy."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from ecg_synth.codec import TableImageCodec


class GraphTableDecoder(tf.Module):
    """image uint8 (batch, side, side, 1) -> row float64 (batch, columns).

    Args:
        codec: A codec whose bounds are fitted.
    """

    def __init__(self, codec: TableImageCodec):
        super().__init__(name="decoder")
        self.pixels = codec.side**2
        self._position = tf.constant(codec.position)
        self._table = tf.constant(codec.table.ravel())
        self._row = tf.constant(np.arange(len(codec.columns), dtype=np.int32) * codec.table.shape[1])

    def __call__(self, images: tf.Tensor) -> tf.Tensor:
        """Decodes as `TableImageCodec.decode` does."""
        levels = tf.cast(tf.gather(tf.reshape(images, (-1, self.pixels)), self._position, axis=1), tf.int32)
        return tf.gather(self._table, levels + self._row)
