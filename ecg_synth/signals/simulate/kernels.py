"""The waves of one beat: Gaussian kernels of the heart's electrical vector, and the ways to reshape them.

A kernel gives the vector (vx, vy, vz) the contribution `amplitude * exp(-(t - center)**2 / (2 * width**2))`, with t in
seconds from the middle of the QRS complex. This is the closed form of the differential equations of McSharry et al.
2003 ("A dynamical model for generating synthetic electrocardiogram signals", IEEE Trans Biomed Eng 50(3)) in the three
dimensions of Sameni et al. 2007 ("Multichannel ECG and noise modeling: application to maternal and fetal ECG signals",
EURASIP J Adv Signal Process). Axes as Frank's: x to the patient's left, y to the feet, z to the back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Wave = Literal["p", "qrs", "t"]
Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Kernel:
    """One Gaussian of the heart's vector.

    Attributes:
        wave: The wave it belongs to, which decides how its time changes with the heart rate: `"p"`, `"qrs"`, or `"t"`
            for everything of repolarization (ST segment, T, U).
        center: Seconds from the middle of the QRS complex, at 60 beats a minute.
        width: Standard deviation in seconds, at 60 beats a minute.
        amplitude: (vx, vy, vz) in mV.
    """

    wave: Wave
    center: float
    width: float
    amplitude: Vector


Kernels = tuple[Kernel, ...]

# Sameni et al. 2007, table I: for each axis the phases theta (rad), the widths b (rad) and the amplitudes alpha (mV).
_TABLE_I = (
    (
        (-1.09, -0.83, -0.19, -0.07, 0.00, 0.06, 0.22, 1.20, 1.42, 1.68, 2.90),
        (0.09, 0.11, 0.05, 0.04, 0.03, 0.03, 0.04, 0.60, 0.30, 0.18, 0.50),
        (0.03, 0.08, -0.13, 0.85, 1.11, 0.75, 0.06, 0.10, 0.17, 0.39, 0.03),
    ),
    (
        (-1.10, -0.90, -0.76, -0.11, -0.01, 0.07, 0.80, 1.58, 2.90),
        (0.07, 0.07, 0.04, 0.06, 0.04, 0.06, 0.45, 0.30, 0.50),
        (0.04, 0.02, -0.02, 0.32, 0.51, -0.32, 0.04, 0.08, 0.01),
    ),
    (
        (-1.10, -0.93, -0.70, -0.40, -0.15, 0.10, 1.05, 1.25, 1.55, 2.80),
        (0.03, 0.12, 0.04, 0.40, 0.05, 0.05, 0.80, 0.40, 0.20, 0.40),
        (-0.03, -0.14, -0.04, 0.05, -0.40, 0.46, -0.12, -0.20, -0.35, -0.04),
    ),
)


def _wave_at(theta: float) -> Wave:
    if theta < -0.3:
        return "p"
    return "qrs" if theta < 0.3 else "t"


def normal_beat() -> Kernels:
    """The beat of a healthy heart: table I of Sameni et al. 2007; its phase of 2 pi is 1 s at 60 beats a minute."""
    kernels = []
    for axis, (centers, widths, amplitudes) in enumerate(_TABLE_I):
        for theta, b, alpha in zip(centers, widths, amplitudes, strict=True):
            vector = np.zeros(3)
            vector[axis] = alpha
            kernels.append(Kernel(_wave_at(theta), theta / (2 * np.pi), b / (2 * np.pi), as_vector(vector)))
    return tuple(kernels)


def as_vector(values: Iterable[float]) -> Vector:
    """Three numbers as a plain tuple of floats, so that kernels compare and print well."""
    x, y, z = (float(value) for value in values)
    return x, y, z


def without(kernels: Kernels, wave: Wave) -> Kernels:
    """The kernels of the other waves."""
    return tuple(kernel for kernel in kernels if kernel.wave != wave)


def scale(kernels: Kernels, wave: Wave, factor: float | Vector) -> Kernels:
    """Multiplies the amplitudes of a wave, by one factor or by one for each axis."""
    return tuple(
        replace(kernel, amplitude=as_vector(np.multiply(kernel.amplitude, factor))) if kernel.wave == wave else kernel
        for kernel in kernels
    )


def stretch(kernels: Kernels, wave: Wave, factor: float) -> Kernels:
    """Multiplies the times of a wave, centers and widths, about the middle of the QRS complex."""
    return tuple(
        replace(kernel, center=kernel.center * factor, width=kernel.width * factor) if kernel.wave == wave else kernel
        for kernel in kernels
    )


def shift(kernels: Kernels, wave: Wave, seconds: float) -> Kernels:
    """Moves a wave later by `seconds`."""
    return tuple(
        replace(kernel, center=kernel.center + seconds) if kernel.wave == wave else kernel for kernel in kernels
    )


def rotate(kernels: Kernels, matrix: np.ndarray) -> Kernels:
    """Turns the heart in the chest: every amplitude times the (3, 3) rotation `matrix`."""
    return tuple(replace(kernel, amplitude=as_vector(matrix @ kernel.amplitude)) for kernel in kernels)


def rotation(frontal: float, horizontal: float, sagittal: float) -> np.ndarray:
    """The rotation matrix (3, 3) of three angles in degrees.

    Args:
        frontal: About z: positive turns a vector to the left towards the feet, as the electrical axis is counted.
        horizontal: About y: positive turns a vector to the left towards the back.
        sagittal: About x: positive turns a vector to the feet towards the back.
    """
    matrix = np.eye(3)
    for (a, b), degrees in (((1, 2), sagittal), ((0, 2), horizontal), ((0, 1), frontal)):
        turn = np.eye(3)
        cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        turn[a, a] = turn[b, b] = cosine
        turn[b, a], turn[a, b] = sine, -sine
        matrix = turn @ matrix
    return matrix


def jitter(kernels: Kernels, rng: np.random.Generator, amplitude: float, width: float) -> Kernels:
    """Varies every kernel on its own, so that two hearts with one disease do not beat alike.

    Args:
        kernels: The kernels.
        rng: Source of the draws.
        amplitude: Standard deviation of the logarithm of the amplitudes' factors.
        width: The same for the widths.
    """
    return tuple(
        replace(
            kernel,
            amplitude=as_vector(np.multiply(kernel.amplitude, np.exp(amplitude * rng.standard_normal()))),
            width=float(kernel.width * np.exp(width * rng.standard_normal())),
        )
        for kernel in kernels
    )
