"""The report's rules: learnt on synthetic labels, held against real patients, beside rules learnt on real ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from ecg_synth.data.slice_set import UNKNOWN_LABEL
from ecg_synth.metrics.case import LEAST, Judgement
from ecg_synth.metrics.clinical import FEATURES
from ecg_synth.metrics.judged import Judged
from ecg_synth.metrics.rules import SIGNIFICANCE, judge_rules, learn_rules
from ecg_synth.metrics.section import SECTIONS, Section, Table

# How many beats fit into a slice is no reading of its own.
READINGS = tuple(number for number, feature in enumerate(FEATURES) if feature.name != "beats")
# A rule about what few real slices show, the variability of three beats, could not be held against them.
LEAST_MEASURED = 0.8


@SECTIONS.register("rules")
def rules(judgement: Judgement) -> Section | None:
    """Returns the section; None where synthetic or real slices have not two classes of 20 slices in common."""
    case = judgement.case
    count = min(len(case.train), len(case.candidate))
    # As many slices as the real ones that the floor's rules are learnt on.
    learnt_on = {
        "synthetic": Judged(case.candidate.draw(count, case.seed), judgement.extractors),
        "real": Judged(case.train.draw(count, case.seed), judgement.extractors),
    }
    held = [judgement.reference, judgement.floor]
    names = {judged.signals.class_names for judged in (*learnt_on.values(), *held)}
    if len(names) > 1 or not all(_has_classes(judged.signals.labels) for judged in learnt_on.values()):
        return None
    labels = np.concatenate([judged.signals.labels for judged in held])
    if not _has_classes(labels):
        return None
    known = labels != UNKNOWN_LABEL
    against = (
        np.concatenate([_readings(judged) for judged in held])[known],
        labels[known],
        np.concatenate([judged.signals.groups for judged in held])[known],
    )
    classes = next(iter(names))
    shown = np.flatnonzero(np.isfinite(against[0]).mean(axis=0) >= LEAST_MEASURED)
    found = {label: _judged(judged, against, shown, classes, judgement.seed) for label, judged in learnt_on.items()}
    shares = {label: _share(of) for label, of in found.items()}
    bases = {name: float((against[1] == label).mean()) for label, name in enumerate(classes)}
    mixture = ", ".join(f"{name} {base:.0%}" for name, base in bases.items())
    return Section(
        "Rules",
        text=(
            f"Trees of depth 3 over the clinical features, learnt on {count:,} synthetic slices and, as the floor, on "
            f"as many real ones; each leaf is a rule. All are held against {len(against[1]):,} other real slices of "
            f"{len(np.unique(against[2])):,} patients ({mixture}). Lift is how much more frequent the class "
            "is among the slices that a rule covers. A missing value meets no condition; features that fewer than 80 % "
            "of these slices have are left out.",
            "A rule holds when its lift is above 1 on both sides and significant on the real slices: labels of whole "
            f"patients changed places 2,000 times, Benjamini-Hochberg over the rules, p < {SIGNIFICANCE:g}. "
            f"Of the rules learnt on synthetic slices {shares['synthetic']} hold, of those learnt on real ones "
            f"{shares['real']}. A rule that does not hold may be true of too few patients to show.",
        ),
        tables=tuple(_table(label, of) for label, of in found.items()),
        values={
            "class_shares": bases,
            "share_that_holds": _number(found["synthetic"]),
            "floor_share_that_holds": _number(found["real"]),
            "learnt_on_synthetic": found["synthetic"],
            "learnt_on_real": found["real"],
        },
    )


def _has_classes(labels: np.ndarray) -> bool:
    counts = np.bincount(labels[labels != UNKNOWN_LABEL])
    return int((counts >= LEAST).sum()) > 1


def _readings(judged: Judged) -> np.ndarray:
    return judged.features("clinical")[:, READINGS]


def _judged(
    judged: Judged,
    against: tuple[np.ndarray, np.ndarray, np.ndarray],
    shown: np.ndarray,
    classes: tuple[str, ...],
    seed: int,
) -> list[dict[str, Any]]:
    known = judged.signals.labels != UNKNOWN_LABEL
    features, labels = _readings(judged)[known][:, shown], judged.signals.labels[known]
    learnt = learn_rules(features, labels, seed)
    readings = [FEATURES[READINGS[number]] for number in shown]
    titles, units = [reading.title for reading in readings], [reading.unit for reading in readings]
    real, real_labels, patients = against
    verdicts = judge_rules(learnt, (features, labels), (real[:, shown], real_labels, patients), seed)
    return [
        {"rule": rule.words(titles, units, classes)} | verdict for rule, verdict in zip(learnt, verdicts, strict=True)
    ]


def _number(found: list[dict[str, Any]]) -> float:
    return sum(one["holds"] for one in found) / len(found) if found else float("nan")


def _share(found: list[dict[str, Any]]) -> str:
    return f"{sum(one['holds'] for one in found)} of {len(found)}"


def _table(label: str, found: list[dict[str, Any]]) -> Table:
    rows = [
        (
            one["rule"],
            f"{one['support']:.1%}",
            f"{one['lift']:.2f}",
            f"{one['real_support']:.1%} ({one['real_patients']})",
            f"{one['real_precision']:.0%}" if np.isfinite(one["real_precision"]) else None,
            f"{one['real_lift']:.2f}" if np.isfinite(one["real_lift"]) else None,
            f"{one['p']:.3f}",
            "yes" if one["holds"] else "no",
        )
        for one in found
    ]
    heads = ("rule", "covers", "lift", "covers of real (patients)", "precision, real", "lift, real", "p, corrected")
    return Table(f"Rules learnt on {label} slices", (*heads, "holds"), rows)
