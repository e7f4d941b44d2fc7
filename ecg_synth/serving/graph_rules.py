"""What a SavedModel's signatures ask of their arguments: assertions inside the graph, each of which says its rule.

A signature does not check shapes by itself: TensorFlow runs it with whatever fits the operations, and a picture of
90 x 90 would pass for four of 45 x 45.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from ecg_synth.sampling.checks import MAX_TRUNCATION

MAX_FIRST = 10**12
SAME_SEED = -1
"""Stands for an end's seed that is the start's."""
UNKNOWN = -2


def holds(condition: tf.Tensor, rule: str, *received: tf.Tensor) -> Any:
    """Returns an assertion that fails with `rule` and the values received."""
    return tf.debugging.Assert(condition, [rule, *received], summarize=8)


def check_number(name: str, value: tf.Tensor, least: int, most: int, remedy: str = "") -> Any:
    """Returns an assertion that a whole number lies in its range."""
    text = f"{name} must be from {least} to {most}.{remedy} Received: {name}="
    return holds((value >= least) & (value <= most), text, value)


def check_seed(seed: tf.Tensor) -> Any:
    """Returns an assertion that a seed is one of unsigned 32 bits."""
    return check_number("seed", seed, 0, 2**32 - 1)


def check_end_seed(seed: tf.Tensor) -> Any:
    """Returns an assertion that a seed is one of unsigned 32 bits, or `SAME_SEED`."""
    text = f"end_seed must be from 0 to {2**32 - 1}, or {SAME_SEED}, which is the seed. Received: end_seed="
    return holds((seed >= SAME_SEED) & (seed < 2**32), text, seed)


def check_truncation(truncation: tf.Tensor) -> Any:
    """Returns an assertion that fails for NaN too."""
    text = f"truncation must be a number from 0 to {MAX_TRUNCATION:g}; 1 leaves the latents. Received: truncation="
    return holds((truncation >= 0.0) & (truncation <= MAX_TRUNCATION), text, truncation)


def checked_shape(name: str, values: tf.Tensor, shape: Sequence[int], unit: str) -> tf.Tensor:
    """Returns `values` behind an assertion that they are (n, *shape), n at least 1."""
    # The graph takes a signature's shape for granted, and folds the comparison away, unless it forgets it first.
    received = tf.shape(tf.compat.v1.placeholder_with_default(values, shape=None))
    text = f"{name} must have the shape (n, {', '.join(map(str, shape))}), n at least 1, {unit}. Received: shape="
    rank = 1 + len(shape)
    # Of another rank, the comparison would fail by itself and say nothing of the rule.
    padded = tf.concat([received, -tf.ones(rank, tf.int32)], 0)[:rank]
    fits = tf.equal(tf.size(received), rank) & tf.reduce_all(tf.equal(padded[1:], shape)) & (padded[0] > 0)
    with tf.control_dependencies([holds(fits, text, received)]):
        return tf.ensure_shape(tf.identity(values), (None, *shape))


class ClassNames:
    """Classes as requests name them: by name, where case does not matter, or by number written as text.

    A name goes before a number, should a class be called '1'.

    Args:
        names: Of the model's classes, in the order of its labels.
    """

    def __init__(self, names: Sequence[str]):
        lower = [name.lower() for name in names]
        self.names = tuple(names)
        # Names that differ by case alone must be written as they are.
        self._lower = [name if lower.count(name) == 1 else f"\0{name}" for name in lower]
        self._numbers = [str(label) for label in range(len(names))]

    def labels(self, asked: tf.Tensor) -> tf.Tensor:
        """Returns labels int64 of strings (n,): -1 where one is empty or '-1', `UNKNOWN` where it names no class."""
        found = tf.fill(tf.shape(asked), tf.constant(UNKNOWN, tf.int64))
        lower = tf.strings.lower(asked, encoding="utf-8")
        for texts, valid in ((asked, self._numbers), (lower, self._lower), (asked, self.names)):
            same = tf.equal(texts[:, None], tf.constant(list(valid), tf.string)[None])
            found = tf.where(tf.reduce_any(same, axis=1), tf.argmax(same, axis=1), found)
        in_turn = tf.equal(asked, "") | tf.equal(asked, "-1")
        return tf.where(in_turn, tf.constant(-1, tf.int64), found)

    def rule(self, argument: str) -> str:
        """Returns what an argument that names a class may be."""
        return (
            f"{argument} must be a class ({', '.join(self.names)}), its number, or empty, where the classes take turns."
        )

    def check(self, argument: str, asked: tf.Tensor, labels: tf.Tensor) -> Any:
        """Returns an assertion that every string names a class."""
        return holds(tf.reduce_all(labels > UNKNOWN), f"{self.rule(argument)} Received: {argument}=", asked)
