"""Folders of WFDB records: PTB's layout, and any other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ecg_synth.config import SourceConfig
from ecg_synth.errors import InputError
from ecg_synth.signals.diagnoses import diagnosis_of, reason_in
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.wfdb_folder import list_records
from ecg_synth.signals.wfdb_io import origin_of, read_header, read_record
from ecg_synth.sources.source import UNKNOWN, Entry, Source, gather, register_source
from ecg_synth.sources.table import PatientTable


@dataclass(frozen=True)
class WfdbReader:
    """Reads one WFDB record; `path` is without extension."""

    path: Path

    def read(self, leads: Sequence[str] | None, fs: float | None) -> EcgRecord:
        """See `Reader.read`."""
        return read_record(self.path, leads, fs)

    def identity(self) -> bytes:
        """The header: its checksums stand for the samples."""
        return Path(f"{self.path}.hea").read_bytes()


@register_source("ptb")
def ptb(folder: Path, options: SourceConfig) -> Source:
    """PTB Diagnostic ECG Database 1.0.0 or a subset of it, or a simulated database of the same layout.

    The patient is the folder, the diagnosis the header comment `Reason for admission`; both must be there.
    """

    def entry(record_name: str) -> Entry:
        comments, duration = facts(folder / record_name)
        diagnosis = diagnosis_of(reason_in(comments, record_name))
        patient = Path(record_name).parent.name
        return Entry(record_name, patient, diagnosis, origin_of(comments), duration, WfdbReader(folder / record_name))

    return Source("ptb", folder, *gather(list_records(folder), entry, str, options.skip_bad))


@register_source("wfdb", "table")
def wfdb_folder(folder: Path, options: SourceConfig) -> Source:
    """Any folder of WFDB records, searched with its subfolders.

    Without a table each record is its own patient, and its diagnosis is unknown unless its header states one of
    PTB's. Give the table when a patient has several records, else they may fall into two splits.
    """
    table = PatientTable(options.table) if options.table else None

    def entry(record_name: str) -> Entry:
        comments, duration = facts(folder / record_name)
        patient, diagnosis = table.row_of(record_name) if table else (record_name, _stated(comments))
        return Entry(record_name, patient, diagnosis, origin_of(comments), duration, WfdbReader(folder / record_name))

    return Source("wfdb", folder, *gather(list_records(folder), entry, str, options.skip_bad))


def facts(path: Path) -> tuple[list[str], float]:
    """Returns the comments of a record's header, and its seconds: infinite when the header does not say."""
    header = read_header(path)
    return header.comments, header.sig_len / header.fs if header.sig_len else math.inf


def _stated(comments: Sequence[str]) -> str:
    try:
        return diagnosis_of(reason_in(comments, ""))
    except InputError:
        return UNKNOWN
