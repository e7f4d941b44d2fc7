"""Calibration pulses on a flat page: a millivolt high, their feet at 0 mV."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ecg_synth.digitizing.flat import PX_PER_MM
from ecg_synth.digitizing.highest import highest
from ecg_synth.paper.geometry import GAINS

PULSE_WIDTHS_MM = (5.0, 10.0, 2.5)
_PULSE_SURE = 0.4
_STROKE_PX = 4
_TALLER, _AWAY_PX, _CONFUSED = 0.02, 3, 0.2
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


def find_pulses(
    ink: np.ndarray, gains: Sequence[float] = GAINS, widths_mm: Sequence[float] = PULSE_WIDTHS_MM
) -> list[Pulse]:
    """Finds calibration pulses: two upright strokes, as high as a gain, joined at the top, with nothing between them.

    Args:
        ink: float32 (height, width): probability of a trace or a pulse; the two are easily confused.
        gains: Heights to look for, in mm.
        widths_mm: Widths to look for.

    Returns:
        All that look like one, the likest first.
    """
    height, width = (length // 2 * 2 for length in ink.shape)
    mask = ink[:height, :width].reshape(height // 2, 2, width // 2, 2).max(axis=(1, 3)) > _PULSE_SURE
    scale = PX_PER_MM // 2
    thick = highest(mask, 3, 3).astype(np.int32)
    down, along = (np.pad(thick, 1).cumsum(axis=axis)[:-1, :-1] for axis in (0, 1))
    found: list[tuple[float, Pulse]] = []
    for rise_mm in gains:
        high = int(rise_mm * scale)
        upright = np.zeros(mask.shape)
        upright[: -high or None] = (down[high:] - down[:-high])[: len(mask) - high + 1, 1:][: len(mask) - high] / high
        for wide_mm in widths_mm:
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
            tops = (score > 0.55) & (score == highest(score, 4 * scale, 4 * scale))
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


def likeness(pulses: list[Pulse], trace: np.ndarray, pulse: np.ndarray) -> dict[Pulse, float]:
    """How much of the ink around each is a pulse's rather than a trace's; pulses and traces are confused, both ways."""
    found = {}
    for one in pulses:
        left, right, foot = (int(mm * PX_PER_MM) for mm in (one.left_mm, one.right_mm, one.foot_mm))
        box = slice(max(0, foot - int(one.height_mm * PX_PER_MM)), foot + 1), slice(left, right + 1)
        ours, all_ink = float(pulse[box].sum()), float((trace[box] + pulse[box]).sum())
        found[one] = _CONFUSED + ours / max(all_ink, 1e-9)
    return found


def believable(pulses: list[Pulse], there: np.ndarray, strong: np.ndarray, alike: dict[Pulse, float]) -> list[Pulse]:
    """The likest that stand before most of the rows, or behind them: beats in all leads at once resemble pulses."""
    per_column = there.sum(axis=0)
    for crowd in sorted(under_one_another(pulses), key=lambda crowd: -sum(alike[one] for one in crowd)):
        if len(crowd) < 0.4 * len(strong):
            continue
        left, right = ((np.array([getattr(one, side) for one in crowd]) * PX_PER_MM).astype(int) for side in _SIDES)
        before, behind = per_column[: max(0, int(left.min()) - 20)].sum(), per_column[int(right.max()) + 20 :].sum()
        if min(before, behind) < 0.1 * max(1, before + behind):
            return crowd
    return []


def under_one_another(pulses: list[Pulse]) -> list[list[Pulse]]:
    """Pulses stand one under another and are equally high: for each those that are so with it, from above."""
    return [
        sorted(
            (other for other in pulses if abs(other.left_mm - one.left_mm) < 2 and other.height_mm == one.height_mm),
            key=lambda other: other.foot_mm,
        )
        for one in pulses
    ]


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


def measured_mm(ink: np.ndarray, pulse: Pulse) -> float:
    """Returns how high a pulse really is: from the middle of its feet to the middle of its top; NaN without these."""
    left, right = pulse.left_mm, pulse.right_mm
    feet = [_level_mm(ink, pulse.foot_mm, side, side + 1.0) for side in (left - 1.4, right + 0.4)]
    top = _level_mm(ink, pulse.foot_mm - pulse.height_mm, left + 1.0, right - 1.0)
    seen = [foot for foot in feet if np.isfinite(foot)]
    return float(np.median(seen)) - top if seen else float("nan")


def _level_mm(ink: np.ndarray, near_mm: float, left_mm: float, right_mm: float) -> float:
    """Height of the middle of the strongest level stroke within a millimetre; NaN where there is none."""
    top, bottom, left, right = (max(0, int(mm * PX_PER_MM)) for mm in (near_mm - 1.0, near_mm + 1.0, left_mm, right_mm))
    part = ink[top : bottom + 1, left : right + 1]
    if not part.size:
        return float("nan")
    seen = part.mean(axis=1)
    if not seen.max() > _PULSE_SURE:
        return float("nan")
    peak = int(np.argmax(seen))
    first = max(0, peak - _STROKE_PX)
    stroke = seen[first : peak + _STROKE_PX + 1]
    return float((stroke * (top + first + np.arange(len(stroke)) + 0.5)).sum() / stroke.sum() / PX_PER_MM)


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
