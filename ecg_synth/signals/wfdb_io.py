"""WFDB records in and out, over the `wfdb` package.

`wfdb` reads what it can and guesses the rest. Here a file that is missing, too short or changed is an error that
names it, because a wrong millivolt in the training set is worse than no millivolt.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth.errors import InputError, check_choice
from ecg_synth.signals.diagnoses import comment_value, diagnosis_of
from ecg_synth.signals.leads import check_leads, normalize_lead
from ecg_synth.signals.record import EcgRecord, Origin
from ecg_synth.signals.resample import resample
from ecg_synth.signals.wfdb_header import WfdbHeader, parse_plain
from ecg_synth.signals.wfdb_samples import FORMATS, MILLIVOLTS, read_columns

log = logging.getLogger(__name__)

_MADE: tuple[Origin, ...] = ("simulated", "synthetic")
# WFDB's header(5): rate[/counter[(base)]] and gain[(baseline)][/units].
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RATE = re.compile(rf"{_NUMBER}(?:/{_NUMBER}(?:\({_NUMBER}\))?)?")
_GAIN = re.compile(rf"{_NUMBER}(?:\([-+]?\d+\))?(?:/\S+)?")
_PTB_PATIENT = re.compile(r"patient\d+$")


def read_header(path: str | Path) -> Any:
    """Reads a WFDB header.

    Args:
        path: The record's path without extension.

    Returns:
        A `WfdbHeader`, or where the header is not plain a `wfdb.Record` without samples, which has its fields.

    Raises:
        InputError: There is no header, it is not a WFDB header, or it contradicts itself.
    """
    file = Path(f"{path}.hea")
    if not file.is_file():
        raise InputError(f"Record {path} has no header: there is no file {file}. Check the record's name and folder.")
    stat = file.stat()
    return _read_header(str(path), stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=4096)
def _read_header(path: str, mtime_ns: int, size: int) -> Any:
    """`read_header` of a file in one state: each is asked for several times."""
    file = Path(f"{path}.hea")
    header = parse_plain(file.read_bytes()) or _ask_wfdb(path, file)
    names = header.sig_name or []
    if not names or len(names) != header.n_sig:
        raise InputError(
            f"{file} announces {header.n_sig} signals and describes {len(names)}. "
            f"The first line's count must equal the number of signal lines."
        )
    if any(name is None for name in names):
        raise InputError(f"{file} has a signal line without a lead name. Name each signal as its last field.")
    strange = sorted(set(header.fmt) - FORMATS)
    if strange:
        raise InputError(
            f"{file} names a signal format that WFDB does not have. Received: {', '.join(strange)}. "
            f"Valid: {', '.join(sorted(FORMATS, key=int))}."
        )
    if not isinstance(header, WfdbHeader):
        _check_numbers(header, file)
    if not header.fs or header.fs <= 0:
        raise InputError(f"{file} has no positive sampling rate. Received: fs={header.fs!r} Hz.")
    return header


def _ask_wfdb(path: str, file: Path) -> Any:
    """Reads any header that WFDB's header(5) allows."""
    import wfdb

    try:
        header = wfdb.rdheader(path)
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
    return header


def _check_numbers(header: Any, file: Path) -> None:
    """Refuses a rate or a gain that is not written as a number: wfdb would silently take WFDB's defaults instead."""
    text = file.read_text(encoding="ascii", errors="ignore")
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    rate = lines[0][2] if len(lines[0]) > 2 else ""
    if not _RATE.fullmatch(rate):
        raise InputError(f"{file} must state its sampling rate in Hz as the third word. Received: {rate!r}.")
    for fields, name in zip(lines[1:], header.sig_name, strict=False):
        gain = fields[2] if len(fields) > 2 else ""
        if not _GAIN.fullmatch(gain) or float(gain.split("(")[0].split("/")[0]) == 0:
            raise InputError(
                f"{file} must state the gain of signal {name!r} in units per mV as the third word of its line; "
                f"without it no sample has a value in mV. Received: {gain!r}."
            )


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
    signal_mv = read_columns(header, path, columns)
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


def write_record(record: EcgRecord, folder: str | Path, adc_gain: float = 2000.0, fmt: str = "16") -> Path:
    """Writes a record as WFDB, header and one signal file.

    Args:
        record: What to write; NaN becomes WFDB's invalid sample.
        folder: An existing folder; the files are named after the last part of `record.record_name`.
        adc_gain: Units per mV; PTB's 2000 keeps half a microvolt.
        fmt: WFDB's format: "16", or "32" where a sample at this gain needs more than 16 bits.

    Returns:
        The path of the header.

    Raises:
        InputError: The format is another, or a sample does not fit it at this gain.
    """
    import wfdb

    name = Path(record.record_name).name
    highest = float(np.nanmax(np.abs(record.p_signal), initial=0.0)) if record.p_signal.size else 0.0
    most = 2 ** (int(check_choice("fmt", fmt, ("16", "32"))) - 1) - 1
    if round(highest * adc_gain) > most:
        raise InputError(
            f"Record {name} reaches {highest:.3f} mV, which does not fit {fmt} bits at {adc_gain:g} units per mV. "
            f"Received: adc_gain={adc_gain:g}. Use a gain of at most {most / highest:.0f}."
        )
    n_leads = len(record.sig_name)
    wfdb.wrsamp(
        name,
        fs=int(record.fs) if record.fs == int(record.fs) else record.fs,
        units=["mV"] * n_leads,
        sig_name=list(record.sig_name),
        p_signal=np.asarray(record.p_signal, dtype=np.float64),
        fmt=[fmt] * n_leads,
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
    in_millivolts = [(unit or "mV").lower() in MILLIVOLTS for unit in header.units]
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


def _age(comments: Sequence[str]) -> float | None:
    text = comment_value(comments, "age")
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _known(text: str | None) -> str | None:
    return text.lower() if text and text.lower() != "n/a" else None
