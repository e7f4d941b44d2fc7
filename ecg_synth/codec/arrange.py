"""Arrangements: where each sample of a slice stands on the image.

An arrangement is a permutation array, `position[t]` = flat pixel index (row * width + column) of sample t. Encoding is
the gather `pixels = samples[argsort(position)]`, decoding the gather `samples = pixels[position]`. A slice shorter than
the image takes the first positions, and what is left at the arrangement's end is NULL. To add one, write a function
(height, width) -> position and register it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from ecg_synth.errors import InputError, check_seed
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


@ARRANGEMENTS.register("boustrophedon")
def boustrophedon(height: int, width: int) -> np.ndarray:
    """Left to right and right to left in turn, as the ox plows: consecutive samples stand on adjacent pixels."""
    grid = np.arange(height * width).reshape(height, width)
    grid[1::2] = grid[1::2, ::-1].copy()
    return grid.ravel()


@ARRANGEMENTS.register("hilbert")
def hilbert(height: int, width: int) -> np.ndarray:
    """The generalized Hilbert curve, for any rectangle: samples near in time stand near in both directions.

    Consecutive samples stand on adjacent pixels. Only where the longer side is odd and the shorter one even does parity
    forbid that between the corners of the longer side, and one step may be diagonal. After J. Cerveny's gilbert (https://github.com/jakubcerveny/gilbert).
    """
    if width >= height:
        cells = np.array(list(_hilbert(0, 1, 1j, width, height)))
    else:
        cells = np.array(list(_hilbert(0, 1j, 1, height, width)))
    return (cells.imag * width + cells.real).astype(np.int64)


def _hilbert(start: complex, along: complex, across: complex, length: int, breadth: int) -> Iterator[complex]:
    """Yields the cells, column + row * 1j, of a block that is entered at `start` and left at the end of `along`."""
    if breadth == 1:
        yield from (start + k * along for k in range(length))
        return
    if length == 1:
        yield from (start + k * across for k in range(breadth))
        return
    half, half_breadth = length // 2, breadth // 2
    if 2 * length > 3 * breadth:
        # A long block is cut in two. Halves are made even where possible: an even block needs no diagonal step.
        half += half % 2 if length > 2 else 0
        yield from _hilbert(start, along, across, half, breadth)
        yield from _hilbert(start + half * along, along, across, length - half, breadth)
        return
    half_breadth += half_breadth % 2 if breadth > 2 else 0
    yield from _hilbert(start, across, along, half_breadth, half)
    yield from _hilbert(start + half_breadth * across, along, across, length, breadth - half_breadth)
    corner = start + (length - 1) * along + (half_breadth - 1) * across
    yield from _hilbert(corner, -across, -along, half_breadth, length - half)


@ARRANGEMENTS.register("spiral")
def spiral(height: int, width: int) -> np.ndarray:
    """Clockwise from the top-left pixel inwards: consecutive samples stand on adjacent pixels."""
    rest, path = np.arange(height * width).reshape(height, width), []
    while rest.size:
        path.append(rest[0])
        # What was the right-hand column becomes the top row.
        rest = np.rot90(rest[1:])
    return np.concatenate(path)


@ARRANGEMENTS.register("beats")
def beats(height: int, width: int) -> np.ndarray:
    """The Z movement with every beat on a new row; this is the order of the pixels, see `place_beats` for the rows."""
    return z(height, width)


@ARRANGEMENTS.register("random")
def random_0(height: int, width: int) -> np.ndarray:
    """A fixed permutation without any neighborhood, to tell what an arrangement is worth; `"random:7"` has seed 7."""
    return _random(height, width, seed=0)


def _random(height: int, width: int, seed: int) -> np.ndarray:
    # NumPy promises for ever the raw numbers of a bit generator, and not those of Generator.permutation.
    return np.argsort(np.random.PCG64(seed).random_raw(height * width), kind="stable")


def positions(name: str, height: int, width: int) -> np.ndarray:
    """Returns the permutation of the arrangement called `name`.

    Args:
        name: A key of `ARRANGEMENTS`; `random` may carry its seed, as in `"random:7"` (without one it is 0).
        height: Rows of the image.
        width: Columns of the image.

    Returns:
        int32 array (height * width,); every flat pixel index appears once.

    Raises:
        InputError: There is no arrangement of this name, or what follows its colon is not a seed.
    """
    base, colon, seed = name.partition(":")
    arrange = ARRANGEMENTS[base]
    if not colon:
        return arrange(height, width).astype(np.int32)
    if base != "random":
        raise InputError(
            f"Only the arrangement 'random' takes a seed. Received: arrangement={name!r}. Use {base!r} or 'random:7'."
        )
    if not re.fullmatch("[0-9]{1,10}", seed):
        raise InputError(
            f"The seed of a random arrangement must be an integer. Received: arrangement={name!r}. Write 'random:7'."
        )
    return _random(height, width, check_seed(int(seed))).astype(np.int32)
