"""CSV files, one a record: a header row of lead names, then one row of millivolts a sample."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ecg_synth.config import SourceConfig
from ecg_synth.errors import InputError
from ecg_synth.signals.leads import normalize_lead
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.wfdb_io import origin_of
from ecg_synth.sources.files import Place, content_of, files_in
from ecg_synth.sources.memory import ArrayReader
from ecg_synth.sources.source import UNKNOWN, Entry, Source, gather, register_source
from ecg_synth.sources.table import PatientTable
from ecg_synth.sources.time_base import rate_of

TIME = "time"


@dataclass(frozen=True)
class CsvReader:
    """Reads one CSV file."""

    path: Path
    fs: float | None

    def read(self, leads: Sequence[str] | None, fs: float | None) -> EcgRecord:
        """See `Reader.read`."""
        return read_csv(self.path, self.fs).read(leads, fs)

    def identity(self) -> bytes:
        """sha256 of the file, and the rate that was given with it."""
        return content_of(self.path) + repr(self.fs).encode()


@register_source("csv", "table", "csv_fs")
def csv_files(place: Place, options: SourceConfig) -> Source:
    """A folder of CSV files, or some files; see `read_csv` for their form.

    Without a table each record is its own patient, of unknown diagnosis. Files are read whole when the source is
    opened, so that a wrong one is named before anything is made.
    """
    table = PatientTable(options.table) if options.table else None
    files = files_in(place, ".csv")

    def entry(name: str) -> Entry:
        data = read_csv(files[name], options.csv_fs)
        patient, diagnosis = table.row_of(name) if table else (name, UNKNOWN)
        duration = len(data.signal_mv) / data.fs
        return Entry(name, patient, diagnosis, data.origin, duration, CsvReader(files[name], options.csv_fs))

    folder = place if isinstance(place, Path) and place.is_dir() else None
    return Source("csv", folder, *gather(files, entry, str, options.skip_bad))


def read_csv(path: Path, fs: float | None = None) -> ArrayReader:
    """Reads a CSV file of one record.

    Lines that begin with `#` before the header are comments, as in a WFDB header; `# Simulated: yes` says so. The
    header names the leads, and a column `time`, if there is one, holds seconds. An empty cell or `nan` is an invalid
    sample.

    Args:
        path: The file, in UTF-8 with commas.
        fs: Sampling rate in Hz; None takes it from the column `time`, which must agree when both are given.

    Returns:
        The record, float64 (samples, leads) in mV.

    Raises:
        InputError: The file cannot be read so; the message names file, line, column and value.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"A CSV file must be text in UTF-8. Received: {path}: {error}.") from None
    top = next((k for k, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
    comments = [line.lstrip("# ") for line in lines[:top]]
    header = _header(lines, top, path)
    numbered = [(k, line) for k, line in enumerate(lines[top + 1 :], top + 2) if line.strip()]
    if not numbered:
        raise InputError(f"A CSV file must have a row a sample. Received: {path} without any.")
    texts = [line.split(",") for _, line in numbered]
    for (number, _), cells in zip(numbered, texts, strict=True):
        if len(cells) != len(header):
            raise InputError(
                f"Every line of a CSV file must have as many cells as its header. "
                f"Received: {len(cells)} cells for {len(header)} columns in {path}, line {number}."
            )
    values = _numbers(texts, [number for number, _ in numbered], header, path)
    leads = [k for k, name in enumerate(header) if name != TIME]
    names = tuple(header[k] for k in leads)
    return ArrayReader(path.stem, values[:, leads], _rate(values, texts, header, fs, path), names, origin_of(comments))


def _header(lines: list[str], top: int, path: Path) -> list[str]:
    header = [normalize_lead(cell) for cell in next(csv.reader(lines[top : top + 1]), [])]
    received = (lines[top : top + 1] or [""])[0][:80]
    if not header or any(not name or _is_number(name) for name in header):
        raise InputError(
            f"The first row of a CSV file must name the leads. Received: {received!r} in {path}. Add such a row."
        )
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        raise InputError(f"The columns of a CSV file must be separated by commas. Received: {received!r} in {path}.")
    if len(set(header)) != len(header) or header == [TIME]:
        raise InputError(
            f"The columns of a CSV file must be different leads, and at least one. Received: {received!r} in {path}."
        )
    return header


def _numbers(texts: list[list[str]], lines: list[int], header: list[str], path: Path) -> np.ndarray:
    """(rows, columns) float64; an empty cell is NaN."""
    try:
        values = np.array([[cell.strip() or "nan" for cell in row] for row in texts]).astype(np.float64)
        if not np.isinf(values).any():
            return values
    except ValueError:
        pass
    for number, row in zip(lines, texts, strict=True):
        for name, cell in zip(header, row, strict=True):
            if cell.strip() and (not _is_number(cell) or np.isinf(float(cell))):
                raise InputError(
                    f"A cell of a CSV file must be a number, or empty where a sample is invalid. "
                    f"Received: {cell.strip()!r} in {path}, line {number}, column {name!r}."
                )
    raise AssertionError(f"{path}: no cell explains why it has no numbers")


def _rate(values: np.ndarray, texts: list[list[str]], header: list[str], fs: float | None, path: Path) -> float:
    if fs is not None and not 0 < fs < np.inf:
        raise InputError(f"The sampling rate must be positive. Received: csv_fs={fs!r} Hz.")
    if TIME not in header:
        if fs is None:
            raise InputError(
                f"A CSV file needs a sampling rate. Received: {path} without a column {TIME!r}, and csv_fs=None. "
                f"Give --csv-fs in Hz, or add the column in seconds."
            )
        return float(fs)
    column = header.index(TIME)
    cells = [row[column].strip() for row in texts]
    # How far rounding may move a step: one unit of the last decimal written.
    exact = any("e" in cell.lower() for cell in cells)
    decimals = max(len(cell.partition(".")[2]) for cell in cells)
    stated = rate_of(values[:, column], str(path), 0.0 if exact else 10.0**-decimals)
    if fs is not None and abs(stated / fs - 1) > 1e-3:
        raise InputError(
            f"The column {TIME!r} must agree with csv_fs. Received: csv_fs={fs:g} Hz, and {stated:g} Hz by the times "
            f"in {path}. Leave csv_fs out."
        )
    return stated if fs is None else float(fs)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
