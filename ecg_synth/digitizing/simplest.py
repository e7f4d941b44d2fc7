"""The simplest surface that places measured on a page ask for: a flat scan's map is affine, a photograph's is not.

Every place is measured with an error, and a surface that follows them all keeps it. Whether what a page has beyond a
surface is real is told by places left out: they stand too far from the rest to share their errors.
"""

from __future__ import annotations

import numpy as np

DEGREES = (1, 2, 3, 5)
APART = 6
"""Every so many nodes, in both directions, one is predicted without its neighbors."""
BETTER = 0.9
"""What is more than a surface must predict this much better than it: the share of the error that is left."""
NEAR = 1.5
"""Nodes: the standard deviation of what is looked for beyond surfaces."""
ROBUST, ROUNDS = 2.5, 4
ENOUGH = 30
"""So many nodes must have been left out, or nothing is said."""


def simplest(places: np.ndarray, trust: np.ndarray) -> np.ndarray | None:
    """Fits a polynomial to places on a raster, of the least degree that predicts them.

    Args:
        places: float64 (rows, columns, 2), NaN where nothing was measured.
        trust: float64 (rows, columns): their weights, 0 where nothing was measured.

    Returns:
        The surface at every node (rows, columns, 2); None where what lies beyond all surfaces is real too, or where too
        little was measured to tell.
    """
    rows, columns = trust.shape
    at = np.stack(np.meshgrid(np.linspace(-1, 1, columns), np.linspace(-1, 1, rows)), axis=-1)
    best, least, beyond = None, np.inf, np.inf
    for degree in DEGREES:
        base = _powers(at, degree)
        if (trust > 0).sum() < 4 * base.shape[-1]:
            break
        alone, local = [], []
        for first in ((1, 1), (1, 4), (4, 1), (4, 4)):
            kept, left_out = _folds(trust, first)
            surface = _fitted(base, places, kept)
            rest = np.where(kept[..., None] > 0, places - surface, 0.0)
            nearby = _nearby(rest, kept)
            alone.append((places - surface)[left_out])
            local.append((places - surface - nearby)[left_out])
        off, more = (_size(np.concatenate(part)) for part in (alone, local))
        if sum(len(part) for part in alone) < ENOUGH:
            return None
        beyond = min(beyond, more)
        if off < BETTER * least:
            best, least = base, off
    if best is None or beyond < BETTER * least:
        return None
    return _fitted(best, places, trust)


def _powers(at: np.ndarray, degree: int) -> np.ndarray:
    x, y = at[..., 0], at[..., 1]
    return np.stack([x**i * y**j for i in range(degree + 1) for j in range(degree + 1 - i)], axis=-1)


def _folds(trust: np.ndarray, first: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Weights without blocks of three by three nodes, and the middles of these."""
    row, column = (np.arange(length)[:, None] - start for length, start in zip(trust.shape, first, strict=True))
    middle = (row % APART == 0) & (column.T % APART == 0) & (trust > 0)
    around = np.isin(row % APART, (0, 1, APART - 1)) & np.isin(column.T % APART, (0, 1, APART - 1))
    return np.where(around, 0.0, trust), middle


def _fitted(base: np.ndarray, places: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """Robust least squares: what is far off weighs little."""
    there = trust > 0
    design, values, weight = base[there], places[there], trust[there]
    robust = np.ones(len(values))
    for _ in range(ROUNDS):
        root = np.sqrt(weight * robust)[:, None]
        fitted = np.linalg.lstsq(design * root, values * root, rcond=None)[0]
        off = np.hypot(*(values - design @ fitted).T)
        robust = 1 / (1 + (off / max(ROBUST * float(np.median(off)), 1e-9)) ** 2)
    return base @ fitted


def _nearby(rest: np.ndarray, trust: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    over = ndimage.gaussian_filter(rest * trust[..., None], (NEAR, NEAR, 0), mode="constant")
    under = ndimage.gaussian_filter(trust, NEAR, mode="constant")
    return over / (under[..., None] + 1e-6 * max(float(trust.max()), 1e-9))


def _size(off: np.ndarray) -> float:
    """Typical distance, whatever a few are."""
    return float(np.median(np.hypot(*off.T))) if len(off) else 0.0
