"""What a round pen leaves on the pixels when it follows a line, and how that changes with the line.

The ink is the line widened by a disc. In every upright cut it is one piece, from the upper envelope of the discs to the
lower one: two edges that each hang on one point of the line, which is all that their derivative is. A pixel shows what
share of its square the ink covers, blurred by a Gaussian: an exact integral down its column, and a sum over `FINE`
cuts across it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from scipy import sparse

FINE = 5
"""Cuts a pixel, the first at its left edge."""
REACH = 3.0
"""A Gaussian ends after so many standard deviations."""
SHARPEST = 0.02
"""Pixels: no blur is less."""


class Optics(NamedTuple):
    """How a page's strokes look.

    Attributes:
        radius: Of the pen in pixels.
        blur: Standard deviation in pixels of what blurs beyond the pixel's own square.
        darkness: Of a stroke's core.
    """

    radius: float
    blur: float
    darkness: float


class Edge(NamedTuple):
    """One edge of the ink at every cut; NaN where there is none.

    Attributes:
        height: float64 (cuts,) in pixels, y down.
        knot: intp (cuts,): the edge hangs on the line's height at this cut and at the next one,
        share: float64 (cuts,): on the next one by this share, on this one by the rest.
    """

    height: np.ndarray
    knot: np.ndarray
    share: np.ndarray


def edge_of(line: np.ndarray, radius: float, side: int) -> Edge:
    """Finds an edge of the ink along a line.

    Args:
        line: float64 (cuts,) heights in pixels, y down, at `FINE` cuts a pixel; NaN where there is no line.
        radius: Of the pen in pixels.
        side: -1 for the upper edge, 1 for the lower one.
    """
    length, reach = len(line), radius * FINE
    whole = int(reach)
    share = reach - whole
    far = whole + 2
    padded = np.full(length + 2 * far, -np.inf)
    padded[far:-far] = np.where(np.isfinite(line), side * line, -np.inf)
    best, knot, part = np.full(length, -np.inf), np.zeros(length, dtype=np.intp), np.zeros(length)
    at = np.arange(length)
    steps = [(k, 0.0) for k in range(-whole, whole + 1)]
    # The disc's own ends lie between two cuts: on a flank, a cut more or less is much.
    steps += [(whole, share), (-whole - 1, 1 - share)]
    for k, between in steps:
        first = padded[far + k : far + k + length]
        height = first
        if between:
            with np.errstate(invalid="ignore"):
                height = (1 - between) * first + between * padded[far + k + 1 : far + k + 1 + length]
            height = np.where(np.isfinite(height), height, -np.inf)
        height = height + np.sqrt(max(0.0, reach**2 - (k + between) ** 2)) / FINE
        better = height > best
        best[better], knot[better], part[better] = height[better], at[better] + k, between
    there = np.isfinite(best)
    last = knot > length - 2
    return Edge(np.where(there, side * best, np.nan), np.where(last, length - 2, knot), np.where(last, 1.0, part))


class Fringe(NamedTuple):
    """The pixels' rows, cut by cut, that one edge crosses.

    Attributes:
        cut: intp (n,).
        row: intp (n,).
        within: float64 (n,): share of that height of the cut that lies on the ink's side of the edge.
        density: float64 (n,): how much that grows with a pixel that the edge moves outwards.
        first: intp (cuts,): the first row that the edge crosses in each cut,
        last: intp (cuts,): and the row after the last one.
    """

    cut: np.ndarray
    row: np.ndarray
    within: np.ndarray
    density: np.ndarray
    first: np.ndarray
    last: np.ndarray


def fringe_of(edge: Edge, side: int, blur: float, rows: int) -> Fringe:
    """Integrates an edge over the height of every pixel that it crosses, within `rows` rows."""
    from scipy.special import ndtr

    there = np.isfinite(edge.height)
    height = np.where(there, edge.height, 0.0)
    # Between two cuts the edge goes on: a flank is smeared over the height that it takes there.
    slope = np.gradient(np.where(there, edge.height, np.nan)) if len(height) > 1 else np.zeros(1)
    smear = np.sqrt(max(blur, SHARPEST) ** 2 + np.nan_to_num(slope) ** 2 / 12)
    half = REACH * smear + 0.5
    first = np.clip(np.floor(height - half), 0, rows).astype(np.intp)
    last = np.clip(np.ceil(height + half), 0, rows).astype(np.intp)
    last = np.where(there, np.maximum(first, last), first)
    count = last - first
    cut = np.repeat(np.arange(len(height)), count)
    row = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + first[cut]
    sd = smear[cut]
    inwards = -side * (row + 0.5 - height[cut])
    low, high = (inwards - 0.5) / sd, (inwards + 0.5) / sd
    below_low, below_high = ndtr(low), ndtr(high)
    # The integral of the normal distribution's own integral.
    bell = (np.exp(-0.5 * high * high) - np.exp(-0.5 * low * low)) / np.sqrt(2 * np.pi)
    within = sd * (high * below_high - low * below_low + bell)
    return Fringe(cut, row, within, below_high - below_low, first, last)


def taps_of(blur: float) -> tuple[np.ndarray, np.ndarray]:
    """Returns the cuts, from a pixel's first one, that are seen in it, and their weights: its square, blurred."""
    from scipy.special import ndtr

    reach = int(np.ceil(REACH * blur * FINE))
    offset = np.arange(-reach, FINE + reach + 1)
    from_middle = offset / FINE - 0.5
    # Cuts see no sharper edge.
    sd = max(blur, 0.2 / FINE)
    weight = ndtr((from_middle + 0.5) / sd) - ndtr((from_middle - 0.5) / sd)
    return offset, weight / weight.sum()


class Stroke(NamedTuple):
    """The ink along a line.

    Attributes:
        upper: Its upper edge,
        lower: and its lower one.
        over: Where pixels cross the upper edge,
        under: and the lower one.
    """

    upper: Edge
    lower: Edge
    over: Fringe
    under: Fringe


def stroke_of(line: np.ndarray, optics: Optics, rows: int) -> Stroke:
    """Draws a line (cuts,) on `rows` rows of pixels."""
    upper, lower = (edge_of(line, optics.radius, side) for side in (-1, 1))
    return Stroke(upper, lower, fringe_of(upper, -1, optics.blur, rows), fringe_of(lower, 1, optics.blur, rows))


def seen_of(stroke: Stroke, optics: Optics, rows: int) -> np.ndarray:
    """Returns how dark every pixel is, float64 (rows, columns): the core's darkness by the share that is covered."""
    _, _, over, under = stroke
    at = np.arange(rows)[:, None]
    above, below = (at >= over.last).astype(np.float64), (at < under.first).astype(np.float64)
    above[over.row, over.cut] = over.within
    below[under.row, under.cut] = under.within
    # Both edges may cross the same pixel; without an edge there is no ink.
    ink = np.maximum(0.0, above + below - 1) * np.isfinite(stroke.upper.height)
    offset, weight = taps_of(optics.blur)
    columns, left = ink.shape[1] // FINE, -int(offset[0])
    padded = np.pad(ink, ((0, 0), (left, left + 1)))
    seen = np.zeros((rows, columns))
    for k, share in enumerate(weight):
        seen += share * padded[:, k : k + FINE * columns : FINE]
    return optics.darkness * seen


def derivative_of(stroke: Stroke, optics: Optics, rows: int, columns: int, every: int) -> sparse.csr_array:
    """Returns how the pixels change with the line's height at every `every`-th cut, linear between these.

    Returns:
        (knots, pixels), pixels row by row; knots reach one beyond the last cut.
    """
    from scipy import sparse

    offset, weight = taps_of(optics.blur)
    knots, pixels, values = [], [], []
    # Downwards is plus: an upper edge takes ink away, a lower one gives.
    for edge, fringe, sign in ((stroke.upper, stroke.over, -1), (stroke.lower, stroke.under, 1)):
        leftmost = -((offset[-1] - fringe.cut) // FINE)
        hangs_on = (edge.knot + edge.share)[fringe.cut] / every
        knot = np.floor(hangs_on).astype(np.intp)
        share = hangs_on - knot
        for column in (leftmost + k for k in range(-(-len(offset) // FINE))):
            tap = fringe.cut - column * FINE - offset[0]
            good = (tap >= 0) & (tap < len(offset)) & (column >= 0) & (column < columns)
            value = sign * optics.darkness * fringe.density[good] * weight[tap[good]]
            pixel = fringe.row[good] * columns + column[good]
            knots += [knot[good], knot[good] + 1]
            pixels += [pixel, pixel]
            values += [value * (1 - share[good]), value * share[good]]
    shape = ((columns * FINE - 1) // every + 2, rows * columns)
    return sparse.csr_array((np.concatenate(values), (np.concatenate(knots), np.concatenate(pixels))), shape=shape)
