"""Between grey levels and the [-1, 1] that networks see, for 8 and 16 bits."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ecg_synth.codec.levels import DTYPES, dtype_of, top_of
from ecg_synth.errors import InputError

TOP = {dtype_of(bits).name: top_of(bits) for bits in DTYPES}
"""The highest level of each type that images have."""


def to_unit(images: Any) -> Any:
    """Maps grey levels, uint8 or uint16, to float32 [-1, 1].

    Raises:
        InputError: The images have another type: their scale would be anyone's guess.
    """
    dtype = keras.backend.standardize_dtype(images.dtype)
    if dtype not in TOP:
        raise InputError(f"Images to train on must be uint8 or uint16. Received: images.dtype={dtype!r}.")
    return ops.cast(images, "float32") / (TOP[dtype] / 2) - 1.0


def to_levels(unit: Any, dtype: str = "uint8") -> Any:
    """Maps float32 [-1, 1] to the nearest grey level of `dtype`, uint8 or uint16; inverse of `to_unit`."""
    top = TOP[dtype]
    return ops.cast(ops.round(ops.clip((unit + 1.0) * (top / 2), 0.0, float(top))), dtype)
