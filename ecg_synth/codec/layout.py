"""Layouts: where the image of each lead stands on the whole image.

A layout is the shape of the whole image and, for every pixel of every lead's image, its flat index on the whole one.
To add one, write a function (height, width, n_leads) -> `Layout` and register it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ecg_synth.registry import Registry


class Layout(NamedTuple):
    """How leads share an image.

    Attributes:
        shape: (height, width, channels) of the whole image in pixels.
        pixels: int (leads, height * width): flat index on the whole image of each pixel of each lead's image, row by
            row. Pixels that no lead takes are NULL.
    """

    shape: tuple[int, int, int]
    pixels: np.ndarray


LAYOUTS: Registry[Callable[[int, int, int], Layout]] = Registry("layout")


@LAYOUTS.register("stacked")
def stacked(height: int, width: int, n_leads: int) -> Layout:
    """One channel a lead (P1, 4.4: RGB with three leads, and six channels)."""
    pixels = np.arange(height * width * n_leads).reshape(height * width, n_leads)
    return Layout((height, width, n_leads), pixels.T)


@LAYOUTS.register("stripes")
def stripes(height: int, width: int, n_leads: int) -> Layout:
    """One channel, the leads one under another."""
    return _grid(height, width, n_leads, columns=1)


@LAYOUTS.register("tiles")
def tiles(height: int, width: int, n_leads: int) -> Layout:
    """One channel, the leads on a near-square grid from left to right, then down; tiles left over are NULL."""
    return _grid(height, width, n_leads, columns=math.isqrt(n_leads - 1) + 1)


def _grid(height: int, width: int, n_leads: int, columns: int) -> Layout:
    rows = -(-n_leads // columns)
    whole = np.arange(rows * height * columns * width).reshape(rows, height, columns, width)
    pixels = whole.transpose(0, 2, 1, 3).reshape(rows * columns, height * width)
    return Layout((rows * height, columns * width, 1), pixels[:n_leads])
