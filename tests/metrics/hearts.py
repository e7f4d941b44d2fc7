"""Simulated sets for the judge: two slices of each of some patients, leads I and II at 250 Hz."""

from functools import cache

import numpy as np

from ecg_synth.metrics.case import Case, Judgement
from ecg_synth.metrics.encoder import Encoder
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.signals.simulate import draw_patients, simulate_record

FS = 250.0
LENGTH = 500


@cache
def hearts(part: int, patients: int = 40) -> SignalSet:
    """The patients `part`, `part + 4`, ... of one database: parts share no patient."""
    chosen = draw_patients(4 * patients, seed=0)[part::4]
    slices = [simulate_record(patient, 4.0, FS).p_signal[:, :2].reshape(2, LENGTH, 2) for patient in chosen]
    labels = np.repeat([patient.diagnosis == "Myocardial infarction" for patient in chosen], 2)
    return SignalSet.of(
        np.concatenate(slices),
        FS,
        ("i", "ii"),
        f"hearts {part}",
        "simulated",
        np.repeat([patient.patient for patient in chosen], 2),
        labels.astype(int),
        ("other", "infarction"),
    )


@cache
def encoder() -> Encoder:
    return Encoder.fit(hearts(0), seed=0, steps=100)


@cache
def judgement() -> Judgement:
    """Floor as the candidate; its features are worked out once for all tests."""
    return Judgement(Case(hearts(0), hearts(1), hearts(2), hearts(1)), {"encoder": encoder()})
