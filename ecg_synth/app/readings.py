"""The clinical intervals of each ECG that the page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ecg_synth.app.ecg import Ecg
from ecg_synth.metrics.clinical import COLUMN, FEATURES, clinical_features, clinical_lead

READ = ("heart_rate", "pr", "qrs", "qt", "qtc", "r_mv", "st_mv")
SHORT = ("HR", "PR", "QRS", "QT", "QTc", "R", "ST")
NOTHING = "-"


def read(ecgs: Sequence[Ecg]) -> np.ndarray:
    """Returns `READ` of each ECG's clinical lead, float64 (n, readings); NaN where there is nothing to measure."""
    columns = [COLUMN[name] for name in READ]
    rows = [clinical_features(ecg.signal_mv[:, clinical_lead(ecg.leads)], ecg.fs)[columns] for ecg in ecgs]
    return np.stack(rows) if rows else np.zeros((0, len(READ)))


def in_words(row: np.ndarray) -> str:
    """Returns one ECG's readings on one line; a dash stands where there is nothing to measure."""
    found = (f"{name} {_number(value, unit)}" for name, value, unit in zip(SHORT, row, _units(), strict=True))
    # A line ends between two readings, not within one.
    return ", ".join(reading.replace(" ", "\u00a0") for reading in found)


def summary(groups: Mapping[str, np.ndarray]) -> tuple[list[str], list[list[str]]]:
    """Returns heading and rows of a table: each reading's median and range by group.

    Args:
        groups: By heading what `read` gives.
    """
    rows = []
    for column, (name, unit) in enumerate(zip(READ, _units(), strict=True)):
        cells = [_range(values[:, column], unit) for values in groups.values()]
        rows.append([f"{FEATURES[COLUMN[name]].title}, {unit}", *cells])
    return ["median (range)", *groups], rows


def _units() -> list[str]:
    return [FEATURES[COLUMN[name]].unit for name in READ]


def _range(values: np.ndarray, unit: str) -> str:
    values = values[np.isfinite(values)]
    if not len(values):
        return NOTHING
    middle, low, high = (_digits(value, unit) for value in (np.median(values), values.min(), values.max()))
    return f"{middle} ({low} to {high})"


def _number(value: float, unit: str) -> str:
    return f"{_digits(value, unit)} {unit}".replace(" /", "/") if np.isfinite(value) else NOTHING


def _digits(value: float, unit: str) -> str:
    text = f"{value:.2f}" if unit == "mV" else f"{value:.0f}"
    return "0.00" if text == "-0.00" else text
