"""`metrics.csv`: one row an epoch, written whole, with no timings, so that a resumed run's file is the same bytes."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import numpy as np

from ecg_synth.errors import InputError
from ecg_synth.files import write_text

Row = dict[str, float]


def read_rows(path: Path) -> list[Row]:
    """Returns the rows, `"epoch"` (from 1) first; none when there is no file.

    Raises:
        InputError: The file is not a table of numbers with a column `epoch`.
    """
    if not path.exists():
        return []
    with open(path, encoding="utf-8", newline="") as stream:
        table = csv.DictReader(stream)
        try:
            rows = [{name: float(value) for name, value in row.items()} for row in table]
        except (TypeError, ValueError):
            rows = [{}]
    if any("epoch" not in row for row in rows):
        raise InputError(
            f"{path} is not the table of numbers by epoch that training wrote. Remove it, or use another run folder."
        )
    return rows


def write_rows(path: Path, rows: list[Row]) -> None:
    """Replaces the file.

    Raises:
        StorageError: The disk is full or the folder is not writable; the old file is unchanged.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    names = _names(rows)
    if rows:
        table.writerow(names)
    for row in rows:
        values = (row.get(name, math.nan) for name in names)
        table.writerow(
            [int(value) if name == "epoch" else repr(value) for name, value in zip(names, values, strict=True)]
        )
    write_text(path, text.getvalue())


def to_columns(rows: list[Row]) -> dict[str, np.ndarray]:
    """Returns each column as float64 `(epochs,)`, by name, NaN where a row lacks it; no column when there is no row."""
    return {name: np.array([row.get(name, math.nan) for row in rows]) for name in _names(rows)}


def _names(rows: list[Row]) -> list[str]:
    # An older version's rows, which a resumed run goes on from, have fewer columns.
    return list(dict.fromkeys(name for row in reversed(rows) for name in row))
