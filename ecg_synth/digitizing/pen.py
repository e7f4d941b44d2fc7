"""Undoing the pen: from the edges of a stroke to the line that the pen's middle went along.

A pen with a round tip of radius r that follows a line y(x) leaves ink up to the upper envelope of discs of radius r
along it, and down to the lower one. Seen from above, that is a dilation; the erosion of the upper edge by the same disc
is the line again, but for valleys too narrow for the disc (a closing); the erosion of the lower edge is the line but
for peaks too narrow for it (an opening). So the one is right at peaks, the other at valleys, and both where the line is
smooth on the pen's scale. The middle between the edges is wrong at both. Heights here run upwards.
"""

from __future__ import annotations

import numpy as np

FLAT_SLOPE = 0.35
"""The pen is measured where the line is no steeper."""
TIP = 0.5
"""Edges that are eroded to lines so many radii apart show a tip that is too narrow for the pen."""
STEEP, LEAST_STEEP, MOST_AMISS = 2.0, 24, 0.3
"""Slopes beyond `STEEP`, where there are so many samples of them, correct the radius by up to this share."""
THINNER_QUANTILE = 0.2
"""Among its thicknesses: what is rough is thicker than the pen, nothing is thinner."""


def dilate(line: np.ndarray, radius: float) -> np.ndarray:
    """Returns the upper envelope of discs along a line sampled at unit distance; NaN is left out.

    Args:
        line: (samples,) heights.
        radius: Of the disc, in the same unit.
    """
    reach = int(np.floor(radius))
    length = len(line)
    padded = np.pad(np.where(np.isnan(line), -np.inf, line), reach + 1, constant_values=-np.inf)
    envelope = np.full(length, -np.inf)
    for k in range(-reach, reach + 1):
        moved = padded[reach + 1 + k : reach + 1 + k + length]
        envelope = np.maximum(envelope, moved + np.sqrt(radius**2 - k**2))
    # The disc's own ends, between two samples: on a flank, a column more or less is much.
    share = radius - reach
    for side in (-1, 1):
        inner = padded[reach + 1 + side * reach :][:length]
        outer = padded[reach + 1 + side * (reach + 1) :][:length]
        whole = np.isfinite(inner) & np.isfinite(outer)
        ends = (1 - share) * np.where(whole, inner, 0) + share * np.where(whole, outer, 0)
        envelope = np.maximum(envelope, np.where(whole, ends, -np.inf))
    return envelope


def erode(edge: np.ndarray, radius: float) -> np.ndarray:
    """Returns what `dilate` was made of, as far as it tells: the lower envelope of the edge less the disc."""
    return -dilate(-np.asarray(edge), radius)


def undo_pen(upper: np.ndarray, lower: np.ndarray, radius: float) -> np.ndarray:
    """Returns the line between the edges of a stroke.

    Args:
        upper: (samples,) heights of the upper edge at unit distance; NaN where there is no stroke.
        lower: (samples,) of the lower edge.
        radius: Of the pen.

    Returns:
        (samples,): at a peak the erosion of the upper edge, at a valley that of the lower, their mean where they
        agree; NaN where there is no stroke.
    """
    there = np.isfinite(upper) & np.isfinite(lower)
    upper, lower = np.where(there, upper, np.nan), np.where(there, lower, np.nan)
    closed, opened, across = _eroded(upper, lower, radius)
    line = 0.5 * (closed + opened)
    # Where the line is steep but no tip, both erosions are the same line: that measures the pen better than flats do,
    # and there a small error of the radius is a large one of the height.
    steep = np.isfinite(across) & (np.abs(_slope(line, radius)) > STEEP) & (across < TIP * radius)
    if steep.sum() > LEAST_STEEP:
        radius += float(np.clip(np.median(across[steep]) / 2, -MOST_AMISS * radius, MOST_AMISS * radius))
        closed, opened, across = _eroded(upper, lower, radius)
        line = 0.5 * (closed + opened)
    usual = np.nanmedian(across) if np.isfinite(across).any() else 0.0
    for first, last in _runs(across > usual + TIP * radius):
        ends = [line[k] for k in (first - 1, last) if 0 <= k < len(line) and np.isfinite(line[k])]
        if not ends:
            continue
        trend = np.interp(np.arange(first, last), [first - 1, last], [ends[0], ends[-1]])
        above, below = closed[first:last] - trend, trend - opened[first:last]
        line[first:last] = np.where(above >= below, closed[first:last], opened[first:last])
    return line


def _eroded(upper: np.ndarray, lower: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Closing and opening of the line, and how far they are apart across it."""
    there = np.isfinite(upper)
    closed = np.where(there, erode(upper, radius), np.nan)
    opened = np.where(there, -erode(-lower, radius), np.nan)
    slope = _slope(0.5 * (closed + opened), radius)
    return closed, opened, (closed - opened) / np.sqrt(1 + slope**2)


def _slope(line: np.ndarray, reach: float) -> np.ndarray:
    """Slope over the width of a pen; NaN is bridged."""
    there = np.isfinite(line)
    if there.sum() < 2:
        return np.zeros(len(line))
    at = np.arange(len(line))
    whole = np.interp(at, at[there], line[there])
    half = max(1, round(reach))
    padded = np.pad(whole, half, mode="edge")
    return (padded[2 * half :] - padded[: -2 * half]) / (2 * half)


def measure_pen(upper: np.ndarray, lower: np.ndarray) -> float:
    """Returns the pen's radius as flat stretches show it; NaN where there is none.

    A stroke of slope s is 2 r sqrt(1 + s^2) thick, measured upright.
    """
    middle, thick = 0.5 * (upper + lower), upper - lower
    slope = np.gradient(middle) if len(middle) > 1 else np.full_like(middle, np.nan)
    flat = np.isfinite(thick) & (np.abs(slope) < FLAT_SLOPE)
    if not flat.any():
        return float("nan")
    return float(np.quantile(thick[flat] / np.sqrt(1 + slope[flat] ** 2), THINNER_QUANTILE)) / 2


def _runs(there: np.ndarray) -> list[tuple[int, int]]:
    """Returns first and last + 1 of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
