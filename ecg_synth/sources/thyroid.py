"""The Thyroid table (ann-thyroid): 7,200 patients, 15 binary and 6 continuous columns, three classes (P1, 3.3).

P1 takes it from KEEL (https://sci2s.ugr.es/keel/dataset.php?cod=67) and prints the two counts the other way round. UCI
has the same rows as `ann-train.data` and `ann-test.data`. Quinlan, R. (1986), https://doi.org/10.24432/C5D010.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ecg_synth.codec.tabular import Column
from ecg_synth.config import SplitConfig
from ecg_synth.errors import InputError
from ecg_synth.sources.splits import split_patients

# In the order of the files. KEEL's names; UCI's differ in case alone.
_BINARY = (
    "Sex",
    "On_thyroxine",
    "Query_on_thyroxine",
    "On_antithyroid_medication",
    "Sick",
    "Pregnant",
    "Thyroid_surgery",
    "I131_treatment",
    "Query_hypothyroid",
    "Query_hyperthyroid",
    "Lithium",
    "Goitre",
    "Tumor",
    "Hypopituitary",
    "Psych",
)
COLUMNS = (
    Column("Age", "continuous"),
    *(Column(name, "binary") for name in _BINARY),
    *(Column(name, "continuous") for name in ("TSH", "T3", "TT4", "T4U", "FTI")),
)
# UCI's ann-Readme speaks of 'normal (not hypothyroid), hyperfunction and subnormal functioning' and does not say which
# number is which. By its share class 3 is the normal one; no more than that is claimed here.
CLASS_NAMES = ("class 1", "class 2", "normal")
UCI_FILES = {"train": "ann-train.data", "test": "ann-test.data"}
KEEL_FILE = "thyroid.dat"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a table with their classes.

    Attributes:
        values: float64 (rows, 21), in the order of `COLUMNS`.
        labels: int64 (rows,): index into `CLASS_NAMES`.
        index: int64 (rows,): which row of its file each is, from 0.
    """

    values: np.ndarray
    labels: np.ndarray
    index: np.ndarray

    def __len__(self) -> int:
        return len(self.values)


def read_thyroid(folder: str | Path, split: SplitConfig | None = None) -> dict[str, Rows]:
    """Reads the table.

    Args:
        folder: It holds UCI's two files, which are UCI's own split into train and test, or else KEEL's one.
        split: For KEEL's file alone: the shares and the seed. Rows that are equal stay on one side. None is the
            default one.

    Returns:
        The rows of each split that has any.

    Raises:
        InputError: The folder holds neither, another split than UCI's is asked of UCI's files, or a line is not as
            the table has it; file, line and value are named.
    """
    folder = Path(folder)
    if all((folder / name).is_file() for name in UCI_FILES.values()):
        if split not in (None, SplitConfig()):
            raise InputError(
                f"UCI's files are split into train and test already. Received: split={split}. Leave the split out, or "
                f"give a folder that holds {KEEL_FILE} alone."
            )
        return {part: read_rows(folder / name) for part, name in UCI_FILES.items()}
    if (folder / KEEL_FILE).is_file():
        return _divide(read_rows(folder / KEEL_FILE), split or SplitConfig())
    raise InputError(
        f"The folder must hold {' and '.join(UCI_FILES.values())} (UCI), or {KEEL_FILE} (KEEL). "
        f"Received: source_dir={str(folder)!r}. Fetch them from https://doi.org/10.24432/C5D010."
    )


def read_rows(path: str | Path) -> Rows:
    """Reads one file of rows: UCI's, with a comma at the end of each line, or KEEL's, with '@' lines or plain names.

    Raises:
        InputError: A line is not as the table has it, or there is no row; file, line and value are named.
    """
    path = Path(path)
    # Any byte is a character in Latin-1, so that a damaged one is named in its line like any other wrong value.
    lines = path.read_text(encoding="latin-1").split("\n")
    table = np.array([_row(cells, where) for cells, where in _data_lines(lines, path)])
    if not len(table):
        raise InputError(f"{path} holds no row. Received: {len(lines)} lines without data. Fetch the file again.")
    return Rows(table[:, :-1], table[:, -1].astype(np.int64) - 1, np.arange(len(table)))


def fingerprint(parts: dict[str, Rows]) -> str:
    """Returns the sha256 over every split's rows and classes."""
    digest = hashlib.sha256()
    for name, rows in parts.items():
        digest.update(f"{name}\t{len(rows)}\n".encode())
        digest.update(np.ascontiguousarray(rows.values, dtype="<f8").data)
        digest.update(np.ascontiguousarray(rows.labels, dtype="<i8").data)
    return digest.hexdigest()


def _data_lines(lines: list[str], path: Path) -> Iterator[tuple[list[str], str]]:
    names = [*(column.name for column in COLUMNS), "Class"]
    attributes: list[str] = []
    begun = False
    for number, line in enumerate(lines, start=1):
        text, where = line.strip(), f"{path}, line {number}"
        if not text:
            continue
        if text.startswith("@"):
            words = re.split(r"[\s{\[]+", text)
            if words[0].lower() == "@attribute":
                _check_name(words[1] if len(words) > 1 else "", names, len(attributes), where)
                attributes.append(words[1])
            continue
        cells = [cell.strip() for cell in text.split(",")]
        if cells[-1] == "" and len(cells) > 1:
            cells.pop()
        if not begun and cells[0].lower() == names[0].lower():
            for index, cell in enumerate(cells):
                _check_name(cell, names, index, where)
        else:
            yield cells, where
        begun = True


def _check_name(found: str, names: list[str], index: int, where: str) -> None:
    wanted = names[index] if index < len(names) else "no more"
    if found.lower() != wanted.lower():
        raise InputError(
            f"{where}: column {index + 1} of the Thyroid table must be {wanted}. Received: name={found!r}. "
            f"Fetch the file again, or put the columns in the table's order."
        )


def _row(cells: list[str], where: str) -> list[float]:
    if len(cells) != len(COLUMNS) + 1:
        raise InputError(
            f"{where}: a row has {len(COLUMNS)} values and a class. Received: {len(cells)} values, "
            f"line={','.join(cells)[:60]!r}. Correct the line, or leave it out."
        )
    *values, label = cells
    row = [_value(cell, column, where) for cell, column in zip(values, COLUMNS, strict=True)]
    if label not in ("1", "2", "3"):
        raise InputError(
            f"{where}: a class must be 1, 2 or 3. Received: Class={label!r}. Correct the line, or leave it out."
        )
    return [*row, float(label)]


def _value(cell: str, column: Column, where: str) -> float:
    # float() alone would also take nan, inf and 1_000.
    value = float(cell) if _NUMBER.fullmatch(cell) else math.nan
    allowed = value in (0, 1) if column.kind == "binary" else math.isfinite(value)
    if not allowed:
        rule = "0 or 1" if column.kind == "binary" else "a finite number"
        raise InputError(
            f"{where}: {column.name} must be {rule}. Received: {column.name}={cell!r}. "
            f"Correct the line, or leave it out."
        )
    return value


def _divide(rows: Rows, split: SplitConfig) -> dict[str, Rows]:
    # 71 rows repeat an earlier one: as one 'patient' they cannot be trained on and tested with.
    keys = [hashlib.sha256(row.tobytes()).hexdigest() for row in rows.values]
    class_of = {key: CLASS_NAMES[label] for key, label in zip(keys, rows.labels, strict=True)}
    members = split_patients(class_of, split)
    sides = {key: name for name, group in members.items() for key in group}
    side = np.array([sides[key] for key in keys])
    chosen = {name: np.flatnonzero(side == name) for name in members}
    return {name: Rows(rows.values[at], rows.labels[at], at) for name, at in chosen.items() if len(at)}
