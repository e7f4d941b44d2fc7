"""The samples of a WFDB record: checked against its header, then turned into mV."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth.errors import InputError

MILLIVOLTS = {"mv": 1.0, "uv": 1e-3, "µv": 1e-3, "v": 1e3}
# Bytes a sample takes in the file, for the formats whose size tells a truncated file (WFDB signal(5)).
_BYTES = {"8": 1, "16": 2, "24": 3, "32": 4, "61": 2, "80": 1, "160": 2, "212": 1.5}
FORMATS = {*_BYTES, "310", "311", "508", "516", "524"}
_NARROW = {"8", "16", "61", "80", "160", "212"}
_INVALID_16 = -32768


def read_columns(header: Any, path: Path, columns: list[int]) -> np.ndarray:
    """Reads some signals of a record.

    Args:
        header: What `wfdb_io.read_header` gives.
        path: The record's path without extension.
        columns: Which signals, by their place in the header; their units are volts of some size.

    Returns:
        float64 (samples, len(columns)) in mV; invalid samples are NaN.

    Raises:
        InputError: A signal file is truncated, or its samples do not agree with the header.
    """
    for file in dict.fromkeys(header.file_name[column] for column in columns):
        _check_size(header, path, file)
    plain = set(header.fmt) == {"16"} and not any(header.byte_offset) and not any(header.skew)
    plain = plain and all((header.samps_per_frame[column] or 1) == 1 for column in range(header.n_sig))
    read = _read_plain if plain and header.sig_len else _read_any
    digital, signal_mv = read(header, path, columns)
    for k, column in enumerate(columns):
        _check_sum(header, path, column, digital[:, k])
        unit = MILLIVOLTS[(header.units[column] or "mV").lower()]
        if unit != 1.0:
            signal_mv[:, k] *= unit
    return signal_mv


def _read_plain(header: Any, path: Path, columns: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Reads format 16 as the array that it is: `wfdb.rdrecord` reads the header anew, several times as long."""
    # Lead by lead in memory, as everything that follows goes through it.
    digital = np.empty((len(columns), header.sig_len), dtype=np.int16).T
    for file in dict.fromkeys(header.file_name[column] for column in columns):
        members = [k for k, name in enumerate(header.file_name) if name == file]
        samples = np.fromfile(path.parent / file, dtype="<i2", count=header.sig_len * len(members))
        samples = samples.reshape(header.sig_len, len(members))
        for k, column in enumerate(columns):
            if column in members:
                digital[:, k] = samples[:, members.index(column)]
    signal_mv = digital.astype(np.float64)
    signal_mv -= [header.baseline[column] for column in columns]
    signal_mv /= [header.adc_gain[column] for column in columns]
    invalid = digital == _INVALID_16
    if invalid.any():
        signal_mv[invalid] = np.nan
    return digital, signal_mv


def _read_any(header: Any, path: Path, columns: list[int]) -> tuple[np.ndarray, np.ndarray]:
    import wfdb

    bits = 16 if set(header.fmt) <= _NARROW else 64
    try:
        record = wfdb.rdrecord(str(path), channels=columns, physical=False, return_res=bits)
    except Exception as error:
        raise InputError(
            f"The samples of record {path} cannot be read ({type(error).__name__}: {error}). "
            f"Header and signal file do not belong together, or the file is damaged."
        ) from None
    return record.d_signal, record.dac(return_res=64)


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
