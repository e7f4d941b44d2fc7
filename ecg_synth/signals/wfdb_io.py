"""WFDB records in and out, over the `wfdb` package.

`wfdb` reads what it can and guesses the rest. Here a file that is missing, too short or changed is an error that
names it, because a wrong millivolt in the training set is worse than no millivolt.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth.errors import InputError
from ecg_synth.signals.diagnoses import comment_value, diagnosis_of
from ecg_synth.signals.leads import check_leads, normalize_lead
from ecg_synth.signals.record import EcgRecord, Origin
from ecg_synth.signals.resample import resample

log = logging.getLogger(__name__)

_MADE: tuple[Origin, ...] = ("simulated", "synthetic")
# Bytes a sample takes in the file, for the formats whose size tells a truncated file (WFDB signal(5)).
_BYTES = {"8": 1, "16": 2, "24": 3, "32": 4, "61": 2, "80": 1, "160": 2, "212": 1.5}
_NARROW = {"8", "16", "61", "80", "160", "212"}
_FORMATS = {*_BYTES, "310", "311", "508", "516", "524"}
_MILLIVOLTS = {"mv": 1.0, "uv": 1e-3, "µv": 1e-3, "v": 1e3}
_PTB_PATIENT = re.compile(r"patient\d+$")


def read_header(path: str | Path) -> Any:
    """Reads a WFDB header.

    Args:
        path: The record's path without extension.

    Returns:
        A `wfdb.Record` without samples.

    Raises:
        InputError: There is no header, it is not a WFDB header, or it contradicts itself.
    """
    import wfdb

    file = Path(f"{path}.hea")
    if not file.is_file():
        raise InputError(f"Record {path} has no header: there is no file {file}. Check the record's name and folder.")
    try:
        header = wfdb.rdheader(str(path))
    except Exception as error:  # wfdb raises IndexError, KeyError, TypeError and its own on malformed text
        raise InputError(
            f"{file} is not a WFDB header ({type(error).__name__}: {error}). "
            f"Its first line must read 'NAME SIGNALS RATE SAMPLES'; see WFDB's header(5)."
        ) from None
    if isinstance(header, wfdb.MultiRecord):
        raise InputError(
            f"{file} is a multi-segment record, which is not supported. Join its segments with "
            f"wfdb.rdrecord(..., m2s=True) and wfdb.wrsamp, and read the result."
        )
    names = header.sig_name or []
    if not names or len(names) != header.n_sig:
        raise InputError(
            f"{file} announces {header.n_sig} signals and describes {len(names)}. "
            f"The first line's count must equal the number of signal lines."
        )
    if any(name is None for name in names):
        raise InputError(f"{file} has a signal line without a lead name. Name each signal as its last field.")
    strange = sorted(set(header.fmt) - _FORMATS)
    if strange:
        raise InputError(
            f"{file} names a signal format that WFDB does not have. Received: {', '.join(strange)}. "
            f"Valid: {', '.join(sorted(_FORMATS, key=int))}."
        )
    if not header.fs or header.fs <= 0:
        raise InputError(f"{file} has no positive sampling rate. Received: fs={header.fs!r} Hz.")
    return header


def read_record(
    path: str | Path,
    leads: Sequence[str] | None = None,
    fs: float | None = None,
    record_name: str | None = None,
    patient: str | None = None,
) -> EcgRecord:
    """Reads a record, or some of its leads, in mV.

    A lead whose signal file is absent is left out (two of PTB's signal files are often copied without the third) and
    listed in `missing_leads`; asking for it by name fails. Checksums are compared unless the header gives none (a
    header whose checksums are all 0).

    Args:
        path: The record's path without extension.
        leads: Leads to read, in this order; None reads every lead in mV whose file is there.
        fs: Rate in Hz to resample to; None keeps the record's own.
        record_name: Name in its database; default the file's name.
        patient: Patient's identifier; default the folder's name when it is PTB's `patientNNN`, else the record's name.

    Returns:
        The record; invalid samples are NaN.

    Raises:
        InputError: A file is missing, truncated or damaged, or a lead is not there; the message names it.
    """
    path = Path(path)
    header = read_header(path)
    columns, missing = _columns(header, path, leads)
    signal_mv = _read_columns(header, path, columns)
    sig_name = tuple(normalize_lead(header.sig_name[column]) for column in columns)
    comments = tuple(header.comments)
    own_fs = float(header.fs)
    if fs is not None and fs != own_fs:
        log.info("record %s: resampled from %g to %g Hz", path, own_fs, fs)
        signal_mv = resample(signal_mv, own_fs, fs)
    folder = path.parent.name
    reason = comment_value(comments, "reason for admission")
    return EcgRecord(
        record_name=record_name or path.name,
        p_signal=signal_mv,
        fs=float(fs or own_fs),
        sig_name=sig_name,
        patient=patient or (folder if _PTB_PATIENT.match(folder) else record_name or path.name),
        diagnosis=diagnosis_of(reason) if reason else None,
        age=_age(comments),
        sex=_known(comment_value(comments, "sex")),
        comments=comments,
        origin=origin_of(comments),
        missing_leads=missing,
        resampled_from=own_fs if fs is not None and fs != own_fs else None,
    )


def write_record(record: EcgRecord, folder: str | Path, adc_gain: float = 2000.0) -> Path:
    """Writes a record as 16-bit WFDB (format 16), header and one signal file.

    Args:
        record: What to write; NaN becomes WFDB's invalid sample.
        folder: An existing folder; the files are named after the last part of `record.record_name`.
        adc_gain: Units per mV; PTB's 2000 keeps half a microvolt.

    Returns:
        The path of the header.

    Raises:
        InputError: A sample does not fit 16 bits at this gain.
    """
    import wfdb

    name = Path(record.record_name).name
    highest = float(np.nanmax(np.abs(record.p_signal), initial=0.0)) if record.p_signal.size else 0.0
    if round(highest * adc_gain) > 32767:
        raise InputError(
            f"Record {name} reaches {highest:.3f} mV, which does not fit 16 bits at {adc_gain:g} units per mV. "
            f"Received: adc_gain={adc_gain:g}. Use a gain of at most {32767 / highest:.0f}."
        )
    n_leads = len(record.sig_name)
    wfdb.wrsamp(
        name,
        fs=int(record.fs) if record.fs == int(record.fs) else record.fs,
        units=["mV"] * n_leads,
        sig_name=list(record.sig_name),
        p_signal=np.asarray(record.p_signal, dtype=np.float64),
        fmt=["16"] * n_leads,
        adc_gain=[adc_gain] * n_leads,
        baseline=[0] * n_leads,
        comments=list(record.comments),
        write_dir=str(folder),
    )
    return Path(folder) / f"{name}.hea"


def origin_of(comments: Sequence[str]) -> Origin:
    """Returns where a record comes from, by its comments `Simulated: ...` and `Synthetic: ...`."""
    for origin in _MADE:
        value = comment_value(comments, origin)
        if value is not None and not value.lower().startswith("no"):
            return origin
    return "measured"


def _columns(header: Any, path: Path, leads: Sequence[str] | None) -> tuple[list[int], tuple[str, ...]]:
    names = [normalize_lead(name) for name in header.sig_name]
    absent = {file for file in dict.fromkeys(header.file_name) if not (path.parent / file).is_file()}
    missing = tuple(name for name, file in zip(names, header.file_name, strict=True) if file in absent)
    if len(missing) == len(names):
        raise InputError(
            f"Record {path} has a header and no samples: its signal file {header.file_name[0]} is missing. "
            f"Copy it beside the header, or remove the record."
        )
    in_millivolts = [(unit or "mV").lower() in _MILLIVOLTS for unit in header.units]
    if leads is None:
        columns = [k for k, name in enumerate(names) if name not in missing and in_millivolts[k]]
        if not columns:
            raise InputError(f"Record {path} has no lead in volts. Received: units={header.units}.")
        return columns, missing
    columns = []
    for lead in check_leads(leads, names, where=f"record {path}"):
        column = names.index(lead)
        if lead in missing:
            raise InputError(
                f"Lead {lead!r} of record {path} cannot be read: its signal file {header.file_name[column]} is "
                f"missing. Copy it beside the header, or choose among the leads that are there: "
                f"{', '.join(name for name in names if name not in missing)}."
            )
        if not in_millivolts[column]:
            raise InputError(
                f"Lead {lead!r} of record {path} is not a voltage. Received: units={header.units[column]!r}."
            )
        columns.append(column)
    return columns, missing


def _read_columns(header: Any, path: Path, columns: list[int]) -> np.ndarray:
    """Returns (samples, columns) in mV as float64, after the file sizes and the checksums have been checked."""
    import wfdb

    for file in dict.fromkeys(header.file_name[column] for column in columns):
        _check_size(header, path, file)
    bits = 16 if set(header.fmt) <= _NARROW else 64
    try:
        record = wfdb.rdrecord(str(path), channels=columns, physical=False, return_res=bits)
    except Exception as error:
        raise InputError(
            f"The samples of record {path} cannot be read ({type(error).__name__}: {error}). "
            f"Header and signal file do not belong together, or the file is damaged."
        ) from None
    for k, column in enumerate(columns):
        _check_sum(header, path, column, record.d_signal[:, k])
    signal_mv = record.dac(return_res=64)
    for k, column in enumerate(columns):
        unit = _MILLIVOLTS[(header.units[column] or "mV").lower()]
        if unit != 1.0:
            signal_mv[:, k] *= unit
    return signal_mv


def _check_size(header: Any, path: Path, file: str) -> None:
    members = [k for k, name in enumerate(header.file_name) if name == file]
    formats = {header.fmt[k] for k in members}
    if not header.sig_len or len(formats) != 1 or not formats <= set(_BYTES):
        return
    per_frame = sum(header.samps_per_frame[k] or 1 for k in members)
    expected = int(header.sig_len * per_frame * _BYTES[formats.pop()]) + (header.byte_offset[members[0]] or 0)
    received = (path.parent / file).stat().st_size
    if received < expected:
        raise InputError(
            f"The signal file {path.parent / file} is truncated: its header asks for {expected} bytes "
            f"({header.sig_len} samples of {len(members)} signals). Received: {received} bytes. Copy the file again."
        )


def _check_sum(header: Any, path: Path, column: int, samples: np.ndarray) -> None:
    given = header.checksum[column]
    if given is None or not any(header.checksum) or (header.samps_per_frame[column] or 1) != 1:
        return
    # PTB writes the 16-bit sum as signed and PTB-XL as unsigned.
    received = int(samples.sum(dtype=np.int64)) % 65536
    if received != given % 65536:
        raise InputError(
            f"The samples of lead {header.sig_name[column]!r} in {path.parent / header.file_name[column]} do not "
            f"agree with the header's checksum {given}. Received: {received}. The file is damaged: copy it again."
        )


def _age(comments: Sequence[str]) -> float | None:
    text = comment_value(comments, "age")
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _known(text: str | None) -> str | None:
    return text.lower() if text and text.lower() != "n/a" else None
