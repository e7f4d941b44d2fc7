"""Placements: which pixel of the image a column of a table stands on (P1, 3.3.2 and fig. 3).

A placement is a function (is_binary, side) -> position: `position[c]` is the flat pixel index (row * side + column) of
column c, and no two columns share a pixel. Pixels that no column stands on are the NULL area. To add one, write such
a function and register it; the caller has checked that the columns are not more than the pixels.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ecg_synth.registry import Registry

Placement = Callable[[np.ndarray, int], np.ndarray]
PLACEMENTS: Registry[Placement] = Registry("placement")


@PLACEMENTS.register("blocks")
def blocks(is_binary: np.ndarray, side: int) -> np.ndarray:
    """Binary block at the bottom left, continuous block on top of it, NULL at the right (P1, fig. 3, the one chosen).

    Both blocks have the least width at which they fit above each other: 3 of 7 pixels for Thyroid's 15 and 6 columns.
    Where no width leaves each block rows of its own, the continuous one begins in the last row of the binary one.
    """
    n_binary = int(is_binary.sum())
    n_continuous = len(is_binary) - n_binary
    width = next((w for w in range(1, side + 1) if -(-n_binary // w) + -(-n_continuous // w) <= side), None)
    # Counted from the bottom row upwards, left to right.
    place = np.arange(len(is_binary))
    if width is None:
        width = side
    else:
        place[n_binary:] += -n_binary % width
    up, across = np.divmod(place, width)
    return _in_order(is_binary, (side - 1 - up) * side + across)


@PLACEMENTS.register("rows")
def rows(is_binary: np.ndarray, side: int) -> np.ndarray:
    """The table's own order, left to right and then down, NULL at the end: kinds are not kept apart."""
    return np.arange(len(is_binary))


@PLACEMENTS.register("center")
def center(is_binary: np.ndarray, side: int) -> np.ndarray:
    """Continuous columns in the middle of the image, binary ones around them, NULL at the border."""
    row, column = np.divmod(np.arange(side * side), side)
    middle = (side - 1) / 2
    # Rings of squares; within a ring as one reads.
    ring = np.maximum(np.abs(row - middle), np.abs(column - middle))
    return _in_order(~is_binary, np.argsort(ring, kind="stable")[: len(is_binary)])


def _in_order(first: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Gives `pixels` to the columns that are `first`, then to the others, each in the table's order."""
    position = np.empty(len(first), dtype=np.intp)
    position[np.argsort(~first, kind="stable")] = pixels
    return position
