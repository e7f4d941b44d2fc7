"""What a disease does to the beat: changes of the kernels in directions of the chest.

Directions follow the textbook account of vectorcardiography (Surawicz and Knilans, "Chou's Electrocardiography in
Clinical Practice"): injury turns the ST vector to the injured wall, necrosis turns the first forces away from it, a
blocked bundle branch leaves its ventricle to be reached late and slowly, and repolarization after a wide or high QRS
complex turns against it. Sizes are chosen here so that the criteria of diagnosis are met: the Fourth Universal
Definition of Myocardial Infarction (2018) for ST, the AHA/ACCF/HRS recommendations (2009) for QRS of 120 ms and more in
a block, Sokolow and Lyon (1949) for the voltage of hypertrophy.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ecg_synth.signals.simulate.kernels import Kernel, Kernels, Vector, Wave, as_vector, scale, shift, stretch, without

# Direction (left, feet, back) of the injured wall, and PTB's number of patients with this `Acute infarction
# (localization)` (its one-patient variants of spelling added up).
TERRITORIES: dict[str, tuple[Vector, int]] = {
    "inferior": ((-0.15, 0.95, 0.20), 30),
    "antero-septal": ((-0.05, 0.05, -1.00), 27),
    "infero-lateral": ((0.45, 0.85, 0.30), 23),
    "anterior": ((0.30, 0.05, -0.95), 17),
    "antero-lateral": ((0.80, -0.20, -0.58), 16),
    "infero-postero-lateral": ((0.40, 0.70, 0.60), 8),
    "postero-lateral": ((0.65, 0.00, 0.75), 2),
    "lateral": ((0.92, -0.35, 0.00), 1),
    "posterior": ((0.20, 0.10, 0.97), 1),
    "infero-posterior": ((0.00, 0.75, 0.65), 1),
}


def infarction(kernels: Kernels, territory: str, rng: np.random.Generator) -> Kernels:
    """An infarction of hours to weeks: Q, ST elevation and a T wave from upright to inverted.

    Args:
        kernels: A beat without disease.
        territory: One of `TERRITORIES`.
        rng: Draws the stage, from the first hours (0) to the following weeks (1), and the size.
    """
    wall = np.array(TERRITORIES[territory][0]) + rng.normal(0, 0.06, 3)
    wall /= np.linalg.norm(wall)
    stage, size = rng.uniform(0.1, 1.0), rng.uniform(0.9, 1.25)
    injury = size * (0.31 - 0.13 * stage)
    necrosis = 0.35 + 0.4 * stage
    lost = {"p": 0.0, "qrs": necrosis, "t": 0.9 * stage}
    changed = tuple(_lose(kernel, wall, lost[kernel.wave]) for kernel in kernels)
    late_t = size * (0.15 - 0.60 * stage)
    return (
        *changed,
        _along("qrs", -0.022, 0.008, wall, -0.28 * necrosis * size),
        _along("qrs", -0.008, 0.009, wall, -0.22 * necrosis * size),
        _along("t", 0.084, 0.026, wall, injury),
        _along("t", 0.148, 0.038, wall, injury),
        _along("t", 0.248, 0.034, wall, late_t),
    )


def bundle_branch_block(kernels: Kernels, side: str, rng: np.random.Generator) -> Kernels:
    """A complete block of one bundle branch: QRS of 120 ms and more.

    Args:
        kernels: A beat without disease.
        side: `"left"` or `"right"`.
        rng: Draws the delay and the size.
    """
    delay, size = rng.uniform(0.95, 1.12), rng.uniform(0.85, 1.2)
    if side == "right":
        late = (
            _along("qrs", 0.052, 0.012, (-0.80, 0.02, -0.60), 0.60 * size),
            _along("qrs", 0.076, 0.013, (-0.70, -0.05, -0.70), 0.42 * size),
        )
        kernels = (*scale(kernels, "qrs", (0.95, 0.9, 0.75)), *stretch(late, "qrs", delay))
        return (
            *shift(scale(kernels, "t", (1.0, 1.0, 0.5)), "t", 0.03),
            _along("t", 0.140, 0.035, (0.4, 0.0, 0.9), 0.06 * size),
            _along("t", 0.268, 0.036, (0.3, 0.0, 0.95), 0.34 * size),
        )
    slow: Kernels = (
        Kernel("qrs", -0.050, 0.007, (0.08, 0.04, -0.14)),
        Kernel("qrs", -0.030, 0.014, (0.80, 0.28, 0.20)),
        Kernel("qrs", 0.004, 0.019, (0.60, 0.15, 0.62)),
        Kernel("qrs", 0.036, 0.014, (0.62, -0.20, 0.42)),
    )
    slow = stretch(scale(slow, "qrs", size), "qrs", delay)
    p_and_t = shift(without(kernels, "qrs"), "p", -0.022)
    p_and_t = shift(scale(p_and_t, "t", (-0.75, 0.2, 0.9)), "t", 0.035)
    return (
        *p_and_t,
        *slow,
        _along("t", 0.110, 0.028, (-0.6, -0.05, -0.8), 0.13 * size),
        _along("t", 0.180, 0.045, (-0.6, -0.05, -0.8), 0.16 * size),
    )


def hypertrophy(kernels: Kernels, rng: np.random.Generator) -> Kernels:
    """A thick left ventricle: high voltage to the left and back, and ST and T against it (strain)."""
    size, strain = rng.uniform(1.6, 1.9), rng.uniform(0.6, 1.0)
    # The septum's first force, to the front, does not grow with the left ventricle's wall.
    grown = (
        scale((kernel,), "qrs", (size, 1.15, size * 1.2 if kernel.amplitude[2] > 0 else 0.9))[0] for kernel in kernels
    )
    changed = stretch(tuple(grown), "qrs", 1.06)
    changed = scale(changed, "t", (0.30 - 0.8 * strain, 1 - strain, 0.9))
    against = (-0.90, -0.30, -0.30)
    return (
        *changed,
        _along("t", 0.100, 0.030, against, 0.12 * strain),
        _along("t", 0.170, 0.040, against, 0.16 * strain),
        _along("t", 0.245, 0.032, (-1.0, -0.3, 0.1), 0.22 * strain),
    )


def _along(wave: Wave, center: float, width: float, direction: Vector | np.ndarray, amplitude: float) -> Kernel:
    vector = np.asarray(direction, dtype=float)
    return Kernel(wave, center, width, as_vector(amplitude * vector / np.linalg.norm(vector)))


def _lose(kernel: Kernel, wall: np.ndarray, share: float) -> Kernel:
    """Takes away a share of the force towards a dead wall; forces away from it stay."""
    amplitude = np.array(kernel.amplitude)
    towards = max(0.0, float(amplitude @ wall))
    return replace(kernel, amplitude=as_vector(amplitude - share * towards * wall))
