"""The way of a trace through a map of probabilities: the cheapest path from its left end to its right end."""

from __future__ import annotations

import numpy as np

LEAST = 0.02
"""A pixel that shows no trace costs as much as one of this probability: gaps are crossed, at a price."""
SURE = 0.85
CLIMB = 0.004
"""A step up or down costs this beside its pixel, so that paths are as short as the ink lets them."""


def pixel_costs(probability: np.ndarray) -> np.ndarray:
    """Returns what it costs to pass a pixel: minus the logarithm of its probability, from `SURE` on nothing.

    Else the one of two traces that is a little fainter would lose to the other over a whole row.
    """
    return np.log(SURE) - np.log(np.clip(probability, LEAST, SURE))


def best_path(costs: np.ndarray, start: np.ndarray | None = None) -> tuple[np.ndarray, float]:
    """Finds the cheapest path through columns, from left to right.

    In every column the path enters at one row, may go up or down through neighboring pixels, each at its cost, and
    leaves at another row: Viterbi's algorithm on a lattice where steep flanks are paths of their own.

    Args:
        costs: (height, width), none below 0: of passing a pixel, which counts once.
        start: (height,): what it costs to begin in a row; None for nothing.

    Returns:
        (width,) intp: the row in which the path leaves each column, and its whole cost.
    """
    height, width = costs.shape
    climb = costs.astype(np.float64) + CLIMB
    total = np.zeros(height) if start is None else np.asarray(start, dtype=np.float64)
    came_from = np.empty((width, height), dtype=np.int32)
    rows = np.arange(height)
    for column in range(width):
        passed = np.cumsum(climb[:, column])
        # Downwards from row i to j all pixels after i are paid; upwards from i to j all before i.
        entered = total + costs[:, column]
        down = entered - passed
        least_down = np.minimum.accumulate(down)
        up = entered + passed - climb[:, column]
        least_up = np.minimum.accumulate(up[::-1])[::-1]
        of_down, of_up = least_down + passed, least_up - passed + climb[:, column]
        from_above = np.maximum.accumulate(np.where(down == least_down, rows, 0))
        from_below = np.minimum.accumulate(np.where(up == least_up, rows, height - 1)[::-1])[::-1]
        total = np.minimum(of_down, of_up)
        came_from[column] = np.where(of_down <= of_up, from_above, from_below)
    path = np.empty(width, dtype=np.intp)
    row = int(np.argmin(total))
    cost = float(total[row])
    for column in range(width - 1, -1, -1):
        path[column] = row
        row = int(came_from[column, row])
    return path, cost
