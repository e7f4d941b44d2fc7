"""PTB-XL: 21,799 records of 10 s with SCP statements and ten stratified folds (Wagner et al. 2020)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ecg_synth.config import SourceConfig
from ecg_synth.errors import InputError
from ecg_synth.signals.record import SEXES
from ecg_synth.signals.wfdb_io import origin_of
from ecg_synth.sources.scp import main_superclass, parse_codes, read_rows, read_statements
from ecg_synth.sources.source import UNKNOWN, Entry, Source, gather, register_source
from ecg_synth.sources.wfdb_folders import WfdbReader, facts

TABLE = "ptbxl_database.csv"
STATEMENTS = "scp_statements.csv"
FOLDS = tuple(range(1, 11))
# Which column of the table names the files of which rate, in Hz.
_FILES = {500: "filename_hr", 100: "filename_lr"}
# How the table writes them.
_SEX: dict[float | None, str] = {0.0: SEXES[0], 1.0: SEXES[1]}
# Wagner et al. 2020: ages above 89 years are written as 300, to hide who they are.
HIDDEN_AGE, OLDEST = 300.0, 90.0


@register_source("ptbxl", "rate")
def ptbxl(folder: Path, options: SourceConfig) -> Source:
    """PTB-XL or a subset of it: `ptbxl_database.csv` and `scp_statements.csv` beside records500 and records100.

    The records are the table's rows, in its order. `superclasses` are those of every diagnostic statement, whatever
    its likelihood; `diagnosis` is `main_superclass` of them. The fold is the table's `strat_fold`. Age and sex are the
    table's, where it has them; 300, which stands for any age above 89, is read as 90 years.

    Raises:
        InputError: A table is missing or lacks a column, a row cannot be used, or its record is not there.
    """
    if options.rate not in _FILES:
        raise InputError(f"PTB-XL has files at 500 and at 100 Hz. Received: rate={options.rate!r}.")
    files = _FILES[options.rate]
    table = folder / TABLE
    statements = read_statements(folder / STATEMENTS)
    rows, _ = read_rows(table, ("patient_id", "scp_codes", "strat_fold", files))
    if not rows:
        raise InputError(f"{table} must list a record. Received: no rows. Copy the file from PTB-XL again.")

    def entry(row: Mapping[str, str]) -> Entry:
        record_name = row[files]
        where = f"{table}, record {record_name}"
        sums = parse_codes(row["scp_codes"], statements, where)
        patient, fold = _whole(row["patient_id"], "patient_id", where), _whole(row["strat_fold"], "strat_fold", where)
        if fold not in FOLDS:
            raise InputError(
                f"strat_fold must be one of PTB-XL's folds, 1 to 10. Received: strat_fold={fold} in {where}."
            )
        comments, duration = facts(folder / record_name)
        return Entry(
            record_name,
            str(patient),
            main_superclass(sums) or UNKNOWN,
            origin_of(comments),
            duration,
            WfdbReader(folder / record_name),
            tuple(sums),
            fold,
            _age(row.get("age")),
            _SEX.get(_number(row.get("sex"))),
        )

    return Source("ptbxl", folder, *gather(rows, entry, lambda row: row[files], options.skip_bad))


def _age(text: str | None) -> float | None:
    years = _number(text)
    if years == HIDDEN_AGE:
        return OLDEST
    return years if years is not None and 0.0 <= years < HIDDEN_AGE else None


def _number(text: str | None) -> float | None:
    """Reads a number; what is empty or none is None."""
    try:
        return float(text or "")
    except ValueError:
        return None


def _whole(text: str | None, column: str, where: str) -> int:
    """Reads a whole number that PTB-XL may write as '15709.0'."""
    try:
        number = float(text or "")
        if number != int(number):
            raise ValueError
    except (ValueError, OverflowError):
        raise InputError(f"{column} must be a whole number. Received: {column}={text!r} in {where}.") from None
    return int(number)
