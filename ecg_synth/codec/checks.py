"""What the ECG codec refuses: choices that do not go together, and arrays that are not what it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ecg_synth.codec.domain import Domain
from ecg_synth.codec.levels import all_finite
from ecg_synth.codec.place import Placement
from ecg_synth.codec.standardization import Standardization
from ecg_synth.errors import InputError


def check_together(
    placement: Placement, domain: Domain, standardization: Standardization, bits: int, arrangement: str, color: str
) -> None:
    """Raises `InputError` when the parts of a codec do not go together."""
    if standardization.bits != bits:
        raise InputError(
            f"A codec and its standardization must have as many bits. Received: bits={bits!r}, and "
            f"{standardization.bits} of standardization={standardization.name!r}. Give both the same."
        )
    if domain.needs_fit and not standardization.needs_fit:
        raise InputError(
            f"Values of the domain {domain.name!r} need fixed bounds. Received: "
            f"standardization={standardization.name!r}. Choose minmax, quantile or equalized."
        )
    if domain.needs_fit and placement.needs_r_peaks:
        raise InputError(
            f"Only samples in time have beats to begin rows with. Received: domain={domain.name!r}, "
            f"arrangement={arrangement!r}. Choose the domain time, or another arrangement."
        )
    if color != "rgb" and placement.needs_r_peaks:
        raise InputError(
            f"Another color space's rounding would take dark samples for NULL, which rows that begin with beats tell "
            f"apart by level. Received: color={color!r}, arrangement={arrangement!r}. Choose the color rgb, or another "
            f"arrangement."
        )
    if placement.lowest_level and standardization.a == 0:
        raise InputError(
            f"Where pixels are NULL (level 0), the levels of samples must start at 1. Received: "
            f"standardization={standardization.name!r} with a=0, and {placement.n_pixels} pixels for "
            f"{placement.position.size} samples. Give the standardization a=1."
        )


def check_leads(n_leads: int, leads: Sequence[str]) -> None:
    """Raises `InputError` when there are not as many leads as the codec's."""
    if n_leads != len(leads):
        raise InputError(f"The codec's leads are {', '.join(leads)}. Received: {n_leads} leads.")


def check_slices(slices_mv: np.ndarray, length: int, leads: Sequence[str]) -> None:
    """Raises `InputError` when slices are not finite (slices, length, leads)."""
    if slices_mv.ndim != 3 or slices_mv.shape[1] != length:
        raise InputError(f"Slices must be (slices, {length}, {len(leads)}). Received: shape={slices_mv.shape}.")
    check_leads(slices_mv.shape[2], leads)
    if not all_finite(slices_mv):
        raise InputError("Slices must be finite; drop those with NaN first, as signals.slicing.cut does.")


def check_images(images: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray:
    """Returns the images as an array.

    Raises:
        InputError: They are not (slices, *shape) of the codec's type.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[1:] != shape:
        raise InputError(f"Images must be (slices, {', '.join(map(str, shape))}). Received: shape={images.shape}.")
    if images.dtype != dtype:
        raise InputError(f"Images must be {dtype} grey levels. Received: dtype={images.dtype}.")
    return images
