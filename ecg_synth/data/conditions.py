"""What a model can be told of a slice: heart rate, age, sex, its class; and what training saw of each."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ecg_synth.codec import EcgImageCodec, codec_from_config
from ecg_synth.data.parallel import read_all
from ecg_synth.data.slice_set import UNKNOWN_LABEL, SliceSet
from ecg_synth.errors import InputError, unknown_name
from ecg_synth.signals.heart_rate import heart_rate
from ecg_synth.signals.record import SEXES

# What lies outside these shares of the training set is not asked for: of that few slices nothing is learnt, and the
# extremes would be single patients'.
LOWEST, HIGHEST = 0.01, 0.99
# Of `read_all`: a heart rate takes 4 ms.
CHUNK, MANY = 200, 2000


class Condition(NamedTuple):
    """One thing that a model can be told.

    Attributes:
        title: In words.
        unit: Of its numbers.
        choices: What it is one of, where it is no number: its values are indices into them.
        of_classes: It is one of the training set's classes, which its scale keeps as `choices`.
    """

    title: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    of_classes: bool = False

    @property
    def is_choice(self) -> bool:
        """Whether it is one of several, and no number."""
        return bool(self.choices) or self.of_classes


CONDITIONS = {
    "heart_rate": Condition("heart rate", "/min"),
    "age": Condition("age", "years"),
    "sex": Condition("sex", choices=SEXES),
    "class_name": Condition("class", of_classes=True),
}

Scale = Mapping[str, Any]
Scales = Mapping[str, Scale]
"""By condition `mean`, `deviation`, `low`, `high` and `share`, as `scales_of` gives them, in the model's order."""


def choices_of(name: str, scale: Scale) -> tuple[str, ...]:
    """Returns what a condition is one of, by its own list or by the training set's classes; empty for a number."""
    return tuple(scale.get("choices", CONDITIONS[name].choices))


def check_conditions(names: Sequence[str]) -> tuple[str, ...]:
    """Returns the names of conditions; raises `InputError` where there is none, or one is unknown or stands twice."""
    for name in names:
        if name not in CONDITIONS:
            raise unknown_name("condition", name, CONDITIONS)
    if not names or len(set(names)) != len(names):
        raise InputError(f"A model is told one condition or more, each once. Received: conditions={tuple(names)!r}.")
    return tuple(names)


def condition_values(slice_set: SliceSet, names: Sequence[str]) -> np.ndarray:
    """Returns the conditions of each slice, float32 `(n, conditions)`, NaN where one is not known.

    The heart rate is that of the slice itself, 60 s over the median interval between its beats
    (`ecg_synth.signals.heart_rate`), measured here, 4 ms a slice; below two beats it is not known. Age and sex are the
    patient's, as the dataset has them; the class is the image's label.

    Args:
        slice_set: The slices.
        names: Of `CONDITIONS`.

    Raises:
        InputError: A name is unknown, or a condition is known of less than two slices.
    """
    columns = []
    for name in check_conditions(names):
        values = _values(slice_set, name)
        if np.isfinite(values).sum() < 2:
            others = " ".join(other for other in names if other != name) or "others"
            raise InputError(
                f"A condition must be known of the training slices. Received: conditions={tuple(names)!r}, and "
                f"{slice_set.name!r} has no {CONDITIONS[name].title}. Leave it out (--conditions {others}"
                f"), or prepare the dataset anew: those of before version 1.1.0 have no age and sex."
            )
        columns.append(values.astype(np.float32))
    return np.stack(columns, axis=1)


def scales_of(values: np.ndarray, names: Sequence[str], classes: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
    """Returns what a run keeps of its training set's conditions: numbers of all slices together, and of no patient.

    Args:
        values: As `condition_values` returns them.
        names: Of the columns.
        classes: The training set's, in the order of its labels.

    Returns:
        By name: `mean` and `deviation` of the known values; `low` and `high`, whole numbers between which 98 % of them
        lie; and `share`, that of the slices where it is known. Of the class `choices` besides.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, column in zip(names, values.astype(np.float64).T, strict=True):
        known = column[np.isfinite(column)]
        low, high = np.quantile(known, (LOWEST, HIGHEST))
        found[name] = {
            "mean": float(known.mean()),
            "deviation": max(float(known.std()), 1e-6),
            "low": float(np.floor(low)),
            "high": float(np.ceil(high)),
            "share": len(known) / len(column),
        }
        if CONDITIONS[name].of_classes:
            found[name]["choices"] = list(classes)
    return found


def describe_conditions(values: Sequence[float], scales: Scales) -> str:
    """Returns in words what was asked for, `"heart rate 60 /min, age 70 years, sex female"`; empty where nothing was.

    Args:
        values: One a condition, NaN where it is not told.
        scales: The conditions.
    """
    words = []
    for (name, scale), value in zip(scales.items(), values, strict=True):
        condition = CONDITIONS[name]
        if condition.is_choice and np.isfinite(value):
            words.append(f"{condition.title} {choices_of(name, scale)[int(value)]}")
        elif np.isfinite(value):
            words.append(f"{condition.title} {round(float(value), 2):g} {condition.unit}")
    return ", ".join(words)


def _values(slice_set: SliceSet, name: str) -> np.ndarray:
    if name == "heart_rate":
        return _heart_rates(slice_set)
    if CONDITIONS[name].of_classes:
        return np.where(slice_set.labels == UNKNOWN_LABEL, np.nan, slice_set.labels)
    return slice_set.known.get(name, np.zeros(0))


def _heart_rates(slice_set: SliceSet) -> np.ndarray:
    codec = codec_from_config(slice_set.codec)
    if not isinstance(codec, EcgImageCodec):
        raise InputError(
            f"Only slices of an ECG have a heart rate. Received: {slice_set.name!r}, which has other data."
        )
    return read_all(functools.partial(_rates, codec), slice_set.images, CHUNK, MANY)


def _rates(codec: EcgImageCodec, images: np.ndarray) -> np.ndarray:
    return np.array([heart_rate(signal_mv, codec.fs) for signal_mv in codec.decode(images)])
