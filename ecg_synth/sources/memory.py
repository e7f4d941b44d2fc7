"""Records that are in memory already: NumPy arrays and pandas frames."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ecg_synth.errors import InputError
from ecg_synth.signals.diagnoses import diagnosis_of
from ecg_synth.signals.leads import check_leads, normalize_lead
from ecg_synth.signals.record import EcgRecord, Origin
from ecg_synth.signals.resample import resample
from ecg_synth.sources.source import UNKNOWN, Entry, Source
from ecg_synth.sources.time_base import rate_of

# pandas takes long to import: only those who have a frame pay for it, and they did already.
if TYPE_CHECKING:
    import pandas as pd

_KEYS = ("record", "patient", "diagnosis", "time")


@dataclass(frozen=True, eq=False)
class ArrayReader:
    """Reads a record from an array (samples, leads) in mV."""

    record_name: str
    signal_mv: np.ndarray
    fs: float
    sig_name: tuple[str, ...]
    origin: Origin = "measured"

    def read(self, leads: Sequence[str] | None, fs: float | None) -> EcgRecord:
        """See `Reader.read`."""
        names = self.sig_name if leads is None else check_leads(leads, self.sig_name, f"record {self.record_name}")
        signal_mv = self.signal_mv[:, [self.sig_name.index(name) for name in names]].astype(np.float64)
        own = None if fs in (None, self.fs) else self.fs
        if own and fs:
            signal_mv = resample(signal_mv, own, fs)
        name = self.record_name
        return EcgRecord(name, signal_mv, fs or self.fs, names, name, origin=self.origin, resampled_from=own)

    def identity(self) -> bytes:
        """sha256 over rate, leads and samples."""
        digest = hashlib.sha256(f"{self.fs!r} {self.sig_name} {self.signal_mv.shape} {self.origin}".encode())
        digest.update(np.ascontiguousarray(self.signal_mv, dtype="<f8").data)
        return digest.digest()


def array_source(
    signals: Sequence[np.ndarray] | np.ndarray,
    fs: float,
    leads: Sequence[str],
    patients: Sequence[str] | None = None,
    diagnoses: Sequence[str | None] | None = None,
    origin: Origin = "measured",
) -> Source:
    """Makes a source of arrays. `prepare(None, data_dir, source=array_source(...))` prepares them.

    Args:
        signals: A list of (samples, leads) arrays, or one (records, samples, leads) array, in mV; NaN where invalid.
        fs: Sampling rate in Hz.
        leads: Lead names, one a column.
        patients: Patient of each record; None takes each record for a patient of its own. Give them when a patient
            has several records, else these may fall into two splits.
        diagnoses: Diagnosis of each record, in PTB's words; None, or None for a record, means unknown.
        origin: Where the records come from.

    Returns:
        The source; its records are called `record000000`, `record000001` and so on.

    Raises:
        InputError: A shape, a number or a diagnosis is not as above, or a sample is infinite.
    """
    if not (isinstance(fs, int | float) and 0 < fs < np.inf):
        raise InputError(f"The sampling rate must be positive. Received: fs={fs!r} Hz.")
    names = _lead_names(leads)
    if isinstance(signals, np.ndarray) and signals.ndim != 3:
        raise InputError(
            f"One array must be (records, samples, leads). Received: signals.shape={signals.shape}. "
            f"Put a single record into a list: [signal]."
        )
    if not len(signals):
        raise InputError("A source needs at least one record. Received: signals of length 0.")
    for what, values in (("patients", patients), ("diagnoses", diagnoses)):
        if values is not None and len(values) != len(signals):
            raise InputError(
                f"There must be one of {what} a record. Received: len({what})={len(values)}, {len(signals)} records."
            )
    entries = []
    for number, signal in enumerate(signals):
        name = f"record{number:06d}"
        patient = str(patients[number]) if patients is not None else name
        diagnosis = diagnoses[number] if diagnoses is not None else None
        entries.append(_entry(name, patient, diagnosis, np.asarray(signal), float(fs), names, origin))
    return Source("array", None, tuple(entries))


def frame_source(
    frame: pd.DataFrame, fs: float | None = None, leads: Sequence[str] | None = None, origin: Origin = "measured"
) -> Source:
    """Makes a source of a pandas frame in long form: one row a sample, in the order of time within a record.

    Columns: `record`; `patient` and `diagnosis`, if known, the same in every row of a record; `time` in seconds, when
    `fs` is not given; and one column a lead in mV, NaN where a sample is invalid.

    Args:
        frame: The samples of every record.
        fs: Sampling rate in Hz; None takes it from the column `time`.
        leads: Which columns are leads; None takes every column that is none of the four above.
        origin: Where the records come from.

    Returns:
        The source; without a column `patient` each record is a patient of its own.

    Raises:
        InputError: A column is missing or not numeric, a record has two patients or diagnoses, or times are uneven.
    """
    columns = [str(name) for name in frame.columns]
    leads = list(leads) if leads is not None else [name for name in columns if name not in _KEYS]
    needed = ["record", *leads] if fs is not None else ["record", "time", *leads]
    missing = [name for name in needed if name not in columns]
    if missing:
        hint = " Add it, or give fs." if missing[0] == "time" else ""
        raise InputError(
            f"The frame must have the columns {', '.join(needed)}. Received: no column {missing[0]!r} among "
            f"{', '.join(columns)}.{hint}"
        )
    names = _lead_names(leads)
    for name in leads:
        if frame[name].dtype.kind not in "fiu":
            raise InputError(
                f"A lead's column must hold numbers in mV. Received: column {name!r} of type {frame[name].dtype}. "
                f"Convert it, or name the leads with leads=[...]."
            )
    if frame["record"].isna().any() or not len(frame):
        raise InputError("Every row of the frame must name its record. Received: a row without one, or no rows.")
    entries = []
    for record, rows in frame.groupby("record", sort=False):
        name = str(record)
        rate = fs if fs is not None else rate_of(rows["time"].to_numpy(np.float64), f"record {name}")
        patient = _one(rows, "patient", name) or name
        signal_mv = rows[leads].to_numpy(np.float64)
        entries.append(_entry(name, patient, _one(rows, "diagnosis", name), signal_mv, float(rate), names, origin))
    return Source("frame", None, tuple(entries))


def _entry(
    name: str, patient: str, diagnosis: Any, signal: np.ndarray, fs: float, leads: tuple[str, ...], origin: Origin
) -> Entry:
    if signal.ndim != 2 or signal.shape[1] != len(leads) or signal.dtype.kind not in "fiu":
        raise InputError(
            f"A record must be an array (samples, {len(leads)}) of numbers in mV, one column a lead. "
            f"Received: {name} of shape {signal.shape} and type {signal.dtype}."
        )
    if np.isinf(signal).any():
        raise InputError(f"A sample must be a number in mV, or NaN where it is invalid. Received: infinity in {name}.")
    return Entry(
        record_name=name,
        patient=patient,
        diagnosis=diagnosis_of(str(diagnosis)) if diagnosis else UNKNOWN,
        origin=origin,
        duration=len(signal) / fs,
        reader=ArrayReader(name, signal, fs, leads, origin),
    )


def _lead_names(leads: Sequence[str]) -> tuple[str, ...]:
    names = tuple(normalize_lead(str(lead)) for lead in leads)
    if isinstance(leads, str) or not names or len(set(names)) != len(names):
        raise InputError(f"The leads must be a list of different names, one a column. Received: leads={leads!r}.")
    return names


def _one(rows: pd.DataFrame, column: str, record: str) -> str | None:
    if column not in rows.columns:
        return None
    values = rows[column].dropna().unique().tolist()
    if len(values) > 1:
        raise InputError(
            f"A record must have one {column}. Received: {column}={values[0]!r} and {values[1]!r} in record {record!r}."
        )
    return str(values[0]) if values else None
