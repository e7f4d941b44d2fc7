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


def path_cost(costs: np.ndarray, start: np.ndarray, path: np.ndarray, passed: np.ndarray | None = None) -> float:
    """Returns what a path costs that enters each column where it left the one before, as in `best_path`.

    Args:
        costs: (height, width).
        start: (height,).
        path: (width,): the row in which it leaves each column.
        passed: Of `passed_of`, where several paths are asked for.
    """
    height, width = costs.shape
    passed = passed_of(costs) if passed is None else passed
    before, columns = path[:-1], np.arange(1, width)
    whole = passed[np.maximum(path[1:], before) + 1, columns] - passed[np.minimum(path[1:], before), columns]
    rows = np.arange(height)
    first = start + passed[np.maximum(rows, path[0]) + 1, 0] - passed[np.minimum(rows, path[0]), 0]
    # The pixel in which it enters a column is no climb.
    return float(first.min() + whole.sum() - CLIMB * width)


def passed_of(costs: np.ndarray) -> np.ndarray:
    """Returns (height + 1, width): what it costs to climb through the first pixels of each column."""
    passed = np.zeros((costs.shape[0] + 1, costs.shape[1]))
    np.cumsum(costs + CLIMB, axis=0, out=passed[1:])
    return passed
