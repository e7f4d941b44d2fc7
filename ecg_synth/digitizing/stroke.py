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
    """What one edge does to the pixels that it crosses, cut by cut.

    Attributes:
        ends: intp (cuts + 1,): where each cut's entries begin in what follows, and where the last one's end.
        pixel: intp (n, taps): pixels, numbered row by row, in which a crossed height of a cut is seen.
        share: float64 (n, taps): by which share of the pixel; 0 beyond the picture.
        rise: float64 (n,): by how much more of that height lies on the far side of the edge than of the one above.
        density: float64 (n,): how much less of it does for a pixel that the edge moves down.
    """

    ends: np.ndarray
    pixel: np.ndarray
    share: np.ndarray
    rise: np.ndarray
    density: np.ndarray


class Stroke(NamedTuple):
    """The ink along a line on a band of pixels.

    Attributes:
        edges: The upper one and the lower one.
        fringes: Of each.
        shape: Rows and columns of the band.
        darkness: Of the core.
    """

    edges: tuple[Edge, Edge]
    fringes: tuple[Fringe, Fringe]
    shape: tuple[int, int]
    darkness: float


def stroke_of(line: np.ndarray, optics: Optics, rows: int) -> Stroke:
    """Draws a line (cuts,) on `rows` rows of pixels."""
    upper, lower = (edge_of(line, optics.radius, side) for side in (-1, 1))
    shape = rows, len(line) // FINE
    fringes = _fringe_of(upper.height, optics.blur, shape), _fringe_of(lower.height, optics.blur, shape)
    return Stroke((upper, lower), fringes, shape, optics.darkness)


def seen_of(stroke: Stroke) -> np.ndarray:
    """Returns how dark every pixel is, float64 (rows, columns): the core's darkness by the share that is covered."""
    rows, columns = stroke.shape
    below_upper, below_lower = (
        np.bincount(
            fringe.pixel.reshape(-1), (fringe.rise[:, None] * fringe.share).reshape(-1), minlength=rows * columns
        )
        for fringe in stroke.fringes
    )
    return stroke.darkness * np.cumsum((below_upper - below_lower).reshape(rows, columns), axis=0)


def derivative_of(stroke: Stroke, every: int) -> sparse.csr_array:
    """Returns how the pixels change with the line's height at every `every`-th cut, linear between these.

    Returns:
        (knots, pixels), pixels row by row; knots reach one beyond the last cut.
    """
    from scipy import sparse

    rows, columns = stroke.shape
    cuts = columns * FINE
    knots = (cuts - 1) // every + 2
    total = 0
    # Downwards is plus: an upper edge takes ink away, a lower one gives.
    for edge, fringe, sign in zip(stroke.edges, stroke.fringes, (-1, 1), strict=True):
        values = sign * stroke.darkness * fringe.density[:, None] * fringe.share
        taps = values.shape[1]
        of_cuts = (values.reshape(-1), fringe.pixel.reshape(-1), fringe.ends * taps)
        moved = sparse.csr_array(of_cuts, shape=(cuts, rows * columns))
        hangs_on = (edge.knot + edge.share) / every
        knot = np.floor(hangs_on).astype(np.intp)
        share = hangs_on - knot
        at = np.arange(cuts)
        held = (np.concatenate([1 - share, share]), (np.concatenate([knot, knot + 1]), np.concatenate([at, at])))
        total = total + sparse.csr_array(held, shape=(knots, cuts)) @ moved
    return total


def _fringe_of(height: np.ndarray, blur: float, shape: tuple[int, int]) -> Fringe:
    from scipy.special import ndtr

    rows, columns = shape
    there = np.isfinite(height)
    # Between two cuts the edge goes on: a flank is smeared over the height that it takes there.
    slope = np.nan_to_num(np.gradient(height)) if len(height) > 1 else np.zeros(1)
    height = np.where(there, height, 0.0)
    smear = np.sqrt(max(blur, SHARPEST) ** 2 + slope**2 / 12)
    # One row more, in which nothing is left of the edge.
    first = np.clip(np.floor(height - REACH * smear), 0, rows).astype(np.intp)
    last = np.clip(np.floor(height + REACH * smear) + 2, 0, rows).astype(np.intp)
    count = np.where(there, np.maximum(0, last - first), 0)
    ends = np.concatenate([[0], np.cumsum(count)])
    cut = np.repeat(np.arange(len(height)), count)
    row = np.arange(ends[-1]) - ends[cut] + first[cut]
    sd = smear[cut]
    low = (row - height[cut]) / sd
    high = low + 1 / sd
    under_low, under_high = ndtr(low), ndtr(high)
    # The integral of the normal distribution's own integral.
    bell = (np.exp(-0.5 * high * high) - np.exp(-0.5 * low * low)) / np.sqrt(2 * np.pi)
    within = sd * (high * under_high - low * under_low + bell)
    begins, goes_on = row == first[cut], row < last[cut] - 1
    within = np.where(goes_on | (last[cut] == rows), within, 1.0)
    rise = within - np.where(begins, 0.0, np.concatenate([[0.0], within[:-1]]))
    offset, weight = _taps_of(blur)
    leftmost = -((offset[-1] - cut) // FINE)
    column = leftmost[:, None] + np.arange(-(-len(offset) // FINE))
    tap = cut[:, None] - column * FINE - offset[0]
    good = (tap >= 0) & (tap < len(offset)) & (column >= 0) & (column < columns)
    share = np.where(good, weight[np.clip(tap, 0, len(offset) - 1)], 0.0)
    pixel = row[:, None] * columns + np.clip(column, 0, columns - 1)
    return Fringe(ends, pixel, share, rise, under_high - under_low)


def _taps_of(blur: float) -> tuple[np.ndarray, np.ndarray]:
    """Returns the cuts, from a pixel's first one, that are seen in it, and their weights: its square, blurred."""
    from scipy.special import ndtr

    reach = int(np.ceil(REACH * blur * FINE))
    offset = np.arange(-reach, FINE + reach + 1)
    from_middle = offset / FINE - 0.5
    # Cuts see no sharper edge.
    sd = max(blur, 0.2 / FINE)
    weight = ndtr((from_middle + 0.5) / sd) - ndtr((from_middle - 0.5) / sd)
    return offset, weight / weight.sum()
