"""Slices on the way from noise, where flows know them: (1 - t) noise + t slice."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from keras import ops

from ecg_synth.models import shares

# Standard deviation of the logits of the times, as in the presets of flows.
SPREAD = 1.3
# Flows have hardly seen later times.
LATEST = 0.98


def draw_times(slices: Any, seed: Any, middle: float = 0.0, spread: float = SPREAD, latest: float = LATEST) -> Any:
    """Returns logit-normal times, one a slice, float32 `(batch, 1)`.

    Args:
        slices: `(batch, grid, leads)`.
        seed: int64 `(2,)`.
        middle: Median of the logits; above 0 most slices have less noise.
        spread: Standard deviation of the logits.
        latest: No time is later.
    """
    logits = shares.rows(tf.random.stateless_normal, (ops.shape(slices)[0], 1), seed)
    return ops.minimum(ops.sigmoid(middle + spread * logits), latest)


def add_noise(slices: Any, times: Any, seed: Any) -> tuple[Any, Any]:
    """Returns the slices with noise at these times, and the noise, `(batch, grid, leads)` both."""
    noise = shares.rows(tf.random.stateless_normal, ops.shape(slices), seed)
    share = times[:, :, None]
    return (1.0 - share) * noise + share * slices, noise
