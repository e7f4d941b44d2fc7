"""Gradients of bounded length: what a flow, and one that follows a generator, learn by."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

# A step longer than this is cut to it.
LONGEST_GRADIENT = 1.0


def bounded_gradients(tape: tf.GradientTape, scaled_loss: Any, weights: Any, optimizer: Any) -> tuple[list[Any], Any]:
    """Returns gradients no longer than `LONGEST_GRADIENT`, and how long they were.

    Args:
        tape: What the loss was worked out on.
        scaled_loss: The loss, as `optimizer.scale_loss` gave it.
        weights: By which.
        optimizer: It takes the scale off the gradients; bound and length are the loss's own.
    """
    scale = optimizer.scale_loss(1.0)
    gradients, length = tf.clip_by_global_norm(tape.gradient(scaled_loss, weights), LONGEST_GRADIENT * scale)
    return gradients, length / scale
