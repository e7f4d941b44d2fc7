"""Rows of a flat page: where 0 mV lies, where traces begin and end, and what the calibration pulse says."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ecg_synth.digitizing.flat import PX_PER_MM
from ecg_synth.paper.geometry import GAINS

_SURE, _PULSE_SURE, _INKED, _EDGE = 0.5, 0.4, 0.25, 0.6
_TALLER, _AWAY_PX, _CONFUSED = 0.02, 3, 0.2
_PULSE_WIDTHS_MM = (5.0, 10.0, 2.5)
_FOOT_MM, _FOOT_REST_MM = (0.9, 4.0), 1.0
_NEAREST_MM, _WEAK = 7.0, 0.3
_FLAT_PX = 5
_LASTS_MM, _PIECE_MM = 4.0, 8.0
_SIDES = ("left_mm", "right_mm")


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
    there = _long(trace > _SURE)
    # A page's edge runs all the way down it; no trace does.
    there[:, there.mean(axis=0) > _EDGE] = False
    peaks, strengths = _peaks(there)
    if not len(peaks):
        return None
    candidates = find_pulses(np.clip(trace + pulse, 0, 1))
    pulses = _believable(candidates, there, _strong(peaks, strengths), _likeness(candidates, trace, pulse))
    baselines = _baselines(peaks, strengths, np.array(sorted(one.foot_mm for one in pulses)))
    left, right = _extent(_long(trace + pulse > _INKED), baselines, pulses)
    if not right > left:
        return None
    gain = float("nan")
    if pulses:
        gain = min(GAINS, key=lambda mm: abs(mm - float(np.median([one.height_mm for one in pulses]))))
    return Rows(baselines, left, right, gain, pulses)


def _long(ink: np.ndarray) -> np.ndarray:
    """What hangs together over some millimetres: pieces of edges, stamps and grids are shorter than traces."""
    from scipy import ndimage

    numbers, _ = ndimage.label(ndimage.binary_dilation(ink, np.ones((3, 7))), np.ones((3, 3)))
    wide = [place[1].stop - place[1].start >= _PIECE_MM * PX_PER_MM for place in ndimage.find_objects(numbers)]
    return ink & np.array([False, *wide])[numbers]


def _likeness(pulses: list[Pulse], trace: np.ndarray, pulse: np.ndarray) -> dict[Pulse, float]:
    """How much of the ink around each is a pulse's rather than a trace's; pulses and traces are confused, both ways."""
    found = {}
    for one in pulses:
        left, right, foot = (int(mm * PX_PER_MM) for mm in (one.left_mm, one.right_mm, one.foot_mm))
        box = slice(max(0, foot - int(one.height_mm * PX_PER_MM)), foot + 1), slice(left, right + 1)
        ours, all_ink = float(pulse[box].sum()), float((trace[box] + pulse[box]).sum())
        found[one] = _CONFUSED + ours / max(all_ink, 1e-9)
    return found


def _believable(
    pulses: list[Pulse], there: np.ndarray, strong: np.ndarray, likeness: dict[Pulse, float]
) -> list[Pulse]:
    """The likest that stand before most of the rows, or behind them: beats in all leads at once resemble pulses."""
    per_column = there.sum(axis=0)
    for crowd in sorted(_alike(pulses), key=lambda crowd: -sum(likeness[one] for one in crowd)):
        if len(crowd) < 0.4 * len(strong):
            continue
        left, right = ((np.array([getattr(one, side) for one in crowd]) * PX_PER_MM).astype(int) for side in _SIDES)
        before, behind = per_column[: max(0, int(left.min()) - 20)].sum(), per_column[int(right.max()) + 20 :].sum()
        if min(before, behind) < 0.1 * max(1, before + behind):
            return crowd
    return []


def _strong(peaks: np.ndarray, strengths: np.ndarray) -> np.ndarray:
    return peaks[strengths > _WEAK * np.quantile(strengths, 0.8)]


def find_pulses(ink: np.ndarray) -> list[Pulse]:
    """Finds calibration pulses: two upright strokes, as high as a gain, joined at the top, with nothing between them.

    Args:
        ink: float32 (height, width): probability of a trace or a pulse; the two are easily confused.

    Returns:
        All that look like one, the likest first.
    """
    from scipy import ndimage

    height, width = (length // 2 * 2 for length in ink.shape)
    mask = ink[:height, :width].reshape(height // 2, 2, width // 2, 2).max(axis=(1, 3)) > _PULSE_SURE
    scale = PX_PER_MM // 2
    thick = ndimage.binary_dilation(mask, np.ones((3, 3))).astype(np.int32)
    down, along = (np.pad(thick, 1).cumsum(axis=axis)[:-1, :-1] for axis in (0, 1))
    found: list[tuple[float, Pulse]] = []
    for rise_mm in GAINS:
        high = int(rise_mm * scale)
        upright = np.zeros(mask.shape)
        upright[: -high or None] = (down[high:] - down[:-high])[: len(mask) - high + 1, 1:][: len(mask) - high] / high
        for wide_mm in _PULSE_WIDTHS_MM:
            wide = int(wide_mm * scale)
            if high + 2 >= len(mask) or wide + 2 >= mask.shape[1]:
                continue
            rows, columns = len(mask) - high, mask.shape[1] - wide
            level = (along[:, wide:] - along[:, :-wide])[1:, :] / wide
            top, bottom = level[:rows, :columns], level[high : high + rows, :columns]
            sides = np.minimum(upright[:rows, :columns], upright[:rows, wide : wide + columns])
            # It stands on feet; a part of a taller one does not.
            feet = _feet(along, high, wide, scale)[:rows, :columns]
            score = np.minimum(np.minimum(sides, top), feet) - bottom
            tops = (score > 0.55) & (score == ndimage.maximum_filter(score, (4 * scale, 4 * scale)))
            for row, column in np.argwhere(tops):
                left, foot = (column + 0.5) / scale, (row + high + 0.5) / scale
                foot = _exact_foot(ink, left, left + wide_mm, foot)
                # A line of the grid that shines through may look like the top of a lower one.
                found.append(
                    (
                        float(score[row, column]) + _TALLER * rise_mm,
                        Pulse(float(left), float(left + wide_mm), foot, rise_mm),
                    )
                )
    kept: list[Pulse] = []
    for _, one in sorted(found, key=lambda pair: -pair[0]):
        if all(abs(one.left_mm - other.left_mm) > 8 or abs(one.foot_mm - other.foot_mm) > 6 for other in kept):
            kept.append(one)
    return kept


def _feet(along: np.ndarray, high: int, wide: int, scale: int) -> np.ndarray:
    """Share of ink in the longer seen of two feet, by the place of a pulse's upper left corner."""
    foot = scale
    level = (along[:, foot:] - along[:, :-foot])[1:] / foot
    # Some pixels away, or the strokes themselves would be taken for feet.
    level = np.pad(level, ((0, 0), (foot + _AWAY_PX, wide + foot + 2 * _AWAY_PX)))
    before = level[:, : along.shape[1]]
    after = level[:, foot + wide + 2 * _AWAY_PX : foot + wide + 2 * _AWAY_PX + along.shape[1]]
    both = np.maximum(before, after)
    # A pixel's slack up and down, for the pitch is not exact.
    both = np.maximum(both, np.maximum(np.roll(both, 1, axis=0), np.roll(both, -1, axis=0)))
    return both[high:]


def _exact_foot(ink: np.ndarray, left: float, right: float, foot: float) -> float:
    """Height of the middle of a pulse's feet in mm."""
    top = max(0, int((foot - 1.0) * PX_PER_MM))
    columns = np.r_[int((left - 1.2) * PX_PER_MM) : int((left - 0.4) * PX_PER_MM),
                    int((right + 0.6) * PX_PER_MM) : int((right + 1.6) * PX_PER_MM)]  # fmt: skip
    columns = columns[(columns >= 0) & (columns < ink.shape[1])]
    seen = ink[top : int((foot + 1.0) * PX_PER_MM) + 1, columns].sum(axis=1)
    if not seen.sum() > 0:
        return float(foot)
    return float((seen * (top + np.arange(len(seen)) + 0.5)).sum() / seen.sum() / PX_PER_MM)


def _alike(pulses: list[Pulse]) -> list[list[Pulse]]:
    """Pulses stand one under another and are equally high: for each those that are so with it, from above."""
    return [
        sorted(
            (other for other in pulses if abs(other.left_mm - one.left_mm) < 2 and other.height_mm == one.height_mm),
            key=lambda other: other.foot_mm,
        )
        for one in pulses
    ]


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
    strong = _strong(peaks, strengths)
    gaps = [float(np.median(np.diff(known))) for known in (feet, strong) if len(known) > 1]
    spacing = min(gaps, default=50.0)
    rows = list(feet)
    for peak in sorted(strong, key=lambda at: -strengths[np.argmin(np.abs(peaks - at))]):
        # What is nearer to a known row than most of a row is a plateau of its trace.
        if all(abs(peak - row) > 0.7 * spacing for row in rows):
            rows.append(_snapped(peak))
    return np.array(sorted(_snapped(row, 0.4) if row in feet else row for row in rows))


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
    return float(np.median(lefts)), float(np.median(rights))


def _behind_the_foot(seen: np.ndarray, after: int) -> int:
    """First column behind the gap between a pulse's foot and its trace; where there is none, behind a foot's length."""
    first, last = (after + int(mm * PX_PER_MM) for mm in _FOOT_MM)
    gaps = np.flatnonzero(~seen[first:last])
    return first + (int(gaps[-1]) + 1 if len(gaps) else int(_FOOT_REST_MM * PX_PER_MM))
