"""A comparison of reports as a table, as Markdown and CSV, and as a picture."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth import plots_compare
from ecg_synth.files import new_folder
from ecg_synth.metrics.compare import BEST, LIKE_BEST, PAIRED, Report, Row, compared, names_of, summary
from ecg_synth.plots import save_figure

MARKDOWN, TABLE, PICTURE = "compare.md", "compare.csv", "compare.png"
LEGEND = (
    f"Marks: {BEST} best; {LIKE_BEST} its 95 % interval meets the best one's. Floor: real slices of other patients (of "
    f"TSTR, trained on real ones). Paired metrics, on which copies of training slices score best, decide nothing."
)


def table_of(rows: Sequence[Row], names: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Returns the heads and the cells of the table that people read."""
    heads = ["metric", "kind", "better", "floor", *names]
    cells = []
    for row in rows:
        title = f"{row.title}, {row.unit}" if row.unit else row.title
        found = [_cell(values, mark) for values, mark in zip(row.values, row.marks(), strict=True)]
        cells.append([title, row.kind, row.better, _number(row.floor), *found])
    return heads, cells


def write_comparison(reports: Sequence[Report], out: str | os.PathLike[str], overwrite: bool = False) -> Path:
    """Writes `compare.md`, `compare.csv` and `compare.png`.

    Args:
        reports: At least two, judged by the same slices.
        out: The folder to make.
        overwrite: Replace a folder that stands there.

    Returns:
        `out`.

    Raises:
        InputError: The reports cannot be compared, or `out` is not empty and `overwrite` is False.
        StorageError: The disk is full; what stood there is unchanged.
    """
    from tabulate import tabulate

    rows, names = compared(reports), names_of(reports)
    facts = reports[0].facts
    reference = facts.get("reference")
    against = reference.get("name", "the same real slices") if isinstance(reference, dict) else str(reference)
    heads, cells = table_of(rows, names)
    with new_folder(out, overwrite) as folder:
        said = "\n".join(f"- {sentence}" for sentence in summary(rows, names))
        table = tabulate(cells, heads, tablefmt="github", disable_numparse=True)
        text = f"# Candidates judged against {against}\n\n{said}\n\n{table}\n\n{LEGEND}\n\n![the same]({PICTURE})\n"
        (folder / MARKDOWN).write_text(text, encoding="utf-8")
        with open(folder / TABLE, "w", newline="", encoding="utf-8") as stream:
            _write_csv(csv.writer(stream, lineterminator="\n"), rows, names)
        drawn = [row for row in rows if np.isfinite(row.positions()[:, 0]).any()]
        positions = np.array([row.positions() for row in drawn]).reshape(len(drawn), len(names), 3)
        titles = [f"{row.title} ({row.kind})" if row.kind == PAIRED else row.title for row in drawn]
        figure = plots_compare.compare_figure(titles, names, positions, f"judged against {against}")
        save_figure(figure, folder / PICTURE)
    return Path(out)


def _write_csv(writer: Any, rows: Sequence[Row], names: Sequence[str]) -> None:
    writer.writerow(
        ["metric", "title", "kind", "better", "unit", "floor", "ceiling", "candidate", "value", "low", "high", "mark"]
    )
    for row in rows:
        own = [row.name, row.title, row.kind, row.better, row.unit, row.floor, row.ceiling]
        for name, values, mark in zip(names, row.values.tolist(), row.marks(), strict=True):
            writer.writerow([*own, name, *values, mark])


def _cell(values: np.ndarray, mark: str) -> str:
    value, low, high = (float(x) for x in values)
    if math.isnan(value):
        return "-"
    ends = "" if math.isnan(low) else f" [{_number(low)}, {_number(high)}]"
    return f"{_number(value)}{ends} {mark}".rstrip()


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3g}"
