"""Grey levels <-> [-1, 1], the range that networks work in."""

from __future__ import annotations

from typing import Any

from keras import ops

from ecg_synth.errors import InputError

TOP = {"uint8": 255, "uint16": 65535}
"""The highest grey level of each type of image."""


def to_unit(images: Any) -> Any:
    """Maps grey levels 0..top to float32 [-1, 1].

    Raises:
        InputError: The images are neither uint8 nor uint16: their scale would be anyone's guess.
    """
    dtype = str(getattr(images.dtype, "name", images.dtype))
    if dtype not in TOP:
        raise InputError(f"Images to train on must be {' or '.join(TOP)}. Received: images.dtype={dtype!r}.")
    return ops.cast(images, "float32") / (TOP[dtype] / 2) - 1.0


def to_levels(images: Any, dtype: str) -> Any:
    """Maps float32 [-1, 1] to the nearest grey level of `dtype`; what lies beyond is cut. Inverse of `to_unit`."""
    top = TOP[dtype]
    return ops.cast(ops.round(ops.clip((images + 1.0) * (top / 2), 0.0, float(top))), dtype)
