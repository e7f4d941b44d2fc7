"""Several reports of the same judgement side by side: which candidate is the best, by which metric, and how surely."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth.errors import InputError
from ecg_synth.metrics.scores import SCORES
from ecg_synth.metrics.use import CHANCE, TRTR, TSTR

FILE = "metrics.json"
# What a value hangs on beside the candidate; extractors and draws follow from the training slices and the seed.
SAME = ("dataset", "fingerprint", "train", "floor", "reference", "classes", "leads", "fs", "length", "judged", "seed")
BEST, LIKE_BEST = "*", "="
PAIRED = "paired"


@dataclass(frozen=True)
class Report:
    """What one judgement found.

    Attributes:
        path: Where it stands.
        name: What to call its candidate.
        facts: What was judged by what.
        metrics: By name `value`, `low`, `high`, `floor`, `ceiling`, `title`, `kind`, `better` and `unit`; NaN where a
            number is not known.
    """

    path: Path
    name: str
    facts: dict[str, Any]
    metrics: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """One metric of all candidates.

    Attributes:
        name: Its key in `metrics.json`.
        title: What it is called.
        kind: As in `ecg_synth.metrics.metric.KINDS`, or `"use"`.
        better: `"lower"` or `"higher"`.
        unit: Unit, empty where it has none.
        floor: Value of real slices of other patients.
        ceiling: Value of what is broken.
        values: float64 `(candidates, 3)`: value, lower and upper end of its interval; NaN where not known.
    """

    name: str
    title: str
    kind: str
    better: str
    unit: str
    floor: float
    ceiling: float
    values: np.ndarray

    def marks(self) -> list[str]:
        """Returns `"*"` for the best candidate (each of several equal ones), `"="` for one whose interval meets its."""
        cost = self.values[:, 0] * (1 if self.better == "lower" else -1)
        if not np.isfinite(cost).any():
            return [""] * len(cost)
        best = int(np.nanargmin(cost))
        low, high = self.values[best, 1:]
        marks = []
        for own, (value, own_low, own_high) in zip(cost, self.values, strict=True):
            meets = own_low <= high and low <= own_high  # False of NaN
            like = math.isfinite(value) and meets
            marks.append(BEST if own == cost[best] else LIKE_BEST if like else "")
        return marks

    def ranks(self) -> np.ndarray:
        """Returns each candidate's rank from 1, the best; equal ones share their mean rank, NaN stays NaN."""
        from scipy.stats import rankdata

        cost = self.values[:, 0] * (1 if self.better == "lower" else -1)
        return np.asarray(rankdata(cost, nan_policy="omit"), np.float64)

    def positions(self) -> np.ndarray:
        """Returns the values on the way from the floor, 0, to the ceiling, 1; NaN where there is no such way."""
        way = self.ceiling - self.floor
        return (self.values - self.floor) / way if way else np.full_like(self.values, np.nan)


def read_report(place: str | os.PathLike[str]) -> Report:
    """Returns the report in a folder of `ecg-synth evaluate`, or in its `metrics.json`.

    Raises:
        InputError: There is none, or it cannot be read.
    """
    path = Path(place)
    file = path / FILE if path.is_dir() else path
    if not file.is_file():
        raise InputError(
            f"A report is a folder with {FILE}. Received: {str(place)!r}, which has none. "
            f"'ecg-synth evaluate' makes one."
        )
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        facts = content["facts"]
        candidate = facts["candidate"]
        entries = {**content["metrics"], **_use(content.get("sections", {}).get("use") or {})}
        metrics = {name: {**entry, **_numbers(entry)} for name, entry in entries.items()}
        name = str(candidate["name"] if isinstance(candidate, dict) else candidate)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{file} is not what 'ecg-synth evaluate' wrote ({type(error).__name__}: {error}). Evaluate anew."
        ) from None
    return Report(file.parent, name, facts, metrics)


def compared(reports: Sequence[Report]) -> list[Row]:
    """Returns a row for each metric that any of the reports has.

    Raises:
        InputError: There are fewer than two reports, or they were not judged by the same slices.
    """
    if len(reports) < 2:
        raise InputError(f"A comparison needs at least 2 reports. Received: {len(reports)}.")
    first = reports[0]
    for other in reports[1:]:
        for what in SAME:
            left, right = first.facts.get(what), other.facts.get(what)
            if left != right:
                raise InputError(
                    f"Reports are compared that were judged by the same real slices, in the same number and with the "
                    f"same seed. Received: {what}={_short(left)} in {str(first.path)!r}, {what}={_short(right)} in "
                    f"{str(other.path)!r}. Evaluate both anew with the same settings, --count and --seed among them."
                )
    names = list(dict.fromkeys(name for report in reports for name in report.metrics))
    return [_row(name, [report.metrics.get(name) for report in reports]) for name in names]


def names_of(reports: Sequence[Report]) -> list[str]:
    """Returns a name for each candidate; those of one name are told apart by their report's folder."""
    names = [report.name for report in reports]
    return [f"{report.name} [{report.path}]" if names.count(report.name) > 1 else report.name for report in reports]


def summary(rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    """Returns a sentence a candidate, the best mean rank first; metrics of kind `"paired"` do not count."""
    counted = [row for row in rows if row.kind != PAIRED and np.isfinite(row.values[:, 0]).all()]
    if not counted:
        return ["No metric was measured of all candidates."]
    ranks = np.array([row.ranks() for row in counted]).mean(axis=0)
    marks = np.array([row.marks() for row in counted])
    said = []
    for number in np.argsort(ranks, kind="stable"):
        best, like = ((marks[:, number] == mark).sum() for mark in (BEST, LIKE_BEST))
        said.append(
            f"{names[number]}: mean rank {ranks[number]:.2f} of {len(names)}; best by {best} of {len(counted)} "
            f"metrics, by {like} more not told apart from the best."
        )
    return said


def _row(name: str, entries: Sequence[Mapping[str, Any] | None]) -> Row:
    known = next(entry for entry in entries if entry)
    values = [[entry[key] if entry else math.nan for key in ("value", "low", "high")] for entry in entries]
    floor, ceiling = (float(known[key]) for key in ("floor", "ceiling"))
    return Row(
        name,
        known["title"],
        known["kind"],
        known["better"],
        known["unit"],
        floor,
        ceiling,
        np.array(values, np.float64),
    )


def _numbers(entry: Mapping[str, Any]) -> dict[str, float]:
    # JSON has no NaN: it stands as null.
    keys = ("value", "low", "high", "floor", "ceiling")
    return {key: math.nan if entry[key] is None else float(entry[key]) for key in keys}


def _use(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Train on synthetic, test on real, as metrics: the floor is training on real, the ceiling on permuted labels."""
    if TSTR not in values:
        return {}
    return {
        f"tstr_{score}": {
            "value": values[TSTR][score]["mean"],
            "low": values[TSTR][score]["low"],
            "high": values[TSTR][score]["high"],
            "floor": values[TRTR][score]["mean"],
            "ceiling": values[CHANCE][score]["mean"],
            "title": f"trained on synthetic, tested on real: {title}",
            "kind": "use",
            "better": "higher",
            "unit": "",
        }
        for score, title in SCORES.items()
    }


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
