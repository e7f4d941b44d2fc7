"""The heart's electrical vector over a whole recording."""

from __future__ import annotations

import numpy as np

from ecg_synth.signals.simulate.kernels import Kernels
from ecg_synth.signals.simulate.rhythm import Breathing, qt_factors

# Breathing turns the heart by a few degrees and changes the conductivity of the chest: the rotation and gain of Sameni
# et al. 2007; the sizes are chosen here.
_SWING_FRONTAL, _SWING_SAGITTAL = np.radians(4.0), np.radians(2.5)
_SWING_GAIN = 0.03


def heart_vector(kernels: Kernels, beats: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Sums the kernels of every beat.

    A sample takes the waves of the last beat before it and of the first beat after it: a T wave has ended, and a P wave
    not begun, one beat further away.

    Args:
        kernels: The waves of one beat.
        beats: (beats,) increasing times in s that embrace `t`.
        t: (samples,) times in s.

    Returns:
        (samples, 3): vx, vy, vz in mV.
    """
    before = np.searchsorted(beats, t, side="right") - 1
    repolarization = qt_factors(beats)
    vector = np.zeros((3, len(t)))
    for beat in (before, before + 1):
        since = t - beats[beat]
        since_t = since / repolarization[beat]
        for kernel in kernels:
            time = since_t if kernel.wave == "t" else since
            shape = np.exp(-0.5 * ((time - kernel.center) / kernel.width) ** 2)
            for axis, amplitude in enumerate(kernel.amplitude):
                if amplitude:
                    vector[axis] += amplitude * shape
    return vector.T


def swing(vector: np.ndarray, breathing: Breathing, t: np.ndarray) -> np.ndarray:
    """Turns and scales the vector with breathing.

    Args:
        vector: (samples, 3) in mV.
        breathing: The breathing.
        t: (samples,) times in s.

    Returns:
        (samples, 3) in mV.
    """
    breath = np.sin(breathing.phase(t))
    x, y, z = (vector * (1 + _SWING_GAIN * breath)[:, None]).T
    sagittal, frontal = _SWING_SAGITTAL * breath, _SWING_FRONTAL * breath
    y, z = np.cos(sagittal) * y - np.sin(sagittal) * z, np.sin(sagittal) * y + np.cos(sagittal) * z
    x, y = np.cos(frontal) * x - np.sin(frontal) * y, np.sin(frontal) * x + np.cos(frontal) * y
    return np.stack([x, y, z], axis=1)
