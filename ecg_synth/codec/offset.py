"""The offset of a slice: what a standardization that counts from the slice's minimum keeps beside the image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ecg_synth.errors import InputError


def add_offset(signal_mv: np.ndarray, offset: np.ndarray | None, leads: Sequence[str]) -> None:
    """Gives decoded slices their absolute values back, in place, or puts their median at 0 mV.

    Args:
        signal_mv: float32 (leads, slices, length) in mV, counted from each slice's minimum.
        offset: (slices, leads) in mV; None where it is not known.
        leads: Names of the leads.

    Raises:
        InputError: The offset has another shape.
    """
    if offset is None:
        signal_mv -= _lower_median(signal_mv)
        return
    offset = np.asarray(offset, dtype=np.float32)
    if offset.shape != signal_mv.shape[1::-1]:
        raise InputError(
            f"Offsets must be one a slice and stored lead: {signal_mv.shape[1::-1]}. "
            f"Received: offset.shape={offset.shape}. The stored leads are {', '.join(leads)}."
        )
    signal_mv += offset.T[:, :, None]


def _lower_median(signal_mv: np.ndarray) -> np.ndarray:
    # Taking one element in order of size is exact in NumPy and in TensorFlow alike; averaging two would not be.
    middle = (signal_mv.shape[-1] - 1) // 2
    return np.partition(signal_mv, middle, axis=-1)[..., middle : middle + 1]
