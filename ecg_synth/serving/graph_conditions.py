"""Conditions as requests to a SavedModel ask for them: an input each, one value for all images or one an image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from ecg_synth.data.conditions import CONDITIONS, Scales, choices_of
from ecg_synth.serving import graph_rules as rules


class GraphConditions:
    """The inputs of a model with conditions; none of another.

    Numbers are float32, NaN where nothing is told; choices are strings, empty where nothing is told.

    Args:
        scales: The conditions of the model and their ranges.

    Attributes:
        specs: The inputs by name, of any shape.
        defaults: What they are where a request leaves them out: not told.
    """

    def __init__(self, scales: Scales):
        self.scales = scales
        self._choices = {
            name: rules.ClassNames(choices_of(name, scale))
            for name, scale in scales.items()
            if CONDITIONS[name].is_choice
        }
        self.specs: dict[str, tf.TensorSpec] = {}
        self.defaults: dict[str, tf.Tensor] = {}
        for name in scales:
            self.defaults[name] = tf.constant("" if name in self._choices else float("nan"))
            self.specs[name] = tf.TensorSpec(None, self.defaults[name].dtype, name=name)

    def rule(self, name: str) -> str:
        """Returns what an input may be."""
        scale, condition = self.scales[name], CONDITIONS[name]
        if condition.is_choice:
            return f"{name} must be {' or '.join(choices_of(name, scale))}, or empty, where it is not told."
        return (
            f"{name} must be from {scale['low']:g} to {scale['high']:g} {condition.unit}, the range of 98 % of the "
            f"training slices, or NaN, where it is not told."
        )

    def checks(self, asked: Mapping[str, tf.Tensor], count: tf.Tensor) -> list[Any]:
        """Returns assertions that each input holds one value or `count`, and values that the model was trained on."""
        found = []
        for name in self.scales:
            size = tf.size(asked[name], out_type=tf.int64)
            text = f"{name} must be one, or one an image. Received: this many, and count="
            found.append(rules.holds((size == 1) | (size == count), text, size, count))
            fits = tf.reduce_all(self._fits(name, tf.reshape(asked[name], (-1,))))
            found.append(rules.holds(fits, f"{self.rule(name)} Received: {name}=", asked[name]))
        return found

    def values(self, asked: Mapping[str, tf.Tensor], positions: tf.Tensor) -> tf.Tensor:
        """Returns what the images at `positions` int64 (n,) of the answer are told, float32 (n, conditions)."""
        columns = []
        for name in self.scales:
            column = self._numbers(name, tf.reshape(asked[name], (-1,)))
            columns.append(tf.gather(column, tf.clip_by_value(positions, 0, tf.size(column, out_type=tf.int64) - 1)))
        return tf.stack(columns, axis=1) if columns else tf.zeros((tf.size(positions), 0))

    def _fits(self, name: str, asked: tf.Tensor) -> tf.Tensor:
        if name in self._choices:
            return self._choices[name].labels(asked) > rules.UNKNOWN
        scale = self.scales[name]
        return tf.math.is_nan(asked) | ((asked >= scale["low"]) & (asked <= scale["high"]))

    def _numbers(self, name: str, asked: tf.Tensor) -> tf.Tensor:
        if name not in self._choices:
            return asked
        label = tf.cast(self._choices[name].labels(asked), tf.float32)
        return tf.where(label < 0, float("nan"), label)
