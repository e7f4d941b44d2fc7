"""From a flat page, its ink and the places of its leads to millivolts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ecg_synth.digitizing.darkness import ink_darkness
from ecg_synth.digitizing.edges import FINE as EDGE_CUTS
from ecg_synth.digitizing.edges import Edges, edges_along, shares, shown
from ecg_synth.digitizing.flat import PX_PER_MM, FlatPage
from ecg_synth.digitizing.ink import Ink
from ecg_synth.digitizing.layout import FoundLead
from ecg_synth.digitizing.lines import Line, fit_lines
from ecg_synth.digitizing.pen import measure_pen, undo_pen
from ecg_synth.digitizing.tracks import follow
from ecg_synth.errors import InputError

BRIDGE_MM = 0.6
"""A gap no wider is bridged: no wave of an ECG fits in."""
PEN_QUANTILE = 0.25
"""Of the leads' pens: rough leads look thicker."""
ANY_PEN_PX = 1.0
WAYS = ("stroke", "pen", "centroid")


class Reading(NamedTuple):
    """What was read of one lead.

    Attributes:
        name: Of the lead, as its place has it.
        seconds: float64 (samples,): 0 at the left edge of its place.
        signal_mv: float64 (samples,): 0 at its baseline, upwards as it is drawn; NaN where nothing could be read.
        confidence: From 0 to 1: mean probability of its ink over all samples, 0 for those not read.
    """

    name: str
    seconds: np.ndarray
    signal_mv: np.ndarray
    confidence: float


def read_leads(
    flat: FlatPage,
    ink: Ink,
    leads: Sequence[FoundLead],
    fs: float = 500.0,
    mm_per_s: float = 25.0,
    mm_per_mv: float = 10.0,
    way: str = "stroke",
    dark: np.ndarray | None = None,
) -> list[Reading]:
    """Reads every lead's signal.

    Args:
        flat: The page.
        ink: Of `ink_of`.
        leads: Places; one whose `baseline_mm` is NaN has 0 mV at its median.
        fs: Samples a second of the signals.
        mm_per_s: Paper speed.
        mm_per_mv: Gain.
        way: "stroke" finds the line whose stroke is seen; to compare with, "pen" undoes the pen by the ink's edges
            alone, and "centroid" takes the middle between them.
        dark: Of `ink_darkness`, where it is known already.

    Returns:
        One reading a lead, in the order of `leads`.

    Raises:
        InputError: Rate, speed or gain is not above 0, or `way` is another.
    """
    for name, value in (("fs", fs), ("mm_per_s", mm_per_s), ("mm_per_mv", mm_per_mv)):
        if not value > 0:
            raise InputError(f"Rate, speed and gain must be above 0. Received: {name}={value!r}.")
    if way not in WAYS:
        raise InputError(f"A trace is read by one of {', '.join(WAYS)}. Received: way={way!r}.")
    dark = ink_darkness(flat, ink) if dark is None else dark
    share = shares(dark, ink.trace)
    tracks = follow(shown(share, ink.trace), leads)
    found = [edges_along(share, ink.trace, track) for track in tracks]
    if way == "centroid":
        lines = [Line(edges.left, EDGE_CUTS, 0.5 * (edges.top + edges.bottom)) for edges in found]
    else:
        radius = _radius(found)
        lines = [Line(edges.left, EDGE_CUTS, _eroded(edges, radius)) for edges in found]
        if way == "stroke":
            lines = fit_lines(dark, ink.trace, lines, radius)
    return [
        _reading(lead, edges, line, fs, mm_per_s, mm_per_mv)
        for lead, edges, line in zip(leads, found, lines, strict=True)
    ]


def _radius(found: Sequence[Edges]) -> float:
    """The pen's in px, by the leads' edges."""
    # In fine columns, so that a disc is round; heights upwards.
    radii = [measure_pen(-edges.top * EDGE_CUTS, -edges.bottom * EDGE_CUTS) / EDGE_CUTS for edges in found]
    known = [radius for radius in radii if np.isfinite(radius)]
    return float(np.quantile(known, PEN_QUANTILE)) if known else ANY_PEN_PX


def _eroded(edges: Edges, radius: float) -> np.ndarray:
    return -undo_pen(-edges.top * EDGE_CUTS, -edges.bottom * EDGE_CUTS, radius * EDGE_CUTS) / EDGE_CUTS


def _reading(lead: FoundLead, edges: Edges, line: Line, fs: float, mm_per_s: float, mm_per_mv: float) -> Reading:
    count = max(0, int(np.floor((lead.right_mm - lead.left_mm) / mm_per_s * fs + 1e-6)))
    seconds = np.arange(count) / fs
    at_px = (lead.left_mm + seconds * mm_per_s) * PX_PER_MM
    y_mm = _at(line, at_px) / PX_PER_MM
    read = np.isfinite(y_mm)
    base = lead.baseline_mm
    if not np.isfinite(base):
        base = float(np.median(y_mm[read])) if read.any() else 0.0
    sure = np.interp((at_px - edges.left) * EDGE_CUTS, np.arange(len(edges.probability)), edges.probability)
    confidence = float(np.where(read, sure, 0).sum() / max(1, count))
    return Reading(lead.name, seconds, (base - y_mm) / mm_per_mv, confidence)


def _at(line: Line, at_px: np.ndarray) -> np.ndarray:
    """Heights between a line's places, linear; across short gaps too, and a little beyond the ends."""
    at, values = (at_px - line.left) * line.cuts, line.heights
    there = np.flatnonzero(np.isfinite(values))
    if not len(there):
        return np.full(len(at), np.nan)
    widest = BRIDGE_MM * PX_PER_MM * line.cuts
    after = np.searchsorted(there, at).clip(0, len(there) - 1)
    right, left = there[after], there[np.maximum(after - 1, 0)]
    hidden = (right - left > widest) & (at > left) & (at < right)
    hidden |= (at < there[0] - widest / 2) | (at > there[-1] + widest / 2)
    return np.where(hidden, np.nan, np.interp(at, there, values[there]))
