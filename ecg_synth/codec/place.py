"""Placing: arrangement and layout together, where each sample of each lead stands on the whole image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ecg_synth.codec.arrange import positions
from ecg_synth.codec.layout import LAYOUTS
from ecg_synth.errors import InputError


class Placement(NamedTuple):
    """Where samples stand.

    Attributes:
        image_shape: (height, width) of one lead's image in pixels.
        full_shape: (height, width, channels) of the whole image in pixels.
        position: int32 (length, leads): flat index on the whole image of every sample.
    """

    image_shape: tuple[int, int]
    full_shape: tuple[int, int, int]
    position: np.ndarray


def place(
    arrangement: str, layout: str, length: int, n_leads: int, image_shape: Sequence[int] | None = None
) -> Placement:
    """Places the samples of a slice.

    Args:
        arrangement: A name in `ARRANGEMENTS`, for `random` with or without a seed.
        layout: A name in `LAYOUTS`.
        length: Samples a lead.
        n_leads: Leads on the image.
        image_shape: (height, width) of one lead's image in pixels; default the smallest square that holds `length`.

    Raises:
        InputError: A name is unknown, or `length` samples do not fit one lead's image.
    """
    height, width = _shape(length, image_shape)
    full_shape, pixels = LAYOUTS[layout](height, width, n_leads)
    order = positions(arrangement, height, width)[:length]
    return Placement((height, width), full_shape, np.ascontiguousarray(pixels[:, order].T, dtype=np.int32))


def samples_of(position: np.ndarray, pixels: int) -> np.ndarray:
    """Returns which sample each pixel holds, int (pixels,), counting lead after lead; -1 is NULL.

    The inverse of `position`, (length, leads): reading from each sample is several times as fast as writing to each.
    """
    samples = np.full(pixels, -1, dtype=np.intp)
    samples[position.T.ravel()] = np.arange(position.size)
    return samples


def put(levels: np.ndarray, sample_of: np.ndarray) -> np.ndarray:
    """Puts levels (slices, leads, length) on the pixels of `samples_of`; NULL ones get 0. Returns (slices, pixels)."""
    flat = levels.reshape(len(levels), math.prod(levels.shape[1:]))
    # "clip" spares NumPy the look for bad indices, and lets -1 read something.
    images = np.take(flat, sample_of, axis=1, mode="clip")
    null = np.flatnonzero(sample_of < 0)
    if null.size:
        images[:, null] = 0
    return images


def _shape(length: int, image_shape: Sequence[int] | None) -> tuple[int, int]:
    if length < 1:
        raise InputError(f"A slice needs at least one sample. Received: length={length}.")
    if image_shape is None:
        side = math.isqrt(length - 1) + 1
        return side, side
    if len(image_shape) != 2:
        raise InputError(
            f"The image of a lead has two sides. Received: image_shape={tuple(image_shape)!r}. Give height and width."
        )
    height, width = (int(side) for side in image_shape)
    if min(height, width) < 1 or height * width < length:
        raise InputError(
            f"A slice must fit into its image. Received: length={length}, image_shape={height}x{width}. "
            f"Give sides whose product is at least {length}, or leave image_shape out."
        )
    return height, width
