"""`ecg_synth.codec.ops.Ops` as TensorFlow operations."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf


class GraphOps:
    """`Ops` of TensorFlow; each method is documented there."""

    def take(self, table: np.ndarray, index: Any) -> Any:
        """See `Ops`."""
        return tf.gather(tf.constant(table), index)

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """See `Ops`."""
        return tf.where(condition, yes, no)

    def round(self, values: Any) -> Any:
        """See `Ops`."""
        return tf.cast(tf.round(values), tf.int32)

    def count_up_to(self, thresholds: np.ndarray, values: Any) -> Any:
        """See `Ops`."""
        found = tf.searchsorted(tf.constant(thresholds), tf.reshape(values, (-1,)), side="right")
        return tf.reshape(found, tf.shape(values))

    def unstack(self, values: Any) -> list[Any]:
        """See `Ops`."""
        return tf.unstack(values, axis=-1)

    def stack(self, parts: list[Any]) -> Any:
        """See `Ops`."""
        return tf.stack(parts, axis=-1)

    def idct(self, coefficients: Any) -> Any:
        """See `Ops`."""
        return tf.signal.idct(coefficients, type=2, norm="ortho")
