"""The report's clinical part: every feature real against synthetic, the delineators, and the impossible slices."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np

from ecg_synth.metrics.case import Judgement
from ecg_synth.metrics.clinical import FEATURES, clinical_lead, failure_shares
from ecg_synth.metrics.clinical_metrics import column, kolmogorov_smirnov, measured, wasserstein
from ecg_synth.metrics.delineation import PRIMARY, SECOND
from ecg_synth.metrics.delineators import compare_delineators
from ecg_synth.metrics.impossible import LIMITS, Impossible, impossible_in
from ecg_synth.metrics.judged import Judged
from ecg_synth.metrics.section import SECTIONS, Section, Table

# The page lists so many impossible slices; metrics.json has all of them.
LISTED = 25
# Two delineators read so many slices of each set: the second one is four times slower.
READ_TWICE = 60
DRAWN = ("heart_rate", "pr", "qrs", "qt", "qtc", "p_mv", "r_mv", "s_mv", "t_mv", "st_mv", "missing_p", "missing_t")


@SECTIONS.register("clinic")
def clinic(judgement: Judgement) -> Section:
    """Returns the clinical section; see `Section`."""
    sets = {"real": judgement.reference, "synthetic": judgement.candidate, "floor": judgement.floor}
    features = {feature.name: _feature(sets, feature.name) for feature in FEATURES}
    impossible = {name: impossible_in(judged.view()) for name, judged in sets.items()}
    delineators = {
        name: compare_delineators(judged.signals.draw(READ_TWICE, judgement.seed)) for name, judged in sets.items()
    }
    listed = _in_the_whole(judgement, impossible["synthetic"])
    failures = {name: failure_shares(judged.features("clinical")) for name, judged in sets.items()}
    leads = judgement.reference.signals.leads
    return Section(
        "What a cardiologist reads",
        text=(
            f"Read off lead {leads[clinical_lead(leads)]}, the median over the beats of each slice: R peaks by XQRS, "
            f"QRS by the slope of the lead, P and T by NeuroKit2's delineation ({PRIMARY}), amplitudes over the level "
            "just before QRS. Each reading has an error of its own, which is the same on both sides: what counts is "
            "how far synthetic slices are from real ones, beside the floor, other patients' real slices.",
            "QT is the least sure of them, SDNN and RMSSD of a slice of two seconds are of two intervals, and a heart "
            "slower than about 50 a minute may show one beat and have no rate.",
        ),
        tables=(
            _feature_table(features),
            _delineator_table(delineators),
            _reason_table(impossible, {name: len(judged.signals) for name, judged in sets.items()}),
            _listed_table(listed),
        ),
        figures={"Clinical features of real and synthetic slices": _violins(sets)},
        values={
            "lead": leads[clinical_lead(leads)],
            "features": features,
            "failures": failures,
            "delineators": delineators,
            "impossible_shares": {
                name: len({one.index for one in found}) / len(sets[name].signals) for name, found in impossible.items()
            },
            "impossible": [one.as_dict() for one in listed],
        },
    )


def _feature(sets: dict[str, Judged], name: str) -> dict[str, Any]:
    columns = {label: column(judged.view(), name) for label, judged in sets.items()}
    found: dict[str, Any] = {}
    for label, values in columns.items():
        there = measured(values)
        quartiles = np.quantile(there, [0.25, 0.5, 0.75]).tolist() if len(there) else [float("nan")] * 3
        found[label] = {"quartiles": quartiles, "missing": 1 - len(there) / len(values)}
        if label != "real":
            found[label]["wasserstein"] = wasserstein(columns["real"], values)
            found[label]["ks"] = kolmogorov_smirnov(columns["real"], values)
    return found


def _feature_table(features: dict[str, dict[str, Any]]) -> Table:
    rows = []
    for feature in FEATURES:
        of = features[feature.name]
        cells = [_quartiles(of[label]["quartiles"]) for label in ("real", "synthetic", "floor")]
        distances = [of[label][what] for what in ("wasserstein", "ks") for label in ("synthetic", "floor")]
        missing = " / ".join(f"{of[label]['missing']:.0%}" for label in ("real", "synthetic", "floor"))
        rows.append((feature.title, feature.unit, *cells, *distances, missing))
    heads = ("feature", "unit", "real: median (quartiles)", "synthetic", "floor", "Wasserstein", "its floor")
    return Table("Clinical features", (*heads, "KS", "its floor", "not measured: real / synthetic / floor"), rows)


def _quartiles(values: list[float]) -> str:
    return f"{values[1]:.3g} ({values[0]:.3g} to {values[2]:.3g})" if np.isfinite(values[1]) else "none"


def _delineator_table(delineators: dict[str, dict[str, dict[str, float]]]) -> Table:
    rows = [
        (
            label,
            method,
            *(f"{of[what]:.1%}" for what in ("failed", "pr", "qrs", "qt")),
            *(of[f"{what}_ms"] for what in ("pr", "qrs", "qt")),
        )
        for label, methods in delineators.items()
        for method, of in methods.items()
    ]
    heads = ("set", "method", "slices failed", "beats without PR", "without QRS", "without QT")
    return Table(
        f"Two delineators of NeuroKit2 on the same beats ({PRIMARY} is used, {SECOND} is its check)",
        (*heads, "median PR, ms", "QRS, ms", "QT, ms"),
        rows,
    )


def _reason_table(impossible: dict[str, list[Impossible]], totals: dict[str, int]) -> Table:
    counts = {label: Counter(one.limit.name for one in found) for label, found in impossible.items()}
    rows = [
        (
            limit.title,
            f"{limit.low:g} to {limit.high:g} {limit.unit}".replace(" to inf", " or more").strip(),
            *(f"{counts[label][limit.name] / totals[label]:.1%}" for label in impossible),
            limit.source,
        )
        for limit in LIMITS
    ]
    return Table("Physiologically impossible slices by reason", ("measured", "possible", *impossible, "source"), rows)


def _in_the_whole(judgement: Judgement, found: list[Impossible]) -> list[Impossible]:
    """Counts slices as the candidate's files do, not as the draw of equal numbers does."""
    places = judgement.case.candidate.draw_index(len(judgement.candidate.signals), judgement.seed)
    return [replace(one, index=int(places[one.index])) for one in found]


def _listed_table(found: list[Impossible]) -> Table:
    rows = [
        (one.index, one.limit.title, one.value, f"{one.limit.low:g} to {one.limit.high:g}", one.limit.unit)
        for one in found[:LISTED]
    ]
    more = f", the first {LISTED} of {len(found)}; metrics.json has all" if len(found) > LISTED else ""
    return Table(
        f"Impossible synthetic slices, one by one{more}", ("slice", "measured", "value", "possible", "unit"), rows
    )


def _violins(sets: dict[str, Judged]) -> Any:
    from ecg_synth.plots_clinic import violin_figure

    origins = {label: judged.signals.origin for label, judged in sets.items()}
    names = {
        "real": f"real ({origins['real']})",
        "floor": f"floor: other patients ({origins['floor']})",
        "synthetic": f"judged ({origins['synthetic']})",
    }
    chosen = [feature for feature in FEATURES if feature.name in DRAWN]
    columns = {
        names[label]: np.column_stack([column(sets[label].view(), feature.name) for feature in chosen])
        for label in ("real", "floor", "synthetic")
    }
    titles = [f"{feature.title}, {feature.unit}" if feature.unit else feature.title for feature in chosen]
    return violin_figure(columns, titles, f"{sets['synthetic'].signals.name}: clinical features")
