"""Whom to simulate: patients drawn in PTB's proportions, each with a heart of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ecg_synth.errors import InputError, check_choice, check_seed
from ecg_synth.signals.simulate import diseases
from ecg_synth.signals.simulate.kernels import (
    Kernels,
    jitter,
    normal_beat,
    rotate,
    rotation,
    scale,
    shift,
    stretch,
)
from ecg_synth.signals.simulate.noise import Noise
from ecg_synth.signals.simulate.rhythm import Rhythm


@dataclass(frozen=True)
class SimulatedPatient:
    """A person who never was.

    Attributes:
        patient: Identifier, for example `"patient001"`.
        age: Age in years.
        sex: `"female"` or `"male"`.
        diagnosis: One of `diagnoses.DIAGNOSES`.
        variant: Where the disease sits: an infarction's territory, the side of a bundle branch block, else `""`.
        kernels: The waves of one beat.
        rhythm: Heart rate, its variability, and breathing.
        noise: What the electrodes pick up beside the heart.
        n_records: Recordings that a simulated database holds of this patient.
    """

    patient: str
    age: int
    sex: str
    diagnosis: str
    variant: str
    kernels: Kernels
    rhythm: Rhythm
    noise: Noise
    n_records: int = 1


@dataclass(frozen=True)
class _Population:
    """Age (mean, standard deviation and range, years) and share of men as in PTB; the rest as in textbooks.

    `share` is that of the simulated patients, `rate` the range of heart rates, `qtc` the mean QT in s at 60 a minute.
    """

    share: float
    age: tuple[float, float, int, int]
    men: float
    rate: tuple[float, float]
    qtc: float


POPULATIONS: dict[str, _Population] = {
    "Myocardial infarction": _Population(0.50, (60, 11, 36, 86), 0.73, (60, 95), 0.415),
    "Healthy control": _Population(0.28, (43, 15, 17, 81), 0.75, (55, 85), 0.395),
    "Bundle branch block": _Population(0.12, (55, 15, 29, 76), 0.73, (58, 88), 0.405),
    "Myocardial hypertrophy": _Population(0.10, (62, 8, 52, 73), 0.86, (58, 88), 0.410),
}
VARIANTS: dict[str, dict[str, float]] = {
    "Myocardial infarction": {name: float(count) for name, (_, count) in diseases.TERRITORIES.items()},
    "Bundle branch block": {"left": 1.0, "right": 1.0},
}
# Patients from this number on may come back for a second recording: a database so small that every patient counts
# keeps to one each.
_FIRST_RETURNING = 5
_RETURNING_SHARE = 0.3
# T ends 2 standard deviations after its last kernel of table I, QRS begins this long before its middle (both in s).
_T_END, _QRS_ONSET = 0.325, 0.040


def draw_patients(n: int, seed: int) -> list[SimulatedPatient]:
    """Draws the patients of a simulated database.

    The diagnoses come in a fixed order that keeps close to their shares from the first patient on: four patients have
    four diagnoses. A patient does not depend on `n`: a larger database begins with the smaller one's patients.

    Args:
        n: Number of patients.
        seed: Seed of every draw.

    Returns:
        `n` patients, `patient001` first.

    Raises:
        InputError: `n` is not a positive integer, or `seed` is not a seed.
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise InputError(
            f"A simulated database needs a whole number of patients, at least 1. Received: patients={n!r}. "
            f"Ask for 4 or more to have every simulated diagnosis."
        )
    check_seed(seed)
    patients = []
    for number, diagnosis in enumerate(_diagnoses(n), start=1):
        patients.append(draw_patient(diagnosis, number=number, seed=seed))
    return patients


def draw_patient(diagnosis: str, variant: str | None = None, number: int = 1, seed: int = 0) -> SimulatedPatient:
    """Draws one patient with a given disease.

    Args:
        diagnosis: One of the keys of `POPULATIONS`.
        variant: A territory of infarction or a side of a bundle branch block; None draws it.
        number: The patient's number; each has draws of their own.
        seed: Seed of every draw.

    Raises:
        InputError: The diagnosis is not simulated, the variant is not one of the diagnosis, or `seed` is not a seed.
    """
    check_choice("diagnosis", diagnosis, POPULATIONS)
    rng = np.random.default_rng([check_seed(seed), number])
    population = POPULATIONS[diagnosis]
    variants = VARIANTS.get(diagnosis, {"": 1.0})
    weights = np.array(list(variants.values()))
    # Drawn even when given, so that the other draws stay the same.
    drawn = str(rng.choice(list(variants), p=weights / weights.sum()))
    variant = drawn if variant is None else check_choice("variant", variant, variants)
    mean, deviation, youngest, oldest = population.age
    age = int(np.clip(round(rng.normal(mean, deviation)), youngest, oldest))
    sex = "male" if rng.uniform() < population.men else "female"
    rhythm = _draw_rhythm(population, age, rng)
    noise = Noise(
        baseline=float(rng.uniform(0.02, 0.09)),
        mains=float(rng.uniform(0.001, 0.008)),
        muscle=float(rng.uniform(0.003, 0.012)),
    )
    returns = number >= _FIRST_RETURNING and rng.uniform() < _RETURNING_SHARE
    kernels = _draw_beat(diagnosis, variant, sex, population.qtc, rng)
    return SimulatedPatient(
        f"patient{number:03d}", age, sex, diagnosis, variant, kernels, rhythm, noise, 2 if returns else 1
    )


def _diagnoses(n: int) -> list[str]:
    """The first `n` diagnoses: first each one once, then always the one that lags most behind its share."""
    order = list(POPULATIONS)
    while len(order) < n:
        lag = {
            name: population.share * (len(order) + 1) - order.count(name) for name, population in POPULATIONS.items()
        }
        order.append(max(lag, key=lambda name: lag[name]))
    return order[:n]


def _draw_rhythm(population: _Population, age: int, rng: np.random.Generator) -> Rhythm:
    # Variability falls with age (Umetani et al. 1998), the part of breathing most.
    youth = np.clip(1.25 - age / 100, 0.35, 1.1)
    return Rhythm(
        heart_rate=float(rng.uniform(*population.rate)),
        lf_sd=float(rng.uniform(0.015, 0.035) * youth),
        hf_sd=float(rng.uniform(0.012, 0.040) * youth**1.5),
        breathing_hz=float(rng.uniform(0.20, 0.31)),
    )


def _draw_beat(diagnosis: str, variant: str, sex: str, qtc: float, rng: np.random.Generator) -> Kernels:
    kernels = jitter(normal_beat(), rng, amplitude=0.09, width=0.06)
    gain = np.exp(rng.normal(-0.05 if sex == "male" else -0.15, 0.14))
    kernels = scale(kernels, "qrs", gain)
    # Table I's subject has a P wave that stands out in the right chest leads; most people's is highest in lead II.
    p_gain = np.exp(rng.normal(0.0, 0.15))
    kernels = scale(kernels, "p", (p_gain, 1.9 * p_gain, 0.5 * p_gain))
    t_gain = np.exp(rng.normal(-0.25, 0.2))
    kernels = scale(kernels, "t", (t_gain, t_gain * rng.uniform(1.0, 2.5), t_gain * rng.uniform(0.7, 1.0)))
    # Injury and conduction dominate a diseased heart's picture; there a wide spread of axes would only hide them.
    spread = 1.0 if diagnosis == "Healthy control" else 0.5
    turn = rotation(*(spread * rng.normal((8, 0, 0), (16, 9, 6))))
    kernels = rotate(kernels, turn)
    kernels = stretch(kernels, "qrs", rng.uniform(0.98, 1.20))
    kernels = shift(kernels, "p", rng.uniform(-0.018, 0.035))
    qtc = qtc + (0.012 if sex == "female" else 0.0) + rng.normal(0, 0.012)
    if diagnosis == "Myocardial infarction":
        kernels = diseases.infarction(kernels, variant, rng)
    elif diagnosis == "Bundle branch block":
        kernels = diseases.bundle_branch_block(kernels, variant, rng)
    elif diagnosis == "Myocardial hypertrophy":
        kernels = diseases.hypertrophy(kernels, rng)
    return stretch(kernels, "t", (qtc - _QRS_ONSET) / _T_END)
