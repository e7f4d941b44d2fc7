"""EDF and EDF+ files through pyedflib, one a record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth.config import SourceConfig
from ecg_synth.errors import InputError
from ecg_synth.signals.leads import check_leads, normalize_lead
from ecg_synth.signals.record import EcgRecord, Origin
from ecg_synth.signals.resample import resample
from ecg_synth.sources.files import Place, content_of, files_in
from ecg_synth.sources.source import UNKNOWN, Entry, Source, gather, register_source
from ecg_synth.sources.table import PatientTable

# Physical dimensions of EDF to mV; the micro sign is written in several ways.
_MILLIVOLTS = {"mv": 1.0, "uv": 1e-3, "\u00b5v": 1e-3, "\u03bcv": 1e-3, "v": 1e3, "nv": 1e-6}
_KIND = re.compile(r"^(ecg|ekg)[\s_-]+")


@dataclass(frozen=True)
class EdfReader:
    """Reads one EDF file."""

    path: Path

    def read(self, leads: Sequence[str] | None, fs: float | None) -> EcgRecord:
        """See `Reader.read`; the leads must share one sampling rate."""
        with _open(self.path) as file:
            columns = _leads(file, self.path)
            names = tuple(columns) if leads is None else check_leads(leads, columns, where=f"record {self.path}")
            rates = {name: float(file.getSampleFrequency(columns[name])) for name in names}
            own = rates[names[0]]
            if len(set(rates.values())) > 1:
                listing = ", ".join(f"{name} {rate:g} Hz" for name, rate in rates.items())
                raise InputError(
                    f"The leads of a record must share one sampling rate. Received: {listing} in {self.path}. "
                    f"Choose leads of one rate."
                )
            signals = [file.readSignal(columns[name]) * _scale(file, columns[name]) for name in names]
            origin = _origin(file)
        signal_mv = np.stack(signals, axis=1)
        if fs is not None and fs != own:
            signal_mv = resample(signal_mv, own, fs)
        name = self.path.stem
        resampled = own if fs is not None and fs != own else None
        return EcgRecord(name, signal_mv, fs or own, names, name, origin=origin, resampled_from=resampled)

    def identity(self) -> bytes:
        """sha256 of the file: EDF has no checksums."""
        return content_of(self.path)


@register_source("edf", "table")
def edf_files(place: Place, options: SourceConfig) -> Source:
    """A folder of EDF or EDF+ files, or some files. Signals whose physical dimension is not a voltage are passed over.

    Without a table the patient is EDF+'s patient code, or the record itself where there is none, and the diagnosis is
    unknown. EDF has no invalid sample, and fills its last data record with whatever its writer chose, mostly zeros.
    """
    table = PatientTable(options.table) if options.table else None
    files = files_in(place, ".edf")

    def entry(name: str) -> Entry:
        with _open(files[name]) as file:
            columns = _leads(file, files[name])
            duration = min(file.getNSamples()[k] / file.getSampleFrequency(k) for k in columns.values())
            code = file.getPatientCode().strip()
            origin = _origin(file)
        own = name if code in ("", "X") else code
        patient, diagnosis = table.row_of(name) if table else (own, UNKNOWN)
        return Entry(name, patient, diagnosis, origin, float(duration), EdfReader(files[name]))

    folder = place if isinstance(place, Path) and place.is_dir() else None
    return Source("edf", folder, *gather(files, entry, str, options.skip_bad))


def _open(path: Path) -> Any:
    import pyedflib

    try:
        return pyedflib.EdfReader(str(path))
    except Exception as error:  # pyedflib raises OSError, and UnicodeDecodeError on a header that is not ASCII
        raise InputError(
            f"{path} cannot be read as an EDF file ({type(error).__name__}: {error}). It is damaged, truncated, or "
            f"discontinuous (EDF+D): copy it again, or write it as EDF or EDF+C."
        ) from None


def _leads(file: Any, path: Path) -> dict[str, int]:
    """Voltage signals by lead name: 'ECG II', 'EKG II' and 'Lead II' are all 'ii'."""
    found: dict[str, int] = {}
    for k, label in enumerate(file.getSignalLabels()):
        if file.getPhysicalDimension(k).strip().lower() not in _MILLIVOLTS:
            continue
        name = normalize_lead(_KIND.sub("", label.strip().lower()))
        if found.setdefault(name, k) != k:
            raise InputError(
                f"The signals of an EDF file must have different labels. Received: two {name!r} in {path}."
            )
    if not found:
        units = sorted({file.getPhysicalDimension(k).strip() for k in range(file.signals_in_file)})
        raise InputError(
            f"An EDF file must have a lead in volts. Received: {path} with the physical dimensions "
            f"{', '.join(map(repr, units)) or 'of no signal'}. Choose a file with ECG leads, or mend its header."
        )
    return found


def _scale(file: Any, signal: int) -> float:
    return _MILLIVOLTS[file.getPhysicalDimension(signal).strip().lower()]


def _origin(file: Any) -> Origin:
    """What the recording field says: EDF has no comments, so a word there must do."""
    text = f"{file.getRecordingAdditional()} {file.getPatientAdditional()}".lower()
    return "simulated" if "simulated" in text else "synthetic" if "synthetic" in text else "measured"
