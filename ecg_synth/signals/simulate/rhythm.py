"""When the heart beats: RR intervals with the variability of a resting person.

The spectrum of the RR intervals has a low frequency part around 0.1 Hz (Mayer waves) and a high frequency part at the
rate of breathing (respiratory sinus arrhythmia), as in McSharry et al. 2003. One breathing drives the arrhythmia, the
swing of the heart's axis and the wander of the baseline.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# McSharry et al. 2003: center and standard deviation of the low frequency part, in Hz.
_LF_HZ, _LF_SD_HZ = 0.1, 0.01
_LF_COMPONENTS = 16
# A sinus rhythm stays within these limits whatever the draw of the variability.
_SHORTEST_RR, _LONGEST_RR = 0.4, 2.0
# Repolarization follows the mean of the last few intervals rather than the last one alone.
_QT_MEMORY = 0.8


@dataclass(frozen=True)
class Rhythm:
    """How fast and how evenly a heart beats.

    Attributes:
        heart_rate: Mean rate in beats a minute.
        lf_sd: Standard deviation of the low frequency part of the RR intervals, in s.
        hf_sd: Standard deviation of the part that follows breathing, in s.
        breathing_hz: Breaths a second.
    """

    heart_rate: float
    lf_sd: float
    hf_sd: float
    breathing_hz: float


@dataclass(frozen=True)
class Breathing:
    """A breathing whose rate wanders a little.

    Attributes:
        hz: Mean breaths a second.
        start: Phase at time 0 in rad.
        wander_hz: How often the rate wanders, in Hz.
        wander_start: Phase of the wandering at time 0, in rad.
    """

    hz: float
    start: float
    wander_hz: float
    wander_start: float

    def phase(self, t: np.ndarray | float) -> np.ndarray | float:
        """The phase in rad at the times `t` in s; the rate wanders by up to a tenth about its mean."""
        depth = 0.1 * self.hz / self.wander_hz
        return self.start + 2 * np.pi * self.hz * t + depth * np.sin(2 * np.pi * self.wander_hz * t + self.wander_start)


def draw_breathing(hz: float, rng: np.random.Generator) -> Breathing:
    """Draws the phases of a breathing with the mean rate `hz`."""
    start, wander_start = rng.uniform(0, 2 * np.pi, 2)
    return Breathing(hz, float(start), float(rng.uniform(0.02, 0.04)), float(wander_start))


def draw_beats(rhythm: Rhythm, breathing: Breathing, duration: float, rng: np.random.Generator) -> np.ndarray:
    """Draws the times of the beats over a recording, with margins.

    Each interval is the heart's period at its first beat, so that the phase of the cardiac cycle, 2 pi from one beat to
    the next, is integrated exactly and no rounding to samples enters.

    Args:
        rhythm: The rate and its variability.
        breathing: The breathing that the high frequency part follows.
        duration: Seconds of the recording.
        rng: Source of the draws.

    Returns:
        Increasing times in s of the middles of the QRS complexes: at least one before 0 and one after `duration`. The
        first beat has no relation to time 0.
    """
    mean = 60 / rhythm.heart_rate
    hz = rng.normal(_LF_HZ, _LF_SD_HZ, _LF_COMPONENTS)
    start = rng.uniform(0, 2 * np.pi, _LF_COMPONENTS)
    lf_amplitude = rhythm.lf_sd * np.sqrt(2 / _LF_COMPONENTS)
    times = [-mean * (1 + rng.uniform())]
    while times[-1] <= duration or len(times) < 3:
        t = times[-1]
        lf = lf_amplitude * np.sum(np.sin(2 * np.pi * hz * t + start))
        hf = rhythm.hf_sd * np.sqrt(2) * np.sin(breathing.phase(t))
        times.append(t + float(np.clip(mean + lf + hf, _SHORTEST_RR, _LONGEST_RR)))
    return np.array(times)


def qt_factors(beats: np.ndarray) -> np.ndarray:
    """How much longer than at 60 beats a minute each beat's repolarization takes.

    Fridericia's cube root (1920) of the RR interval, taken of a running mean because QT follows the rate with a lag.

    Args:
        beats: (beats,) times in s.

    Returns:
        (beats,) factors of time, without unit.
    """
    intervals = np.diff(beats)
    running = np.empty(len(beats))
    running[0] = intervals.mean()
    for k, interval in enumerate(intervals):
        running[k + 1] = _QT_MEMORY * running[k] + (1 - _QT_MEMORY) * interval
    return np.cbrt(running)
