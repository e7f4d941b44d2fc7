"""Levels: what a pixel may hold, by bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from ecg_synth.errors import InputError

DTYPES: dict[int, type[np.unsignedinteger[Any]]] = {8: np.uint8, 16: np.uint16}
"""The type of an image by its bits a level."""


def check_bits(bits: int) -> int:
    """Returns `bits` when images may have as many; raises `InputError` otherwise."""
    if isinstance(bits, bool) or bits not in DTYPES:
        raise InputError(f"A level has 8 or 16 bits. Received: bits={bits!r}.")
    return int(bits)


def dtype_of(bits: int) -> np.dtype[Any]:
    """Returns the type of images with so many bits a level: uint8 or uint16."""
    return np.dtype(DTYPES[check_bits(bits)])


def top_of(bits: int) -> int:
    """Returns the highest level: 255 or 65,535."""
    return int(2 ** check_bits(bits) - 1)


def all_finite(values: np.ndarray) -> bool:
    """Whether no value is NaN or infinite, by one reading: what is not finite makes the sum of squares so too."""
    flat = values.ravel(order="K")
    with np.errstate(all="ignore"):
        # A square beyond 1e308 is no verdict yet.
        return bool(np.isfinite(np.dot(flat, flat)) or np.isfinite(flat).all())


def bits_of(dtype: Any) -> int:
    """Returns the bits a level of images of type `dtype`.

    Raises:
        InputError: Images have no such type.
    """
    found = [bits for bits, known in DTYPES.items() if np.dtype(dtype) == known]
    if not found:
        raise InputError(f"Images must be uint8 or uint16 grey levels. Received: dtype={np.dtype(dtype)}.")
    return found[0]
