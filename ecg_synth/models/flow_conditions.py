"""A flow that is told heart rate, age and sex, any of them or none."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from ecg_synth.data.conditions import CONDITIONS, Scales, check_conditions, choices_of
from ecg_synth.errors import InputError
from ecg_synth.models.flow import Flow
from ecg_synth.models.flow_classes import UNTOLD
from ecg_synth.models.registry import MODELS
from ecg_synth.models.seeds import Seeds

# Share of the slices of which a condition, each by itself, is not told, so that any of them may be left out.
UNTOLD_EACH = 0.15


@MODELS.register("flow_conditions")
@keras.saving.register_keras_serializable("ecg_synth")
class FlowConditions(Flow):
    """`Flow` that is told conditions.

    The network sees two numbers a condition: its value, of mean 0 and deviation 1 over the training set, and 1 where
    it is told; of two choices 1 for the one that is told. All are 0 where nothing is told, which is the field of all
    slices. In training each condition is untold of 15 % of the slices, and all of them of 10 % besides: else one slice
    in 300 would show the network that field, which guidance starts from.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        conditions: Names in `ecg_synth.data.conditions.CONDITIONS`, in the order of the columns of what it is told.
        scales: What the training set has of each, as `ecg_synth.data.conditions.scales_of` gives it.
        **kwargs: Those of `Flow`; `guidance` goes from the field where nothing is told towards that of what is.

    Raises:
        InputError: A condition is unknown, or `scales` lacks one.
    """

    needs = (*Flow.needs, "scales")

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        conditions: tuple[str, ...] = ("heart_rate", "age", "sex"),
        scales: Scales | None = None,
        **kwargs: Any,
    ):
        names = check_conditions(conditions)
        missing = [name for name in names if name not in (scales or {})]
        if missing:
            raise InputError(
                f"A model told conditions needs the scale of each, which training learns. Received: scales without "
                f"{', '.join(missing)}. Pass scales=scales_of(condition_values(slice_set, conditions), conditions)."
            )
        self._widths = [len(choices_of(name, (scales or {})[name])) or 2 for name in names]
        super().__init__(image_shape, n_told=sum(self._widths), **kwargs)
        self.scales = {name: dict((scales or {})[name]) for name in names}

    @property
    def conditions(self) -> tuple[str, ...]:
        """Their names, in the order of the columns of what it is told."""
        return tuple(self.scales)

    def told(self, values: Any) -> Any:
        """Returns what the network is told, float32 `(n, n_told)`.

        Args:
            values: `(n, conditions)` in the conditions' own units, choices as indices, NaN where one is not told.
        """
        columns = []
        for number, (name, scale) in enumerate(self.scales.items()):
            value = ops.cast(values[:, number], "float32")
            known = ops.cast(ops.isfinite(value), "float32")
            value = ops.where(ops.isfinite(value), value, 0.0)
            if CONDITIONS[name].is_choice:
                choices = range(len(choices_of(name, scale)))
                columns += [known * ops.cast(value == choice, "float32") for choice in choices]
            else:
                columns += [known * (value - scale["mean"]) / scale["deviation"], known]
        return ops.stack(columns, axis=1)

    def _told(self, labels: Any, count: Any, seeds: Seeds) -> list[Any]:
        each = tf.random.stateless_uniform((count, len(self.scales)), seeds.augment) >= UNTOLD_EACH
        seed = tf.random.experimental.stateless_fold_in(seeds.augment, 1)
        told = each & (tf.random.stateless_uniform((count, 1), seed) >= UNTOLD)
        columns = np.repeat(np.arange(len(self.scales)), self._widths)
        return [self.told(labels) * ops.take(ops.cast(told, "float32"), columns, axis=1)]

    def _mixes(self, count: int, classes: np.ndarray | None) -> np.ndarray:
        """What `sample` tells: values `(count, conditions)`, by default nothing."""
        values = np.full((count, len(self.scales)), np.nan) if classes is None else np.asarray(classes)
        if values.shape != (count, len(self.scales)):
            raise InputError(
                f"Conditions must be one row an image, ({count}, {len(self.scales)}): {', '.join(self.scales)}. "
                f"Received: classes.shape={values.shape}."
            )
        return ops.convert_to_numpy(self.told(values))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        config = super().get_config()
        del config["n_classes"]
        return {**config, "conditions": self.conditions, "scales": {name: dict(s) for name, s in self.scales.items()}}
