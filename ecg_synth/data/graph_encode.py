"""The codec's encoding as TensorFlow operations, for graphs: crops while training, SavedModels.

It does what NumPy does, step by step and in the same type, and gives the same bits. XLA may fuse the steps and round
otherwise: leave it off here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from ecg_synth.codec import EcgImageCodec, Standardization
from ecg_synth.codec.levels import dtype_of
from ecg_synth.codec.standardize import TOLERANCE, Adapted, MinMax, Quantile
from ecg_synth.errors import InputError

Scale = Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]


class GraphEncoder(tf.Module):
    """signal float32 or float64 (batch, length, leads) in mV -> image (batch, *codec.full_shape), offset.

    Args:
        codec: A codec whose bounds are fitted.

    Raises:
        InputError: The arrangement follows R peaks, which a graph does not look for, or colors or frequencies are
            stored, or the standardization has no bounds yet, or is none that is known here.
    """

    def __init__(self, codec: EcgImageCodec):
        super().__init__(name="encoder")
        if codec.placement.needs_r_peaks:
            raise InputError(
                f"A graph places samples where they stand in every slice, and looks for no R peaks. Received: "
                f"arrangement={codec.arrangement!r}. Choose another arrangement."
            )
        if codec.color != "rgb" or codec.domain.needs_fit:
            raise InputError(
                f"A graph encodes samples in time, without a change of color. Received: color={codec.color!r}, "
                f"domain={codec.domain.name!r}. Choose the color rgb and the domain time."
            )
        self.full_shape = codec.full_shape
        self.samples = codec.position.size
        self._stored = tf.constant([codec.leads.index(lead) for lead in codec.stored_leads], tf.int32)
        self._scale = _scale(codec.standardization, len(codec.stored_leads))
        # Each pixel asks for its sample, and NULL pixels for the zero that stands behind the last one.
        sample = np.full(codec.placement.n_pixels, self.samples, np.int32)
        sample[codec.position.ravel()] = np.arange(self.samples)
        self._sample = tf.constant(sample)

    def __call__(self, signal_mv: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Encodes as `EcgImageCodec.encode_slices` does; samples must be finite.

        Args:
            signal_mv: float32 or float64 (batch, length, leads) in mV at the codec's rate.

        Returns:
            uint8, or uint16 with 16 bits (batch, *full_shape), and float32 (batch, stored leads) in mV.
        """
        levels, offset = self._scale(tf.gather(signal_mv, self._stored, axis=2))
        levels = tf.pad(tf.reshape(levels, (-1, self.samples)), ((0, 0), (0, 1)))
        return tf.reshape(tf.gather(levels, self._sample, axis=1), (-1, *self.full_shape)), offset


def _scale(standardization: Standardization, n_leads: int) -> Scale:
    """Returns `Standardization.encode` without what it says of saturation."""
    # Bounds are asked for here, so that a standardization without them is refused before the graph runs.
    standardization.table(n_leads)
    lowest, steps, dtype = standardization.a, standardization.steps, dtype_of(standardization.bits).name

    def levels(raw: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.clip_by_value(raw, 0, steps) + lowest, dtype)

    if isinstance(standardization, Adapted):
        factor = steps / standardization.range_mv

        def adapted(signal_mv: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            minimum = tf.reduce_min(signal_mv, axis=1, keepdims=True)
            return levels(tf.math.ceil((signal_mv - minimum) * factor - TOLERANCE)), tf.cast(minimum[:, 0], tf.float32)

        return adapted
    if isinstance(standardization, (MinMax, Quantile)):
        lower = tf.constant(standardization.lower, tf.float64)
        span = tf.constant(standardization.upper, tf.float64) - lower

        def bounded(signal_mv: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            share = (tf.cast(signal_mv, tf.float64) - lower) / span
            return levels(tf.round(share * steps)), tf.zeros_like(signal_mv[:, 0], tf.float32)

        return bounded
    raise InputError(
        f"In a graph, only the adapted range and fixed bounds are encoded. Received: "
        f"standardization={standardization.name!r}. Choose adapted, minmax or quantile."
    )
