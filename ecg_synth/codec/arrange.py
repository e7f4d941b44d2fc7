"""Arrangements: where each sample of a slice stands on the image.

An arrangement is a permutation array, `position[t]` = flat pixel index (row * width + column) of sample t. Encoding is
the gather `pixels = samples[argsort(position)]`, decoding the gather `samples = pixels[position]`. To add one, write a
function (height, width) -> position and register it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ecg_synth.registry import Registry

Arrangement = Callable[[int, int], np.ndarray]
ARRANGEMENTS: Registry[Arrangement] = Registry("arrangement")


@ARRANGEMENTS.register("z")
def z(height: int, width: int) -> np.ndarray:
    """Left to right, then down, as one reads (P1, 3.3.2, the 'Z' movement)."""
    return np.arange(height * width)


@ARRANGEMENTS.register("transposed")
def transposed(height: int, width: int) -> np.ndarray:
    """Up to down, then left to right (P1, 4.2 and fig. 9 left)."""
    return np.arange(height * width).reshape(height, width).T.ravel()


@ARRANGEMENTS.register("reversed")
def reversed_z(height: int, width: int) -> np.ndarray:
    """The Z movement backwards from the bottom-right pixel (P1, 4.2 and fig. 9 right)."""
    return np.arange(height * width)[::-1].copy()


def positions(name: str, height: int, width: int) -> np.ndarray:
    """Returns the permutation of the arrangement called `name`.

    Args:
        name: A key of `ARRANGEMENTS`.
        height: Rows of the image.
        width: Columns of the image.

    Returns:
        int32 array (height * width,); every flat pixel index appears once.

    Raises:
        InputError: There is no arrangement of this name.
    """
    return ARRANGEMENTS[name](height, width).astype(np.int32)
