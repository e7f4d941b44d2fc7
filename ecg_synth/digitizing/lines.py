"""All lines of a page at once: what their strokes have in common, and whose ink is whose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ecg_synth.digitizing.edges import SEEN, spread
from ecg_synth.digitizing.optics import FIRST_BLUR, measure_optics
from ecg_synth.digitizing.stroke import FINE, Optics, seen_of, stroke_of
from ecg_synth.digitizing.unpen import EVERY, FAINT, LEAST_CUTS, Band, fit_line

AROUND_PX = 6.0
"""Beyond a first guess and its pen, what is looked at."""
ROUNDS = (1, 2)
"""Steps with the optics measured on first guesses, and with those measured on what came of them."""
MEASURED, ENOUGH = 2, 5
"""Rounds of measuring them, on some of the leads."""


class Line(NamedTuple):
    """A trace's middle on the flat page.

    Attributes:
        left: Position of the first place in px.
        cuts: Places a px.
        heights: float64 (places,) in px, y down; NaN where there is none.
    """

    left: float
    cuts: int
    heights: np.ndarray


def fit_lines(dark: np.ndarray, trace: np.ndarray, lines: Sequence[Line], radius: float) -> list[Line]:
    """Moves lines to where their strokes are what is seen.

    Args:
        dark: float32 (height, width), of `darkness_of`.
        trace: float32 (height, width): probabilities.
        lines: First guesses, of the columns of a lead's place.
        radius: A first guess of the pen's, in px.

    Returns:
        As many; one of which too little is known stays as it is.
    """
    optics = Optics(radius, FIRST_BLUR, 1.0)
    known = [k for k, line in enumerate(lines) if np.isfinite(line.heights).sum() >= LEAST_CUTS]
    if not known:
        return list(lines)
    bands = [_band(dark, trace, lines[k], radius) for k in known]
    bands = _apart(bands, optics, dark.shape)
    for steps in ROUNDS:
        optics = measure_optics(bands[:: max(1, len(bands) // ENOUGH)], optics, MEASURED)
        bands = [band._replace(line=fit_line(band, optics, steps)) for band in bands]
    found = list(lines)
    for k, band in zip(known, bands, strict=True):
        found[k] = _line(band, lines[k])
    return found


def _band(dark: np.ndarray, trace: np.ndarray, line: Line, radius: float) -> Band:
    # The pen's round end reaches into the next place; a knot still stands at this one's left end.
    beyond = EVERY * (1 + int(radius + 1) // EVERY)
    left = max(0, int(line.left) - beyond)
    columns = min(dark.shape[1], int(line.left) + len(line.heights) // line.cuts + beyond) - left
    there = np.flatnonzero(np.isfinite(line.heights))
    heights = line.heights[there]
    top = max(0, int(heights.min() - radius - AROUND_PX))
    rows = slice(top, min(len(dark), int(heights.max() + radius + AROUND_PX) + 1))
    place = rows, slice(left, left + columns)
    at = (left + np.arange(columns * FINE) / FINE - line.left) * line.cuts
    guess = np.interp(at, there, heights - top)
    guess[(at < there[0] - 0.5) | (at > there[-1] + 0.5)] = np.nan
    # What the network takes for another thing is as paper.
    ink = dark[place] * np.clip(spread(trace[place]) / SEEN, 0, 1)
    return Band(left, top, ink, np.ones(ink.shape), guess)


def _apart(bands: Sequence[Band], optics: Optics, shape: tuple[int, ...]) -> list[Band]:
    """Leaves out, of every band, the pixels that another's first guess inks."""
    from scipy import ndimage

    inked = []
    owners = np.zeros(shape, dtype=np.uint8)
    for band in bands:
        own = ndimage.binary_dilation(seen_of(stroke_of(band.line, optics, len(band.dark))) > FAINT)
        inked.append(own)
        owners[_place(band)] += own
    return [
        band._replace(weight=(owners[_place(band)] <= own).astype(np.float64))
        for band, own in zip(bands, inked, strict=True)
    ]


def _place(band: Band) -> tuple[slice, slice]:
    rows, columns = band.dark.shape
    return slice(band.top, band.top + rows), slice(band.left, band.left + columns)


def _line(band: Band, guess: Line) -> Line:
    """A band's line on the flat page; nothing where nothing was guessed."""
    at = (band.left + np.arange(len(band.line)) / FINE - guess.left) * guess.cuts
    nearest = np.clip(np.round(at), 0, len(guess.heights) - 1).astype(np.intp)
    seen = np.isfinite(guess.heights[nearest])
    return Line(float(band.left), FINE, np.where(seen, band.line + band.top, np.nan))
