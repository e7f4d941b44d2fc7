"""The line whose stroke is what is seen: least squares over pixels by Gauss and Newton's steps.

Where the pen hides the line, in tips and in what is rough, pixels say little and a weak belief holds: lines bend little
where they bend little around.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ecg_synth.digitizing.stroke import Optics, derivative_of, seen_of, stroke_of

EVERY = 2
"""A knot on every second cut: 1/20 mm, 500 a second at 25 mm/s."""
BEND_PX, NEARBY = 0.1, 9
"""Second differences of knots: the least that is believed, beside their mean over so many."""
WEAK = 1e-4
"""Holds what nothing else does."""
FARTHEST_PX = 2.0
"""No step is larger."""
LEAST_NOISE, ROBUST = 0.01, 2.5
"""Of a pixel's darkness; what is so many times farther off weighs little."""
LEAST_CUTS = 20
FAINT = 0.02
"""Less ink is none."""
SLIGHT = 1e-4
"""A pixel that changes less with a pixel of height is not crossed."""


class Band(NamedTuple):
    """The pixels around one lead's trace.

    Attributes:
        left: First column on the flat page.
        top: First row.
        dark: float (rows, columns): how dark they are.
        weight: float (rows, columns): 0 where another's ink lies.
        line: float64 (cuts,): a first guess in rows of the band, `FINE` cuts a column; NaN beyond its ends only.
    """

    left: int
    top: int
    dark: np.ndarray
    weight: np.ndarray
    line: np.ndarray


def noise_of(rest: np.ndarray) -> float:
    """Returns the standard deviation of most residuals."""
    return max(LEAST_NOISE, 1.4826 * float(np.median(np.abs(rest)))) if len(rest) else LEAST_NOISE


def robust(rest: np.ndarray, noise: float) -> np.ndarray:
    """Returns Cauchy's weights."""
    return 1 / (1 + (rest / (ROBUST * noise)) ** 2)


def fit_line(band: Band, optics: Optics, steps: int) -> np.ndarray:
    """Moves a band's line to where its stroke is what is seen.

    Args:
        band: With a first guess.
        optics: Of the page.
        steps: Of Gauss and Newton.

    Returns:
        float64 (cuts,): NaN where the guess is. It is the guess if that explains the pixels as well.
    """
    from scipy import sparse
    from scipy.sparse.linalg import spsolve

    rows = len(band.dark)
    at = np.arange(len(band.line))
    span = np.isfinite(band.line)
    there = np.flatnonzero(span)
    if len(there) < LEAST_CUTS:
        return band.line
    knots = (len(at) - 1) // EVERY + 2
    heights = np.interp(np.arange(knots) * EVERY, there, band.line[there])

    def at_cuts(heights: np.ndarray) -> np.ndarray:
        return np.where(span, np.interp(at, np.arange(knots) * EVERY, heights), np.nan)

    dark, weight = (part.reshape(-1) for part in (band.dark, band.weight))
    second = sparse.diags_array([1.0, -2.0, 1.0], offsets=[0, 1, 2], shape=(knots - 2, knots)).tocsr()
    hold = WEAK * sparse.eye_array(knots)
    for _ in range(steps):
        stroke = stroke_of(at_cuts(heights), optics, rows)
        moves = derivative_of(stroke, EVERY)
        crossed = np.zeros(len(dark), dtype=bool)
        crossed[moves.indices[np.abs(moves.data) > SLIGHT]] = True
        crossed &= weight > 0
        rest = np.where(crossed, dark - seen_of(stroke).reshape(-1), 0.0)
        noise = noise_of(rest[crossed])
        trust = np.where(crossed, weight * robust(rest, noise) / noise**2, 0.0)
        weighted = moves.copy()
        weighted.data *= trust[moves.indices]
        bent = second @ heights
        around = np.convolve(np.abs(bent), np.full(NEARBY, 1 / NEARBY), mode="same")
        belief = 1 / (BEND_PX**2 + around**2)
        normal = weighted @ moves.T + second.T @ (second * belief[:, None]) + hold
        step = spsolve(normal.tocsc(), weighted @ rest - second.T @ (belief * bent))
        heights = heights + np.clip(step, -FARTHEST_PX, FARTHEST_PX)
    found = at_cuts(heights)
    return found if _explains(band, found, band.line, optics) else band.line


def _explains(band: Band, found: np.ndarray, guess: np.ndarray, optics: Optics) -> bool:
    """Whether a line shows the band better than another does; a few pixels far off count little."""
    rows = len(band.dark)
    ours, others = (seen_of(stroke_of(line, optics, rows)) for line in (found, guess))
    inked = ((ours > FAINT) | (others > FAINT)) & (band.weight > 0)
    far, near = ((band.dark - seen)[inked] for seen in (others, ours))
    noise = noise_of(far)
    return float(np.log(robust(near, noise)).sum()) > float(np.log(robust(far, noise)).sum())
