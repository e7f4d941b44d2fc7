"""The codec's decoding as TensorFlow operations, for graphs that leave this package: SavedModels, networks.

It reads the same permutation and the same table as NumPy does, and gives the same bits.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from ecg_synth.codec import EcgImageCodec


class GraphDecoder(tf.Module):
    """image uint8 (batch, height, width, leads) -> signal float32 (batch, length, leads) in mV.

    Args:
        codec: A codec whose bounds are fitted.
    """

    def __init__(self, codec: EcgImageCodec):
        super().__init__(name="decoder")
        self.length = codec.length
        self.n_leads = len(codec.leads)
        self.centers = codec.standardization.keeps_offset
        self._position = tf.constant(codec.position)
        self._table = tf.constant(codec.table.ravel())
        self._row = tf.constant(np.arange(self.n_leads, dtype=np.int32) * codec.table.shape[1])

    def __call__(self, images: tf.Tensor, offset: tf.Tensor | None = None) -> tf.Tensor:
        """Decodes as `EcgImageCodec.decode` does.

        Args:
            images: uint8 (batch, height, width, leads).
            offset: float32 (batch, leads) in mV; None puts the median of each generated lead at 0 mV.
        """
        levels = tf.reshape(images, (-1, self.length, self.n_leads))
        levels = tf.cast(tf.gather(levels, self._position, axis=1), tf.int32)
        signal_mv = tf.gather(self._table, levels + self._row)
        if not self.centers:
            return signal_mv
        if offset is not None:
            return signal_mv + offset[:, None, :]
        middle = (self.length - 1) // 2
        return signal_mv - tf.sort(signal_mv, axis=1)[:, middle : middle + 1, :]
