"""Rows of a flat page: where 0 mV lies, where traces begin and end, and what the calibration pulse says."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ecg_synth.digitizing.flat import PX_PER_MM
from ecg_synth.paper.geometry import GAINS

_SURE = 0.5
_PULSE_WIDTH_MM = (3.0, 25.0)
_NEAREST_MM, _WEAK = 7.0, 0.3
_FLAT_PX = 5
_LASTS_MM = 4.0


class Pulse(NamedTuple):
    """A calibration pulse.

    Attributes:
        left_mm: Left edge on the flat page.
        right_mm: Right edge.
        foot_mm: Height of its feet: 0 mV.
        height_mm: How high it rises: 1 mV.
    """

    left_mm: float
    right_mm: float
    foot_mm: float
    height_mm: float


class Rows(NamedTuple):
    """What was found of the rows.

    Attributes:
        baselines_mm: (rows,) of 0 mV, from above.
        left_mm: Where the traces begin.
        right_mm: Where they end.
        mm_per_mv: Gain by the pulses; NaN without.
        pulses: All found.
    """

    baselines_mm: np.ndarray
    left_mm: float
    right_mm: float
    mm_per_mv: float
    pulses: list[Pulse]


def find_rows(trace: np.ndarray, pulse: np.ndarray) -> Rows | None:
    """Finds rows from maps of probabilities (height, width); None where there is no trace."""
    pulses = find_pulses(pulse)
    there = trace > _SURE
    peaks, strengths = _peaks(there)
    if not len(peaks):
        return None
    baselines = _baselines(peaks, strengths, np.array(sorted(one.foot_mm for one in pulses)))
    left, right = _extent(there, baselines)
    if not right > left:
        return None
    gain = float("nan")
    if pulses:
        gain = min(GAINS, key=lambda mm: abs(mm - float(np.median([one.height_mm for one in pulses]))))
    return Rows(baselines, left, right, gain, pulses)


def find_pulses(pulse: np.ndarray) -> list[Pulse]:
    """Finds calibration pulses: two levels 5, 10 or 20 mm apart."""
    from scipy import ndimage

    mask = ndimage.binary_closing(pulse > _SURE, np.ones((3, 5)))
    numbers, _ = ndimage.label(mask, np.ones((3, 3)))
    found = []
    for number, place in enumerate(ndimage.find_objects(numbers), start=1):
        own = numbers[place] == number
        height, width = (length / PX_PER_MM for length in own.shape)
        if height < 3.5 or not _PULSE_WIDTH_MM[0] <= width <= _PULSE_WIDTH_MM[1]:
            continue
        # The most ink of a pulse is in its two levels.
        ink = own.sum(axis=1).astype(float)
        third = max(2, len(ink) // 3)
        top, foot = _level(ink[:third]), len(ink) - third + _level(ink[-third:])
        rise = (foot - top) / PX_PER_MM
        if min(abs(np.log(rise / mm)) for mm in GAINS) > 0.12:
            continue
        left, up = place[1].start / PX_PER_MM, place[0].start
        found.append(Pulse(left, left + width, (up + foot) / PX_PER_MM, rise))
    return found


def _level(ink: np.ndarray) -> float:
    """Middle of the thickest row's stroke, in rows from the first one's upper edge."""
    strong = np.flatnonzero(ink > 0.6 * ink.max())
    middle = int(np.argmax(ink))
    near = strong[np.abs(strong - middle) < 6]
    return float((ink[near] * (near + 0.5)).sum() / ink[near].sum())


def _peaks(there: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Heights in mm at which most of the level parts of traces lie, and how much there is."""
    from scipy import ndimage

    level = there.copy()
    for shift in (-_FLAT_PX, _FLAT_PX):
        level &= ndimage.maximum_filter1d(np.roll(there, shift, axis=1), 5, axis=0)
    profile = ndimage.gaussian_filter1d(level.sum(axis=1).astype(float), 1.2 * PX_PER_MM)
    tops = profile == ndimage.maximum_filter1d(profile, int(_NEAREST_MM * PX_PER_MM))
    rows = np.flatnonzero(tops & (profile > 0.1 * profile.max()) & (profile > 0))
    return (rows + 0.5) / PX_PER_MM, profile[rows]


def _baselines(peaks: np.ndarray, strengths: np.ndarray, feet: np.ndarray) -> np.ndarray:
    """Joins what pulses and traces say: pulses are exact, traces show rows whose pulse was not seen."""
    if len(feet) > 1:
        feet = feet[np.concatenate([[True], np.diff(feet) > 4.0])]
    strong = peaks[strengths > _WEAK * np.quantile(strengths, 0.8)]
    spacing = (
        float(np.median(np.diff(feet)))
        if len(feet) > 1
        else float(np.median(np.diff(strong)))
        if len(strong) > 1
        else 50.0
    )
    rows = list(feet)
    for peak in sorted(strong, key=lambda at: -strengths[np.argmin(np.abs(peaks - at))]):
        # What is nearer to a known row than most of a row is a plateau of its trace.
        if all(abs(peak - row) > 0.7 * spacing for row in rows):
            rows.append(_snapped(peak))
    return np.array(sorted(_snapped(row, 0.25) if row in feet else row for row in rows))


def _snapped(at: float, within: float = 1.5) -> float:
    """Machines print 0 mV on a line of the grid, mostly on a heavy one."""
    heavy, thin = 5.0 * round(at / 5.0), float(round(at))
    if abs(at - heavy) <= within:
        return heavy
    return thin if abs(at - thin) <= min(within, 0.25) else float(at)


def _extent(there: np.ndarray, baselines: np.ndarray) -> tuple[float, float]:
    """Where the traces of most rows begin and end."""
    from scipy import ndimage

    reach = 0.45 * (float(np.median(np.diff(baselines))) if len(baselines) > 1 else 60.0)
    lefts, rights = [], []
    lasts = int(_LASTS_MM * PX_PER_MM)
    for base in baselines:
        top, bottom = (max(0, int((base + side * reach) * PX_PER_MM)) for side in (-1, 1))
        seen = there[top : bottom + 1].any(axis=0).astype(float)
        seen = ndimage.binary_closing(seen > 0, np.ones(5))
        # A beginning is where the trace goes on.
        ahead = ndimage.uniform_filter1d(seen.astype(float), lasts, origin=-(lasts // 2), mode="constant")
        behind = ndimage.uniform_filter1d(seen.astype(float), lasts, origin=(lasts - 1) // 2, mode="constant")
        starts, ends = np.flatnonzero(seen & (ahead > 0.9)), np.flatnonzero(seen & (behind > 0.9))
        if len(starts) and len(ends):
            lefts.append(starts[0] / PX_PER_MM)
            rights.append((ends[-1] + 1) / PX_PER_MM)
    if not lefts:
        return 0.0, 0.0
    return float(np.median(lefts)), float(np.median(rights))
