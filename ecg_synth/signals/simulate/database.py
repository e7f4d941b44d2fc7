"""A folder of simulated recordings in the layout of the PTB Diagnostic ECG Database."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from ecg_synth.config import SimulateConfig
from ecg_synth.errors import InputError, check_seed
from ecg_synth.files import new_folder
from ecg_synth.signals.leads import FRANK
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.simulate.patients import SimulatedPatient, draw_patients
from ecg_synth.signals.simulate.record import check_duration, simulate_record

# PTB's own: 2000 ADC units a mV, 16 bit, 1000 Hz.
ADC_GAIN = 2000
PTB_FS = 1000
_INT16 = np.iinfo(np.int16)


def write_simulated_database(
    out: str | os.PathLike[str],
    config: SimulateConfig,
    overwrite: bool = False,
    progress: Callable[[Iterable[SimulatedPatient]], Iterable[SimulatedPatient]] | None = None,
) -> Path:
    """Writes a simulated database in PTB's layout.

    `patientNNN/sNNNNlre.hea`, `.dat` (the 12 leads) and `.xyz` (Frank's leads), format 16 at 2000 units a mV and
    1000 Hz; `RECORDS`, `CONTROLS` (the healthy) and `SHA256SUMS.txt` over every other file. Each header says that its
    record is simulated. The same configuration gives the same bytes.

    Args:
        out: The folder; it appears when it is complete.
        config: Number of patients, seconds a record, and seed.
        overwrite: Replaces a folder that stands there, after the new one is complete.
        progress: Wraps the patients while they are written, as `tqdm` does.

    Returns:
        `out`.

    Raises:
        InputError: The configuration is out of range, or `out` is not empty and `overwrite` is False.
        StorageError: The disk is full or the place is not writable; what stood there is unchanged.
    """
    check_duration(config.duration)
    check_seed(config.seed)
    patients = draw_patients(config.patients, config.seed)
    with new_folder(out, overwrite=overwrite) as folder:
        records: list[str] = []
        controls: list[str] = []
        for patient in progress(patients) if progress else patients:
            for _ in range(patient.n_records):
                name = f"{patient.patient}/s{len(records) + 1:04d}lre"
                record = simulate_record(patient, config.duration, PTB_FS, config.seed, name)
                _write_record(folder, record)
                records.append(name)
                if record.diagnosis == "Healthy control":
                    controls.append(name)
        (folder / "RECORDS").write_text("".join(f"{name}\n" for name in records), encoding="ascii")
        (folder / "CONTROLS").write_text("".join(f"{name}\n" for name in controls), encoding="ascii")
        _write_sums(folder)
    return Path(out)


def to_adc(p_signal: np.ndarray, record_name: str) -> np.ndarray:
    """Rounds mV to 16-bit ADC units.

    Args:
        p_signal: (samples, leads) in mV.
        record_name: Named in the error.

    Raises:
        InputError: A value is beyond the 16.38 mV that 16 bits hold at 2000 units a mV.
    """
    units = np.rint(p_signal * ADC_GAIN)
    # -32768 marks an invalid sample in WFDB's format 16.
    if not (units.min() > _INT16.min and units.max() <= _INT16.max):
        raise InputError(
            f"A signal must stay within +-{_INT16.max / ADC_GAIN:.2f} mV: 16 bits at {ADC_GAIN} units a mV. "
            f"Received: record {record_name} from {p_signal.min():.2f} to {p_signal.max():.2f} mV. "
            f"Lower the amplitudes of the patient's kernels or noise."
        )
    return units.astype(np.int16)


def _write_record(folder: Path, record: EcgRecord) -> None:
    # wfdb takes over a second to import: only those who write pay for it.
    import wfdb

    place = folder / record.record_name
    place.parent.mkdir(exist_ok=True)
    n_sig = len(record.sig_name)
    d_signal = to_adc(record.p_signal, record.record_name)
    header = wfdb.Record(
        record_name=place.name,
        n_sig=n_sig,
        fs=PTB_FS,
        sig_len=len(d_signal),
        file_name=[f"{place.name}.{'xyz' if lead in FRANK else 'dat'}" for lead in record.sig_name],
        fmt=["16"] * n_sig,
        adc_gain=[ADC_GAIN] * n_sig,
        baseline=[0] * n_sig,
        units=["mV"] * n_sig,
        adc_res=[16] * n_sig,
        adc_zero=[0] * n_sig,
        init_value=[int(value) for value in d_signal[0]],
        block_size=[0] * n_sig,
        sig_name=list(record.sig_name),
        comments=list(record.comments),
        d_signal=d_signal,
    )
    header.checksum = header.calc_checksum()
    header.wrsamp(write_dir=str(place.parent))


def _write_sums(folder: Path) -> None:
    paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    lines = [f"{hashlib.sha256((folder / path).read_bytes()).hexdigest()}  {path}\n" for path in paths]
    (folder / "SHA256SUMS.txt").write_text("".join(lines), encoding="ascii")
