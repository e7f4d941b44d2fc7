"""One trace's ink: which of a page's is its own, and where its upper and lower edges are, finer than pixels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ecg_synth.digitizing.highest import highest
from ecg_synth.digitizing.tracks import Track

FINE = 4
"""Columns a pixel that edges are looked for in."""
SHARPEN = 0.6
"""Times what a blur of a pixel takes away is added."""
HALF = 0.5
"""A stroke's edge is where its darkness is half that of its core."""
SEEN = 0.25
"""Ink with less probability is not the trace's."""
CORE_QUANTILE, CORE_PX, LEAST_CORE = 0.7, 9, 0.4
"""The core's usual darkness, and over how many pixels it may be less, to which share."""
NEAR_PX = 4
"""Ink further from the path is another's, unless it hangs together with what is the path's."""
JUMP_PX, TIP_PX = 6, 14
"""An edge that jumps by so much may have left out a tip, so many pixels wide at most."""


class Edges(NamedTuple):
    """One trace's ink in fine columns; heights in px of the flat page, y down; NaN where there is none.

    Attributes:
        left: Position of the first column's center in px.
        top: Upper edge.
        bottom: Lower edge.
        probability: That it is a trace; 0 where there is no ink.
    """

    left: float
    top: np.ndarray
    bottom: np.ndarray
    probability: np.ndarray


def shares(dark: np.ndarray, trace: np.ndarray) -> np.ndarray:
    """Returns how dark each pixel of a page is beside the strokes around it, float32 (height, width).

    Args:
        dark: float32 (height, width), of `darkness_of`.
        trace: float32 (height, width): probabilities.
    """
    band = _sharpened(dark)
    return band / _local_core(band, trace)


def shown(share: np.ndarray, trace: np.ndarray) -> np.ndarray:
    """Returns the probability that a pixel shows a trace; half as dark as one is an edge, and no way for a path."""
    return trace * np.clip(3 * share - 1.5, 0, 1)


def edges_along(share: np.ndarray, trace: np.ndarray, track: Track) -> Edges:
    """Finds both edges of the ink that a path runs through.

    Args:
        share: Of `shares`.
        trace: float32 (height, width): probabilities.
        track: The path.
    """
    first_row, last_row = track.spans
    spans = np.repeat(np.stack([first_row, last_row + 1]), FINE, axis=1)
    part = track.rows, track.columns
    top, bottom, sure = _crossings(_fine(share[part]), _fine(spread(trace[part])), spans)
    first = track.rows.start
    return Edges(track.columns.start + 0.5 / FINE, top + first, bottom + first, sure)


def _crossings(dark: np.ndarray, sure: np.ndarray, spans: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Upper and lower edge, in rows of `dark`, and certainty of the run of ink that the path, in `spans`, is in."""
    height, width = dark.shape
    columns, rows = np.arange(width), np.arange(height, dtype=np.int16)[:, None]
    dark = dark * np.clip(sure / SEEN, 0, 1)
    there = dark >= HALF

    def last_at_or_above(marked: np.ndarray, at: np.ndarray) -> np.ndarray:
        """The last marked row of each column that is not below `at`; -1 where there is none."""
        return np.maximum.accumulate(np.where(marked, rows, np.int16(-1)), axis=0)[at, columns].astype(np.intp)

    def first_at_or_below(marked: np.ndarray, at: np.ndarray) -> np.ndarray:
        found = np.minimum.accumulate(np.where(marked, rows, np.int16(height))[::-1], axis=0)[::-1]
        return found[at, columns].astype(np.intp)

    middle = np.clip(spans.sum(axis=0) // 2, 0, height - 1)
    over, under = last_at_or_above(there, middle), first_at_or_below(there, middle)
    start = np.where((over >= 0) & (middle - over <= under - middle), over, under)
    off = (start < spans[0] - NEAR_PX) | (start > spans[1] + NEAR_PX) | (start >= height)
    start = _grown(there, np.where(off, -1, start))
    off = start < 0
    start = np.where(off, middle, start)
    above, below = last_at_or_above(~there, start), first_at_or_below(~there, start)
    above[off], below[off] = start[off], start[off]
    first, last = _with_tips(there, above + 1, below - 1)
    top, bottom = _between(dark, first - 1, first, columns), _between(dark, last + 1, last, columns)
    # The center of row i is at i + 0.5.
    return (
        np.where(off, np.nan, top + 0.5),
        np.where(off, np.nan, bottom + 0.5),
        np.where(off, 0, np.clip(sure[start, columns], 0, 1)),
    )


def _grown(there: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Goes on, where the path left the ink (-1), with ink that touches what was found in the next column."""
    start = start.copy()
    for columns in (range(1, len(start)), range(len(start) - 2, -1, -1)):
        for column in columns:
            before = column - columns.step
            if start[column] >= 0 or start[before] < 0:
                continue
            first, last = _run(there[:, before], start[before])
            touching = first + np.flatnonzero(there[first : last + 1, column])
            if len(touching):
                start[column] = touching[np.argmin(np.abs(touching - start[before]))]
    return start


def _with_tips(there: np.ndarray, first: np.ndarray, last: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gives back tips that a path took a short cut by, from one flank to the other.

    Where the run of ink becomes much shorter from one column to the next, the flank's other end may go on by itself.
    If it comes to another flank, the tip between the two is the trace's.

    Args:
        there: bool (height, fine columns): ink.
        first: First row of the run in each column.
        last: Last row of it.

    Returns:
        First and last row, of the tips too.
    """
    first, last = first.copy(), last.copy()
    width = there.shape[1]
    for upwards in (True, False):
        shorter = np.diff(first) if upwards else -np.diff(last)
        for left in np.flatnonzero(shorter > JUMP_PX):
            # What the flank has beyond the next column's run.
            low, high = (first[left], first[left + 1] - 2) if upwards else (last[left + 1] + 2, last[left])
            tip: list[tuple[int, int]] = []
            for column in range(left + 1, min(width, left + 2 + TIP_PX * FINE)):
                if first[column] <= high and last[column] >= low and tip:
                    for k, (highest, lowest) in enumerate(tip, left + 1):
                        first[k], last[k] = min(first[k], highest), max(last[k], lowest)
                    break
                touching = low + np.flatnonzero(there[low : high + 1, column])
                if not len(touching):
                    break
                low, high = _run(there[:, column], touching[0] if upwards else touching[-1])
                tip.append((low, high))
    return first, last


def _run(column: np.ndarray, row: int) -> tuple[int, int]:
    """First and last row of the ink around a row."""
    if not column[row]:
        return row, row - 1
    up, down = column[row::-1], column[row:]
    first = row - len(up) + 1 if up.all() else row - int(np.argmin(up)) + 1
    last = row + len(down) - 1 if down.all() else row + int(np.argmin(down)) - 1
    return first, last


def _between(dark: np.ndarray, outer: np.ndarray, inner: np.ndarray, columns: np.ndarray) -> np.ndarray:
    end = len(dark) - 1
    low, high = dark[np.clip(outer, 0, end), columns], dark[np.clip(inner, 0, end), columns]
    share = np.clip((HALF - low) / np.maximum(high - low, 1e-6), 0, 1)
    return outer + (inner - outer) * share


def _local_core(dark: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """How dark strokes are in the middle hereabouts: a camera that moved thins those across its way."""
    from scipy import ndimage

    strokes = dark[probability > 0.5]
    usual = float(np.quantile(strokes, CORE_QUANTILE)) if len(strokes) else 1.0
    around = highest(np.where(probability > SEEN, dark, 0), CORE_PX, CORE_PX)
    around = ndimage.uniform_filter(around, size=CORE_PX)
    return np.clip(around, LEAST_CORE * usual, max(usual, 0.05)).astype(np.float32)


def _sharpened(dark: np.ndarray) -> np.ndarray:
    """Gives back some of what pixels and resampling blurred, so that narrow tips keep their edges."""
    from scipy import ndimage

    return dark + np.float32(SHARPEN) * (dark - ndimage.gaussian_filter(dark, 1.0))


def spread(probability: np.ndarray) -> np.ndarray:
    """Returns the probability of a trace in the next pixels: edges lie beyond what is surely one."""
    return highest(probability, 5, 5)


def _fine(image: np.ndarray) -> np.ndarray:
    """`FINE` columns for every one, by Catmull and Rom's cubic, which keeps thin strokes dark."""
    height, width = image.shape
    padded = np.pad(image, ((0, 0), (2, 2)), mode="edge")
    fine = np.empty((height, width, FINE), dtype=np.float32)
    for phase in range(FINE):
        offset = (phase + 0.5) / FINE - 0.5
        low = int(np.floor(offset))
        t = offset - low
        weights = (
            ((-0.5 * t + 1) * t - 0.5) * t,
            (1.5 * t - 2.5) * t * t + 1,
            ((-1.5 * t + 2) * t + 0.5) * t,
            (0.5 * t - 0.5) * t * t,
        )
        taps = [padded[:, 1 + low + k : 1 + low + k + width] * np.float32(w) for k, w in enumerate(weights)]
        fine[:, :, phase] = taps[0] + taps[1] + taps[2] + taps[3]
    return fine.reshape(height, width * FINE)
