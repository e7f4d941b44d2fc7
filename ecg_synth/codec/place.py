"""Placing: arrangement and layout together, where each sample of each lead stands on the whole image.

A `Placement` writes the levels of a slice on the image and reads them back. With most arrangements a sample's place is
the same in every slice; with `beats` it follows the R peaks (`place_beats`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ecg_synth.codec.arrange import positions
from ecg_synth.codec.layout import LAYOUTS
from ecg_synth.errors import InputError


class Placement:
    """Samples on pixels, the same for every slice.

    Args:
        arrangement: A name in `ARRANGEMENTS`, for `random` with or without a seed.
        layout: A name in `LAYOUTS`.
        length: Samples a lead.
        n_leads: Leads on the image.
        image_shape: (height, width) of one lead's image in pixels.

    Attributes:
        image_shape: (height, width) of one lead's image in pixels.
        full_shape: (height, width, channels) of the whole image in pixels.
        position: int32 (length, leads): flat index on the whole image of every sample.
        null_pixels: int (pixels,): flat indices of those that hold no sample in any image.
        needs_r_peaks: Where samples stand follows from the R peaks.
        lowest_level: The least level that a sample may have: 0, or more where pixels without a sample are NULL.
    """

    needs_r_peaks = False

    def __init__(self, arrangement: str, layout: str, length: int, n_leads: int, image_shape: tuple[int, int]):
        height, width = self.image_shape = image_shape
        self.full_shape, pixels = LAYOUTS[layout](height, width, n_leads)
        order = positions(arrangement, height, width)[:length]
        self.position = np.ascontiguousarray(pixels[:, order].T, dtype=np.int32)
        # Which sample each pixel holds, counting lead after lead; -1 is NULL.
        self._sample_of = np.full(self.n_pixels, -1, dtype=np.intp)
        self._sample_of[self.position.T.ravel()] = np.arange(self.position.size)
        self.null_pixels = np.flatnonzero(self._sample_of < 0)

    @property
    def n_pixels(self) -> int:
        """Pixels of the whole image, channels included."""
        return math.prod(self.full_shape)

    @property
    def lowest_level(self) -> int:
        """See the class."""
        return int(self.n_pixels > self.position.size)

    def scatter(self, levels: np.ndarray, r_peaks: Sequence[np.ndarray] | None = None) -> np.ndarray:
        """Writes levels on images.

        Args:
            levels: (slices, length, leads), unsigned integers.
            r_peaks: Where `needs_r_peaks`: the R peaks of each slice, as sample numbers in it.

        Returns:
            (slices, pixels) of the same dtype: whole images, flat; NULL pixels are 0.
        """
        # Reading from each sample is several times as fast as writing to each, and lead after lead the fastest.
        flat = levels.transpose(0, 2, 1).reshape(len(levels), self.position.size)
        # "clip" spares NumPy the look for bad indices, and lets -1 read something.
        images = np.take(flat, self._sample_of, axis=1, mode="clip")
        images[:, self.null_pixels] = 0
        return images

    def gather(self, flat: np.ndarray, lowest: int) -> Iterable[np.ndarray]:
        """Reads levels from images, of data or of a generator.

        Args:
            flat: (slices, pixels): whole images, flat.
            lowest: The least level of a sample in images of data.

        Returns:
            (slices, length) of the same dtype for each lead, one after the other.
        """
        # Lead by lead, so that every step reads memory in order.
        return self._take(flat)

    def _take(self, flat: np.ndarray) -> Iterator[np.ndarray]:
        for position in self.position.T:
            yield np.take(flat, position, axis=1)


def check_shape(length: int, image_shape: Sequence[int]) -> tuple[int, int]:
    """Returns (height, width) when a lead's image of this shape holds `length` samples.

    Raises:
        InputError: It does not, or there are not two sides.
    """
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


def square_side(length: int) -> int:
    """The side of the smallest square that holds `length` samples.

    Raises:
        InputError: There is no sample.
    """
    if length < 1:
        raise InputError(f"A slice needs at least one sample. Received: length={length}.")
    return math.isqrt(length - 1) + 1
