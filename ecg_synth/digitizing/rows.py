"""Rows of a flat page: where 0 mV lies, where traces begin and end, and what the calibration pulse says."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ecg_synth.digitizing.flat import PX_PER_MM
from ecg_synth.digitizing.highest import highest
from ecg_synth.digitizing.pulses import Pulse, believable, find_pulses, likeness
from ecg_synth.paper.geometry import GAINS

_SURE, _INKED, _EDGE = 0.5, 0.25, 0.6
_FOOT_MM, _FOOT_REST_MM = (0.9, 4.0), 1.0
_NEAREST_MM, _WEAK = 7.0, 0.3
_FLAT_PX = 5
_LASTS_MM, _PIECE_MM = 4.0, 8.0
_ALIKE_MM, _ONE_MM = 0.4, 4.0
USUAL_PEN_MM = 0.26
"""What ink reaches beyond a trace's ends, both together, where lines of a grid tell these."""
_LEVEL = 0.3


class Rows(NamedTuple):
    """What was found of the rows.

    Attributes:
        baselines_mm: (rows,) of 0 mV, from above.
        left_mm: Where the traces begin.
        right_mm: Where they end.
        mm_per_mv: Gain by the pulses; NaN without.
        pulses: All found.
        on_lines: Whether the page has a grid, on whose lines baselines and first samples mostly lie.
        pen_mm: Thickness of the traces.
    """

    baselines_mm: np.ndarray
    left_mm: float
    right_mm: float
    mm_per_mv: float
    pulses: list[Pulse]
    on_lines: bool = True
    pen_mm: float = USUAL_PEN_MM


def find_rows(
    trace: np.ndarray, pulse: np.ndarray, dark: Callable[[], np.ndarray] | None = None, on_lines: bool = True
) -> Rows | None:
    """Finds rows on a flat page; None where there is no trace.

    Args:
        trace: float32 (height, width): probabilities.
        pulse: The same of calibration pulses.
        dark: Returns the same of ink of any kind; pulses are looked for in it where the other two show too few.
        on_lines: Whether whole millimetres of the flat page are lines of a grid.
    """
    there = _long(trace > _SURE)
    # A page's edge runs all the way down it; no trace does.
    there[:, there.mean(axis=0) > _EDGE] = False
    peaks, strengths = _peaks(there)
    if not len(peaks):
        return None
    strong, seen = _strong(peaks, strengths), np.clip(trace + pulse, 0, 1)

    def found_in(seen: np.ndarray) -> list[Pulse]:
        candidates = find_pulses(seen)
        return believable(candidates, there, strong, likeness(candidates, trace, pulse))

    pulses = found_in(seen)
    if len(pulses) < len(strong) and dark is not None:
        more = found_in(np.clip(np.maximum(seen, dark()), 0, 1))
        pulses = more + [one for one in pulses if all(abs(one.foot_mm - other.foot_mm) > _ONE_MM for other in more)]
    baselines = _baselines(peaks, strengths, np.array(sorted(one.foot_mm for one in pulses)), on_lines)
    left, right = _extent(_long(trace + pulse > _INKED), baselines, pulses)
    if not right > left:
        return None
    gain = float("nan")
    if pulses:
        gain = min(GAINS, key=lambda mm: abs(mm - float(np.median([one.height_mm for one in pulses]))))
    # A grid's lines tell ends better than ink does.
    pen_mm = USUAL_PEN_MM if on_lines else _pen_mm(there)
    return Rows(baselines, left, right, gain, pulses, on_lines, pen_mm)


def _pen_mm(there: np.ndarray) -> float:
    """How thick traces are where they are level: flanks are longer cuts."""
    ends = np.diff(np.pad(there.T, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    cuts = np.flatnonzero(ends.reshape(-1) == -1) - np.flatnonzero(ends.reshape(-1) == 1)
    return float(np.quantile(cuts, _LEVEL)) / PX_PER_MM if len(cuts) else USUAL_PEN_MM


def _long(ink: np.ndarray) -> np.ndarray:
    """What hangs together over some millimetres: pieces of edges, stamps and grids are shorter than traces."""
    from scipy import ndimage

    numbers, _ = ndimage.label(highest(ink, 3, 7), np.ones((3, 3)))
    wide = [place[1].stop - place[1].start >= _PIECE_MM * PX_PER_MM for place in ndimage.find_objects(numbers)]
    return ink & np.array([False, *wide])[numbers]


def _strong(peaks: np.ndarray, strengths: np.ndarray) -> np.ndarray:
    return peaks[strengths > _WEAK * np.quantile(strengths, 0.8)]


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


def _baselines(peaks: np.ndarray, strengths: np.ndarray, feet: np.ndarray, on_lines: bool) -> np.ndarray:
    """Joins what pulses and traces say: pulses are exact, traces show rows whose pulse was not seen."""
    if len(feet) > 1:
        feet = feet[np.concatenate([[True], np.diff(feet) > 4.0])]
    strong = _strong(peaks, strengths)
    gaps = [float(np.median(np.diff(known))) for known in (feet, strong) if len(known) > 1]
    spacing = min(gaps, default=50.0)
    rows = list(feet)
    for peak in sorted(strong, key=lambda at: -strengths[np.argmin(np.abs(peaks - at))]):
        # What is nearer to a known row than most of a row is a plateau of its trace.
        if all(abs(peak - row) > 0.7 * spacing for row in rows):
            rows.append(_snapped(peak) if on_lines else float(peak))
    return np.array(sorted(_snapped(row, 0.4) if on_lines and row in feet else row for row in rows))


def _snapped(at: float, within: float = 1.5) -> float:
    """Machines print 0 mV on a line of the grid, mostly on a heavy one."""
    heavy, thin = 5.0 * round(at / 5.0), float(round(at))
    if abs(at - heavy) <= within:
        return heavy
    return thin if abs(at - thin) <= min(within, 0.25) else float(at)


def _extent(inked: np.ndarray, baselines: np.ndarray, pulses: list[Pulse]) -> tuple[float, float]:
    """Where the traces of most rows begin and end."""
    from scipy import ndimage

    reach = 0.45 * (float(np.median(np.diff(baselines))) if len(baselines) > 1 else 60.0)
    lefts, rights = [], []
    lasts = int(_LASTS_MM * PX_PER_MM)
    after = int((float(np.median([one.right_mm for one in pulses])) + 0.6) * PX_PER_MM) if pulses else 0
    if after > inked.shape[1] // 2:
        # Pulses at the end of their rows.
        after = 0
    for base in baselines:
        top, bottom = (max(0, int((base + side * reach) * PX_PER_MM)) for side in (-1, 1))
        seen: np.ndarray = np.asarray(inked[top : bottom + 1].any(axis=0))
        seen[:after] = False
        start = _behind_the_foot(seen.copy(), after) if after else 0
        seen[:start] = False
        seen = ndimage.binary_closing(seen, np.ones(9))
        # A beginning is where the trace goes on.
        ahead = ndimage.uniform_filter1d(seen.astype(float), lasts, origin=-(lasts // 2), mode="constant")
        behind = ndimage.uniform_filter1d(seen.astype(float), lasts, origin=(lasts - 1) // 2, mode="constant")
        starts, ends = np.flatnonzero(seen & (ahead > 0.9)), np.flatnonzero(seen & (behind > 0.9))
        if len(starts) and len(ends):
            lefts.append(starts[0] / PX_PER_MM)
            rights.append((ends[-1] + 1) / PX_PER_MM)
    if not lefts:
        return 0.0, 0.0
    return _usual(np.array(lefts)), -_usual(-np.array(rights))


def _usual(places: np.ndarray) -> float:
    """Where most rows begin: a trace that wandered out of its row's reach seems to begin later."""
    near = np.abs(places[:, None] - places) <= _ALIKE_MM
    count = near.sum(axis=1)
    if count.max() < 2:
        return float(np.median(places))
    first = min(np.flatnonzero(count == count.max()), key=lambda k: places[k])
    return float(np.median(places[near[first]]))


def _behind_the_foot(seen: np.ndarray, after: int) -> int:
    """First column behind the gap between a pulse's foot and its trace; where there is none, behind a foot's length."""
    first, last = (after + int(mm * PX_PER_MM) for mm in _FOOT_MM)
    gaps = np.flatnonzero(~seen[first:last])
    return first + (int(gaps[-1]) + 1 if len(gaps) else int(_FOOT_REST_MM * PX_PER_MM))
