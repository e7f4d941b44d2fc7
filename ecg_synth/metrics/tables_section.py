"""The report of a table: its columns, their correlations, and whether a classifier learns from it."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np

from ecg_synth.data.slice_set import UNKNOWN_LABEL
from ecg_synth.metrics.scores import SCORES, group_weights
from ecg_synth.metrics.section import Section, Table
from ecg_synth.metrics.tables import (
    TableSet,
    kolmogorov_smirnov_by_column,
    share_difference_by_column,
    table_metrics,
    wasserstein_by_column,
)
from ecg_synth.metrics.use import CHANCE, REPLICATES, SEEDS, TRTR, TRTS, TSTR, Answers, answers_of
from ecg_synth.plots_tables import tables_figure

TREES = 100
TITLE = "Tables"


def tables_section(reference: TableSet, floor: TableSet, synthetic: TableSet, seed: int = 0) -> Section:
    """Returns what there is to say of a synthetic table.

    Args:
        reference: Real rows that everything is compared with and tested on.
        floor: Other real rows: as good as anything can be, and what the classifiers of the ceiling learn from.
        synthetic: The rows that are judged.
        seed: Seed of draws and classifiers.

    Raises:
        InputError: The columns differ.
    """
    metrics = table_metrics(reference, floor, synthetic, seed)
    count = min(len(floor), len(synthetic))
    columns = _columns(reference, floor.draw(count, seed), synthetic.draw(count, seed))
    used, words = _use(reference, floor, synthetic, seed)
    heads = ["", "value", "95 %", "floor", "ceiling (noise)"]
    rows = [
        [e["title"], e["value"], f"{e['low']:.3g} to {e['high']:.3g}", e["floor"], e["ceiling"]]
        for e in metrics.values()
    ]
    tables = [
        Table("All columns; lower is better", heads, rows),
        Table(
            "Continuous columns: Wasserstein distance as a share of the range, and Kolmogorov-Smirnov distance",
            ["column", "Wasserstein", "floor", "Kolmogorov-Smirnov", "floor"],
            [[name, *values] for name, values in columns["continuous"].items()],
        ),
        Table(
            "Binary columns: share of ones",
            ["column", reference.name, floor.name, synthetic.name, "difference", "floor"],
            [[name, *values] for name, values in columns["binary"].items()],
        ),
    ]
    if used:
        cells = [
            [way, round(a.learnt_from), a.tested_on, *(_cell(a, score) for score in SCORES)] for way, a in used.items()
        ]
        tables.append(Table("Who learns from what", ["", "rows", "tests", *SCORES.values()], cells))
    groups = {f"{table.name} ({table.origin})": table.rows for table in (reference, floor, synthetic)}
    figure = tables_figure(groups, reference.columns, reference.is_binary, f"{synthetic.name} beside real rows")
    return Section(
        TITLE,
        [
            f"{len(synthetic):,} synthetic rows and {len(floor):,} other real ones (the floor), {count:,} of each, "
            f"against {len(reference):,} real ones. A row counts as a patient of its own.",
            *words,
        ],
        tables,
        {"Continuous columns as boxes, binary ones as shares of ones": figure},
        {"metrics": metrics, "columns": columns, "use": {way: _values(a) for way, a in used.items()}},
    )


def _columns(reference: TableSet, floor: TableSet, synthetic: TableSet) -> dict[str, dict[str, list[float]]]:
    binary = reference.is_binary
    names = np.array(reference.columns)
    real = reference.rows
    distances = [
        by_column(table.rows[:, ~binary], real[:, ~binary])
        for by_column in (wasserstein_by_column, kolmogorov_smirnov_by_column)
        for table in (synthetic, floor)
    ]
    shares = [table.rows[:, binary].mean(axis=0) for table in (reference, floor, synthetic)]
    apart = [share_difference_by_column(table.rows[:, binary], real[:, binary]) for table in (synthetic, floor)]
    return {
        "continuous": dict(zip(names[~binary].tolist(), np.array(distances).T.tolist(), strict=True)),
        "binary": dict(zip(names[binary].tolist(), np.array([*shares, *apart]).T.tolist(), strict=True)),
    }


def _use(reference: TableSet, floor: TableSet, synthetic: TableSet, seed: int) -> tuple[dict[str, Answers], list[str]]:
    named = [_classes(table) for table in (reference, floor, synthetic)]
    common = [name for name in named[0] if all(name in names for names in named)]
    if len(common) < 2:
        return {}, [
            f"Whether a classifier learns from the synthetic rows was not asked: fewer than 2 classes are in all three "
            f"tables ({'; '.join(', '.join(names) or 'none' for names in named)}). Rows of classes come from a model "
            f"with classes, the preset thyroid-classes for one."
        ]
    test, real, fake = (_labeled(table, common) for table in (reference, floor, synthetic))
    fake = fake.draw(len(real), seed)
    said: dict[str, list[tuple[int, np.ndarray]]] = {}
    for number in range(SEEDS):
        mixed = replace(real, labels=np.random.default_rng([seed, number]).permutation(real.labels))
        for way, learn, ask in ((TRTR, real, test), (TSTR, fake, test), (TRTS, real, fake), (CHANCE, mixed, test)):
            said.setdefault(way, []).append((len(learn), _decisions(learn, ask, len(common), seed + number)))
    found = {}
    for way, answers in said.items():
        asked = fake if way == TRTS else test
        found[way] = answers_of(answers, asked.labels, group_weights(np.arange(len(asked)), REPLICATES, seed))
    tstr, trtr, chance = (found[way].score("macro_f1") for way in (TSTR, TRTR, CHANCE))
    words = (
        f"Classes: {', '.join(common)}. TSTR learns from synthetic rows and is tested on real ones, TRTS the reverse, "
        f"TRTR learns from real ones; {SEEDS} random forests of {TREES} trees each. Macro F1 {tstr.mean:.3f} of TSTR, "
        f"{trtr.mean:.3f} of TRTR, {chance.mean:.3f} after learning permuted labels."
    )
    return found, [words]


def _classes(table: TableSet) -> list[str]:
    return [table.class_names[label] for label in np.unique(table.labels) if label != UNKNOWN_LABEL]


def _labeled(table: TableSet, common: list[str]) -> TableSet:
    new = np.array([common.index(name) if name in common else -1 for name in table.class_names] + [-1])
    labels = new[table.labels]
    kept = labels >= 0
    return replace(table, rows=table.rows[kept], labels=labels[kept], class_names=tuple(common))


def _decisions(learn: TableSet, ask: TableSet, classes: int, seed: int) -> np.ndarray:
    """What a random forest says, classes weighted alike; one that was not seen gets minus infinity."""
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(TREES, class_weight="balanced", random_state=seed % 2**32)
    found = np.full((len(ask), classes), -np.inf)
    found[:, np.unique(learn.labels)] = forest.fit(learn.rows, learn.labels).predict_proba(ask.rows)
    return found


def _cell(answers: Answers, name: str) -> str:
    score = answers.score(name)
    return f"{score.mean:.3f} ± {score.spread:.3f} [{score.low:.3f}, {score.high:.3f}]"


def _values(answers: Answers) -> dict[str, Any]:
    return {
        "learnt_from": answers.learnt_from,
        "tested_on": answers.tested_on,
        **{name: asdict(answers.score(name)) for name in SCORES},
    }
