"""The codec's decoding as TensorFlow operations, for graphs that leave this package: SavedModels, networks.

It reads the same positions and tables as NumPy does, and gives the same bits. In the domain dct TensorFlow's fast
Fourier transform is not SciPy's: there the two agree to a millionth of the largest value.
"""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

from ecg_synth.codec import EcgImageCodec
from ecg_synth.codec.independent import restore_leads
from ecg_synth.data.graph_ops import GraphOps
from ecg_synth.data.graph_place import graph_gather

_OPS = GraphOps()


class GraphDecoder(tf.Module):
    """image uint8 or uint16 (batch, *codec.full_shape) -> signal float32 (batch, length, leads) in mV.

    Args:
        codec: A codec whose bounds are fitted.
    """

    def __init__(self, codec: EcgImageCodec):
        super().__init__(name="decoder")
        self.length = codec.length
        self.leads = codec.leads
        self.stored_leads = codec.stored_leads
        self.pixels = math.prod(codec.placed_shape)
        self.color_space = codec.color_space
        self.domain = codec.domain
        self.centers = codec.standardization.keeps_offset
        self._gather = graph_gather(codec)
        self._table = tf.constant(codec.table.ravel())
        self._row = tf.constant(np.arange(len(codec.stored_leads), dtype=np.int32) * codec.table.shape[1])

    def __call__(self, images: tf.Tensor, offset: tf.Tensor | None = None) -> tf.Tensor:
        """Decodes as `EcgImageCodec.decode` does.

        Args:
            images: (batch, *full_shape) of the codec's type.
            offset: float32 (batch, stored leads) in mV; None puts the median of each stored lead at 0 mV.
        """
        placed = self.color_space.decode(tf.cast(images, tf.int32), _OPS)
        levels = tf.cast(self._gather(tf.reshape(placed, (-1, self.pixels))), tf.int32)
        signal_mv = tf.gather(self._table, levels + self._row)
        if self.domain.needs_fit:
            signal_mv = tf.transpose(self.domain.inverse(tf.transpose(signal_mv, (2, 0, 1)), _OPS), (1, 2, 0))
        if self.centers and offset is not None:
            signal_mv = signal_mv + offset[:, None, :]
        elif self.centers:
            middle = (self.length - 1) // 2
            signal_mv = signal_mv - tf.sort(signal_mv, axis=1)[:, middle : middle + 1, :]
        if self.stored_leads == self.leads:
            return signal_mv
        return tf.stack(restore_leads(tf.unstack(signal_mv, axis=-1), self.stored_leads, self.leads), axis=-1)
