"""One simulated recording."""

from __future__ import annotations

import math
import zlib

import numpy as np

from ecg_synth._version import __version__
from ecg_synth.errors import InputError, check_seed
from ecg_synth.signals.leads import PTB_15, derive_limb_leads
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.simulate.noise import SILENCE, electrode_noise, lead_noise
from ecg_synth.signals.simulate.patients import SimulatedPatient
from ecg_synth.signals.simulate.projection import project
from ecg_synth.signals.simulate.rhythm import Breathing, draw_beats, draw_breathing
from ecg_synth.signals.simulate.vector import heart_vector, swing

# PTB's headers spell this reason another way than P1's table of diagnoses.
_REASONS = {"Myocardial hypertrophy": "Hypertrophy"}


def simulate_record(
    patient: SimulatedPatient,
    duration: float,
    fs: float = 1000.0,
    seed: int = 0,
    record_name: str | None = None,
) -> EcgRecord:
    """Simulates a recording of the 15 leads of PTB.

    Frank's leads are the heart's vector; the 12 leads are its projection by Dower's matrix; noise is added at the
    electrodes. Signals are not rounded to ADC units, so that the limb leads obey Einthoven and Goldberger exactly.

    Args:
        patient: Who.
        duration: Length in s.
        fs: Sampling rate in Hz.
        seed: Seed of rhythm and noise. Together with the patient's and the record's names it gives the same signal.
        record_name: Name of the record, by default the patient's first in a database.

    Returns:
        A record of round(duration * fs) samples in mV, with `origin="simulated"`.

    Raises:
        InputError: `duration` or `fs` is not positive, there is less than one sample, or `seed` is not a seed.
    """
    record_name = record_name or f"{patient.patient}/s0001lre"
    check_duration(duration)
    n = round(duration * fs) if fs > 0 and math.isfinite(fs) else 0
    if n < 1:
        raise InputError(
            f"The sampling rate must be positive and give at least one sample. "
            f"Received: fs={fs!r} Hz, duration={duration!r} s. PTB's rate is 1000 Hz."
        )
    t = np.arange(n) / fs
    breathing, beats = _draw_time(patient, duration, seed, record_name)
    vector = swing(heart_vector(patient.kernels, beats, t), breathing, t)
    leads = project(vector)
    if patient.noise != SILENCE:
        rng = _stream(patient, seed, record_name, "noise")
        of_leads, of_frank = lead_noise(electrode_noise(patient.noise, breathing, t, fs, rng))
        leads, vector = leads + of_leads, vector + of_frank
    limb = derive_limb_leads(leads[:, 0], leads[:, 1])
    return EcgRecord(
        record_name=record_name,
        p_signal=np.column_stack([*limb.values(), leads[:, 2:], vector]),
        fs=fs,
        sig_name=PTB_15,
        patient=patient.patient,
        diagnosis=patient.diagnosis,
        age=float(patient.age),
        sex=patient.sex,
        comments=_comments(patient, seed),
        origin="simulated",
    )


def beat_times(patient: SimulatedPatient, duration: float, seed: int = 0, record_name: str | None = None) -> np.ndarray:
    """The true times of the beats that `simulate_record` with the same arguments puts into its signal.

    Args:
        patient: Who.
        duration: Length in s.
        seed: Seed of the rhythm.
        record_name: Name of the record, by default the patient's first in a database.

    Returns:
        Increasing times in s of the middles of the QRS complexes within the recording.

    Raises:
        InputError: `duration` is not positive, or `seed` is not a seed.
    """
    check_duration(duration)
    _, beats = _draw_time(patient, duration, seed, record_name or f"{patient.patient}/s0001lre")
    return beats[(beats >= 0) & (beats < duration)]


def check_duration(duration: float) -> float:
    """Returns `duration` when it is a positive number of seconds.

    Raises:
        InputError: It is not.
    """
    if not (math.isfinite(duration) and duration > 0):
        raise InputError(
            f"A record must last longer than 0 seconds. Received: duration={duration!r}. "
            f"A slice of 2025 samples at 1000 Hz needs 2.025 s; PTB's shortest usual record has 38.4 s."
        )
    return duration


def _draw_time(patient: SimulatedPatient, duration: float, seed: int, record_name: str) -> tuple[Breathing, np.ndarray]:
    rng = _stream(patient, seed, record_name, "rhythm")
    breathing = draw_breathing(patient.rhythm.breathing_hz, rng)
    return breathing, draw_beats(patient.rhythm, breathing, duration, rng)


def _stream(patient: SimulatedPatient, seed: int, record_name: str, purpose: str) -> np.random.Generator:
    # By name rather than by position: a record does not change when others are added before it.
    names = [zlib.crc32(name.encode()) for name in (patient.patient, record_name, purpose)]
    return np.random.default_rng([check_seed(seed), *names])


def _comments(patient: SimulatedPatient, seed: int) -> tuple[str, ...]:
    infarction = patient.variant if patient.diagnosis == "Myocardial infarction" else "no"
    if patient.diagnosis == "Bundle branch block":
        additional = f"{patient.variant.capitalize()} bundle branch block"
    else:
        additional = "no"
    return (
        f"age: {patient.age}",
        f"sex: {patient.sex}",
        "ECG date: n/a",
        "Diagnose:",
        f"Reason for admission: {_REASONS.get(patient.diagnosis, patient.diagnosis)}",
        f"Acute infarction (localization): {infarction}",
        "Former infarction (localization): no",
        f"Additional diagnoses: {additional}",
        "Smoker: n/a",
        f"Simulated: yes (ecg_synth {__version__}, seed {seed}); not recorded from a patient",
    )
