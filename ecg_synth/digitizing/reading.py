"""From a flat page, its ink and the places of its leads to millivolts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ecg_synth.digitizing.darkness import darkness_of
from ecg_synth.digitizing.flat import PX_PER_MM, FlatPage
from ecg_synth.digitizing.ink import Ink
from ecg_synth.digitizing.light import even_light
from ecg_synth.digitizing.path import best_path, pixel_costs
from ecg_synth.digitizing.pen import measure_pen, undo_pen

COARSE = 1
"""Paths are looked for at half the page's resolution."""
REACH_MM = 45.0
"""A trace goes no further from its baseline."""
PULL = 0.6
"""What it costs a path to begin 10 mm off its baseline."""
STAY = 0.01
"""What each of its pixels costs there."""
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
"""Ink further from the path is another's."""
BRIDGE_MM = 0.6
"""A gap no wider is bridged: no wave of an ECG fits in."""
MARGIN_MM = 0.0


class Reading(NamedTuple):
    """What was read of one lead.

    Attributes:
        name: Of the lead, as its place has it.
        seconds: float64 (samples,): 0 at the left edge of its place.
        signal_mv: float64 (samples,): 0 at its baseline; NaN where nothing could be read.
        confidence: From 0 to 1: mean probability along the path times the share that was read.
    """

    name: str
    seconds: np.ndarray
    signal_mv: np.ndarray
    confidence: float


class Edges(NamedTuple):
    """One trace's ink in fine columns; heights in px of the flat page, y down; NaN where there is none.

    Attributes:
        left: Position of the first column's center in px.
        top: Upper edge.
        bottom: Lower edge.
        probability: Of the path there.
    """

    left: float
    top: np.ndarray
    bottom: np.ndarray
    probability: np.ndarray


def read_leads(
    flat: FlatPage,
    ink: Ink,
    leads: Sequence,
    fs: float = 500.0,
    mm_per_s: float = 25.0,
    mm_per_mv: float = 10.0,
    way: str = "pen",
) -> list[Reading]:
    """Reads every lead's signal.

    Args:
        flat: The page.
        ink: Of `ink_of`.
        leads: Places with `name`, `left_mm`, `right_mm`, `baseline_mm` (NaN takes the trace's median as 0 mV).
        fs: Samples a second of the signals.
        mm_per_s: Paper speed.
        mm_per_mv: Gain.

    Returns:
        One reading a lead, in the order of `leads`.
    """
    evened = even_light(flat.image, flat.inside)
    dark = darkness_of(evened, ink, flat.inside)
    found = [edges_of(dark, ink.trace, flat.inside, lead) for lead in leads]
    radii = [measure_pen(-edges.top * FINE, -edges.bottom * FINE) / FINE for edges in found]
    known = [radius for radius in radii if np.isfinite(radius)]
    # Rough leads look thicker.
    radius = float(np.quantile(known, 0.25)) if known else 1.0
    if way == "centroid":
        radius = np.nan
    return [_reading(lead, edges, radius, fs, mm_per_s, mm_per_mv) for lead, edges in zip(leads, found, strict=True)]


def _reading(lead, edges: Edges, radius: float, fs: float, mm_per_s: float, mm_per_mv: float) -> Reading:
    if np.isnan(radius):
        line = 0.5 * (edges.top + edges.bottom)
    else:
        line = -undo_pen(-edges.top * FINE, -edges.bottom * FINE, radius * FINE) / FINE
    count = int(np.floor((lead.right_mm - lead.left_mm) / mm_per_s * fs + 1e-6))
    seconds = np.arange(count) / fs
    at = ((lead.left_mm + seconds * mm_per_s) * PX_PER_MM - edges.left) * FINE
    y_mm = _at(line, at) / PX_PER_MM
    base = lead.baseline_mm if np.isfinite(lead.baseline_mm) else np.nanmedian(y_mm) if count else 0.0
    signal = (base - y_mm) / mm_per_mv
    read = np.isfinite(signal)
    sure = _at(edges.probability, at)
    confidence = float(np.where(read, sure, 0).sum() / max(1, count))
    return Reading(lead.name, seconds, signal, confidence)


def _at(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Linear; across short gaps too."""
    there = np.flatnonzero(np.isfinite(values))
    if not len(there):
        return np.full(len(at), np.nan)
    read = np.interp(at, there, values[there])
    after = np.clip(np.searchsorted(there, at), 1, max(1, len(there) - 1))
    gap = there[np.minimum(after, len(there) - 1)] - there[after - 1]
    widest = BRIDGE_MM * PX_PER_MM * FINE
    beyond = (at < there[0] - widest / 2) | (at > there[-1] + widest / 2)
    inside_gap = (gap > widest) & (at > there[after - 1]) & (at < there[np.minimum(after, len(there) - 1)])
    return np.where(beyond | inside_gap, np.nan, read)


def edges_of(dark: np.ndarray, trace: np.ndarray, inside: np.ndarray, lead) -> Edges:
    """Follows one lead's trace, and finds both edges of its ink in fine columns."""
    height, width = trace.shape
    base = lead.baseline_mm if np.isfinite(lead.baseline_mm) else height / PX_PER_MM / 2
    rows = _span(base - REACH_MM, base + REACH_MM, height)
    columns = _span(lead.left_mm - MARGIN_MM, lead.right_mm + MARGIN_MM, width)
    probability = trace[rows, columns]
    band = _sharpened(dark[rows, columns])
    share = band / _local_core(band, probability)
    coarse = _pooled(probability * np.clip(3 * share - 1.5, 0, 1))
    start = PULL * np.abs((np.arange(len(coarse)) + 0.5) * COARSE / PX_PER_MM + rows.start / PX_PER_MM - base) / 10
    # All along: the trace of the next row is as dark, and may be the smoother way.
    path, _ = best_path(pixel_costs(coarse) + (STAY / PULL * start)[:, None], start)
    before = np.concatenate([path[:1], path[:-1]])
    spans = np.stack([np.minimum(path, before), np.maximum(path, before) + 1]) * COARSE
    spans = np.repeat(spans, COARSE * FINE, axis=1)[:, : probability.shape[1] * FINE]
    top, bottom, sure = _crossings(_fine(share), _fine(_spread(probability)), spans)
    return Edges(columns.start + 0.5 / FINE, top + rows.start, bottom + rows.start, sure)


def _crossings(dark: np.ndarray, sure: np.ndarray, spans: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Upper and lower edge, in rows of `dark`, and certainty of the run of ink that the path, in `spans`, is in."""
    height, width = dark.shape
    columns, rows = np.arange(width), np.arange(height, dtype=np.int16)[:, None]
    dark = dark * np.clip(sure / SEEN, 0, 1)
    there = dark >= HALF
    # The ink nearest to the middle of the path in this column.
    middle = np.clip(spans.sum(axis=0) // 2, 0, height - 1)
    over = np.maximum.accumulate(np.where(there, rows, np.int16(-height)), axis=0)[middle, columns].astype(np.intp)
    under = np.minimum.accumulate(np.where(there, rows, np.int16(2 * height))[::-1], axis=0)[::-1][
        middle, columns
    ].astype(np.intp)
    start = np.where(middle - over <= under - middle, over, under)
    off = (start < spans[0] - NEAR_PX) | (start > spans[1] + NEAR_PX)
    start = _grown(there, np.where(off, -1, start))
    off = start < 0
    start = np.where(off, middle, start)
    start = start.astype(np.intp)
    above = np.maximum.accumulate(np.where(there, np.int16(-1), rows), axis=0)[start, columns].astype(np.intp)
    below = np.minimum.accumulate(np.where(there, np.int16(height), rows)[::-1], axis=0)[::-1][start, columns].astype(
        np.intp
    )
    top = _between(dark, above, above + 1, columns)
    bottom = _between(dark, below, below - 1, columns)
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
            now, other = there[:, column], there[:, before]
            row = start[before]
            first = row - int(np.argmin(other[row::-1])) + 1 if not other[row::-1].all() else 0
            last = row + int(np.argmin(other[row:])) if not other[row:].all() else len(other)
            touching = np.flatnonzero(now[first:last])
            if len(touching):
                start[column] = first + touching[np.argmin(np.abs(first + touching - row))]
    return start


def _between(dark: np.ndarray, outer: np.ndarray, inner: np.ndarray, columns: np.ndarray) -> np.ndarray:
    last = len(dark) - 1
    low, high = dark[np.clip(outer, 0, last), columns], dark[np.clip(inner, 0, last), columns]
    share = np.clip((HALF - low) / np.maximum(high - low, 1e-6), 0, 1)
    return outer + (inner - outer) * share


def _local_core(dark: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """How dark strokes are in the middle hereabouts: a camera that moved thins those across its way."""
    from scipy import ndimage

    strokes = dark[probability > 0.5]
    usual = float(np.quantile(strokes, CORE_QUANTILE)) if len(strokes) else 1.0
    around = ndimage.maximum_filter(np.where(probability > SEEN, dark, 0), size=CORE_PX)
    around = ndimage.uniform_filter(around, size=CORE_PX)
    return np.clip(around, LEAST_CORE * usual, max(usual, 0.05)).astype(np.float32)


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


def _sharpened(dark: np.ndarray) -> np.ndarray:
    """Gives back some of what pixels and resampling blurred, so that narrow tips keep their edges."""
    from scipy import ndimage

    return dark + np.float32(SHARPEN) * (dark - ndimage.gaussian_filter(dark, 1.0))


def _spread(probability: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    return ndimage.maximum_filter(probability, size=5)


def _pooled(probability: np.ndarray) -> np.ndarray:
    height, width = probability.shape
    padded = np.pad(probability, ((0, -height % COARSE), (0, -width % COARSE)))
    return padded.reshape(-(-height // COARSE), COARSE, -(-width // COARSE), COARSE).max(axis=(1, 3))


def _span(low_mm: float, high_mm: float, length: int) -> slice:
    low, high = int(np.floor(low_mm * PX_PER_MM)), int(np.ceil(high_mm * PX_PER_MM))
    low = min(max(low, 0), length - 1)
    return slice(low, max(low + 1, min(high, length)))
