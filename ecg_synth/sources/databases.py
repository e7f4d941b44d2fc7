"""Databases on disk: which records a folder holds, whose they are, and what ails the patient.

A source reads headers when it is opened and signals when it is asked. To add one, write a function
folder -> Source and register it.
"""

from __future__ import annotations

import csv
import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ecg_synth.errors import InputError
from ecg_synth.registry import Registry
from ecg_synth.signals.diagnoses import diagnosis_of, reason_in
from ecg_synth.signals.record import EcgRecord, Origin
from ecg_synth.signals.wfdb_io import origin_of, read_header, read_record

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Entry:
    """One record of a source, before its signal is read.

    Attributes:
        path: The record's path without extension.
        record_name: Its name within the database.
        patient: Its patient.
        diagnosis: One of the nine classes, or `"unknown"`.
        origin: Where it comes from.
        duration: Its length in seconds; infinite when the header does not say.
    """

    path: Path
    record_name: str
    patient: str
    diagnosis: str
    origin: Origin
    duration: float


@dataclass(frozen=True)
class Source:
    """A database on disk.

    Attributes:
        name: The kind of source, a key of `SOURCES`.
        folder: Where it stands.
        entries: Its records, in the database's own order.
    """

    name: str
    folder: Path
    entries: tuple[Entry, ...]

    @property
    def origin(self) -> Origin:
        """`"measured"` when every record is; otherwise what the others are."""
        return next((entry.origin for entry in self.entries if entry.origin != "measured"), "measured")

    @property
    def diagnosis_of_patient(self) -> dict[str, str]:
        """The class of each patient's first record."""
        return {entry.patient: entry.diagnosis for entry in reversed(self.entries)}

    def of_patients(self, patients: Iterable[str]) -> tuple[Entry, ...]:
        """Returns the records of some patients, in the database's order."""
        wanted = set(patients)
        return tuple(entry for entry in self.entries if entry.patient in wanted)

    def without_short(self, seconds: float) -> tuple[Source, tuple[str, ...]]:
        """Returns the source without records shorter than `seconds`, and the names of those.

        Raises:
            InputError: Every record is shorter.
        """
        # Half a sample of slack: a record of exactly one slice at another rate must not fall to rounding.
        short = tuple(entry.record_name for entry in self.entries if entry.duration < seconds - 0.0005)
        if len(short) == len(self.entries):
            longest = max(self.entries, key=lambda entry: entry.duration)
            raise InputError(
                f"A slice must not be longer than its record. Received: slices of {seconds:g} s, and the longest "
                f"record, {longest.record_name}, has {longest.duration:g} s. Choose a shorter length."
            )
        return replace(self, entries=tuple(entry for entry in self.entries if entry.record_name not in short)), short

    def read(self, entry: Entry, leads: Sequence[str], fs: float) -> EcgRecord:
        """Reads the signal of one record, `leads` only, at `fs` Hz."""
        record = read_record(entry.path, leads, fs, record_name=entry.record_name, patient=entry.patient)
        return replace(record, diagnosis=None if entry.diagnosis == UNKNOWN else entry.diagnosis)

    @property
    def fingerprint(self) -> str:
        """sha256 over the records' names, patients, classes and headers: another database has another one."""
        digest = hashlib.sha256()
        for entry in self.entries:
            digest.update(f"{entry.record_name}\t{entry.patient}\t{entry.diagnosis}\n".encode())
            digest.update(Path(f"{entry.path}.hea").read_bytes())
        return digest.hexdigest()


SOURCES: Registry[Callable[[Path, str | None], Source]] = Registry("source")


def open_source(name: str, folder: str | Path, table: str | None = None) -> Source:
    """Opens a database on disk.

    Args:
        name: A key of `SOURCES`: `"ptb"` (PTB's layout, simulated databases too) or `"wfdb"` (any folder of records).
        folder: Where the records are.
        table: For `"wfdb"`: a CSV file with the columns record, patient and, if known, diagnosis.

    Raises:
        InputError: There is no such folder or no record in it, or a header cannot be used.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"There is no folder of records. Received: source_dir={str(folder)!r}.")
    return SOURCES[name](folder, table)


@SOURCES.register("ptb")
def ptb(folder: Path, table: str | None = None) -> Source:
    """PTB Diagnostic ECG Database 1.0.0 or a subset of it, or a simulated database of the same layout.

    The patient is the folder, the diagnosis the header comment `Reason for admission`; both must be there.
    """
    if table is not None:
        raise InputError(f"Source 'ptb' reads patients and diagnoses from its headers. Received: table={table!r}.")
    entries = []
    for record_name in _listed(folder):
        header = read_header(folder / record_name)
        diagnosis = diagnosis_of(reason_in(header.comments, record_name))
        entries.append(_entry(folder, record_name, Path(record_name).parent.name, diagnosis, header))
    return Source("ptb", folder, tuple(entries))


@SOURCES.register("wfdb")
def wfdb_folder(folder: Path, table: str | None = None) -> Source:
    """Any folder of WFDB records, searched with its subfolders.

    Without a table each record is its own patient, and its diagnosis is unknown unless its header states one of
    PTB's. Give the table when a patient has several records, else they may fall into two splits.
    """
    rows = _read_table(table) if table else None
    entries = []
    for record_name in _listed(folder):
        header = read_header(folder / record_name)
        if rows is None:
            patient, diagnosis = record_name, _stated(header.comments)
        else:
            patient, diagnosis = _row_of(record_name, rows, table)
        entries.append(_entry(folder, record_name, patient, diagnosis, header))
    return Source("wfdb", folder, tuple(entries))


def _entry(folder: Path, record_name: str, patient: str, diagnosis: str, header: Any) -> Entry:
    duration = header.sig_len / header.fs if header.sig_len else math.inf
    return Entry(folder / record_name, record_name, patient, diagnosis, origin_of(header.comments), duration)


def _listed(folder: Path) -> list[str]:
    """Record names: those of the file RECORDS where there is one, else every header found."""
    index = folder / "RECORDS"
    if index.is_file():
        names = index.read_text(encoding="utf-8").split()
    else:
        names = sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.hea"))
    if not names:
        raise InputError(
            f"The folder holds no WFDB record: there is no *.hea file in it. Received: source_dir={str(folder)!r}. "
            f"Give the folder that holds RECORDS or the headers, or make a database with 'ecg-synth simulate'."
        )
    return names


def _stated(comments: Sequence[str]) -> str:
    try:
        return diagnosis_of(reason_in(comments, ""))
    except InputError:
        return UNKNOWN


def _read_table(table: str) -> dict[str, tuple[str, str]]:
    try:
        with open(table, newline="", encoding="utf-8") as stream:
            reader = csv.DictReader(stream)
            columns = reader.fieldnames or []
            if not {"record", "patient"} <= set(columns):
                raise InputError(
                    f"{table} must have the columns record and patient, and may have diagnosis. "
                    f"Received: {', '.join(columns) or 'no columns'}."
                )
            rows = {row["record"]: (row["patient"] or "", row.get("diagnosis") or "") for row in reader}
    except FileNotFoundError:
        raise InputError(f"There is no table of records. Received: table={table!r}.") from None
    for record, (patient, _) in rows.items():
        if not patient:
            raise InputError(f"{table} names no patient for the record {record!r}. Every record needs one.")
    return rows


def _row_of(record_name: str, rows: dict[str, tuple[str, str]], table: str | None) -> tuple[str, str]:
    row = rows.get(record_name) or rows.get(Path(record_name).name)
    if row is None:
        raise InputError(
            f"{table} has no row for the record {record_name!r}. Add the row, or remove the record from the folder."
        )
    patient, diagnosis = row
    return patient, diagnosis_of(diagnosis) if diagnosis else UNKNOWN
