"""What else the electrodes pick up: baseline wander, mains and muscle.

Noise is drawn at the electrodes, and leads are differences of electrodes. So Einthoven's and Goldberger's identities
hold for the noise as they do in a real recording. Frank's leads have electrodes of their own, and noise of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ecg_synth.signals.simulate.rhythm import Breathing

# RA, LA, LL, C1 to C6, and one for each of Frank's leads.
_ELECTRODES = 12
_DRIFT_HZ = (0.02, 0.25)
_DRIFT_COMPONENTS = 6
_MUSCLE_HZ = (20.0, 200.0)


@dataclass(frozen=True)
class Noise:
    """How much an electrode picks up.

    Attributes:
        baseline: RMS of the baseline wander in mV, half of it with breathing.
        mains: RMS of the mains in mV, its third harmonic included.
        muscle: RMS of the muscles in mV.
        mains_hz: The mains' frequency in Hz.
    """

    baseline: float
    mains: float
    muscle: float
    mains_hz: float = 50.0


SILENCE = Noise(0.0, 0.0, 0.0)


def electrode_noise(
    noise: Noise, breathing: Breathing, t: np.ndarray, fs: float, rng: np.random.Generator
) -> np.ndarray:
    """Draws the noise of every electrode.

    Args:
        noise: The levels.
        breathing: The breathing that moves the baseline.
        t: (samples,) times in s.
        fs: Sampling rate in Hz; what lies above half of it is left out, as by a recorder's filter.
        rng: Source of the draws.

    Returns:
        (samples, 12) in mV: RA, LA, LL, C1 to C6, then Frank's three.
    """
    return (
        noise.baseline * _baseline(breathing, t, rng)
        + noise.mains * _mains(noise.mains_hz, t, fs, rng)
        + noise.muscle * _muscle(len(t), fs, rng)
    ).T


def lead_noise(electrodes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Combines electrodes to leads.

    Args:
        electrodes: (samples, 12) in mV, as `electrode_noise` gives.

    Returns:
        The noise of the independent leads I, II, V1 to V6, (samples, 8) in mV, where a chest lead is its electrode
        against Wilson's central terminal; and that of Frank's leads, (samples, 3) in mV.
    """
    ra, la, ll = electrodes[:, :3].T
    terminal = (ra + la + ll) / 3
    chest = electrodes[:, 3:9] - terminal[:, None]
    return np.column_stack([la - ra, ll - ra, chest]), electrodes[:, 9:]


# The arrays below are (electrodes, samples): twelve times faster to fill than their transpose.


def _baseline(breathing: Breathing, t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    lag, depth = rng.normal(0, 0.5, _ELECTRODES), rng.normal(0, 1, _ELECTRODES)
    result = _sines(np.asarray(breathing.phase(t)), lag, depth)
    for hz in rng.uniform(*_DRIFT_HZ, _DRIFT_COMPONENTS):
        start = rng.uniform(0, 2 * np.pi, _ELECTRODES)
        depth = rng.normal(0, np.sqrt(2 / _DRIFT_COMPONENTS), _ELECTRODES)
        result += _sines(2 * np.pi * hz * t, start, depth)
    # Two parts of equal power.
    return result / np.sqrt(1.5)


def _mains(hz: float, t: np.ndarray, fs: float, rng: np.random.Generator) -> np.ndarray:
    # The amplifier removes what all electrodes share; the loops of the cables leave each its own rest.
    start = rng.uniform(0, 2 * np.pi) + rng.normal(0, 0.6, _ELECTRODES)
    level = np.abs(rng.normal(1, 0.4, _ELECTRODES)) * np.sqrt(2)
    third = rng.normal(0, 0.2, _ELECTRODES) * np.sqrt(2)
    hz = hz * (1 + rng.normal(0, 2e-4))
    result = np.zeros((_ELECTRODES, len(t)))
    for harmonic, amplitude in ((1, level), (3, third)):
        if harmonic * hz < fs / 2:
            result += _sines(2 * np.pi * harmonic * hz * t, harmonic * start, amplitude)
    return result


def _muscle(n: int, fs: float, rng: np.random.Generator) -> np.ndarray:
    spectrum = np.fft.rfft(rng.standard_normal((_ELECTRODES, n)))
    hz = np.fft.rfftfreq(n, 1 / fs)
    low, high = _MUSCLE_HZ
    # Smooth edges: a brick wall would ring.
    gain = 1 / np.sqrt((1 + (low / np.maximum(hz, 1e-9)) ** 4) * (1 + (hz / high) ** 4))
    colored = np.fft.irfft(spectrum * gain, n)
    # Muscles tense and relax, each electrode's at its own time.
    angle = 2 * np.pi * rng.uniform(0.05, 0.3) * np.arange(n) / fs
    envelope = 1 + _sines(angle, rng.uniform(0, 2 * np.pi, _ELECTRODES), np.full(_ELECTRODES, 0.5))
    return colored * envelope / np.sqrt(1.125 * np.mean(gain**2) + 1e-12)


def _sines(angle: np.ndarray, start: np.ndarray, amplitude: np.ndarray) -> np.ndarray:
    """amplitude * sin(angle + start) for each electrode, by parts: two sines a sample instead of twelve."""
    return np.outer(amplitude * np.cos(start), np.sin(angle)) + np.outer(amplitude * np.sin(start), np.cos(angle))
