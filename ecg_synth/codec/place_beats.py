"""Beat-aligned rows: every beat begins on a new row, so that the same moment of all beats stands in one column.

The time base is kept: samples follow each other from left to right, then down, and what a beat leaves of its last row
is NULL. An image so tells by itself where its samples are, and decoding needs no R peaks: it reads the pixels in this
order and passes over those that are NULL. Of 256 levels, a sample has level 16 or more where a NULL pixel has 0, and
whatever is below 8 counts as NULL: a generator's dark pixels are not all exactly 0. This costs a sixteenth of the
levels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from ecg_synth.codec.layout import LAYOUTS
from ecg_synth.codec.place import Placement, square_side

LOWEST_SHARE = 1 / 16
"""Of all levels, those below a sample's least one."""
SPARE_ROWS_A_SECOND = 1.5
"""New rows at 90 beats a minute; as a new row leaves half a row free on the average, 180 a minute mostly fit too."""


def beats_shape(length: int, fs: float) -> tuple[int, int]:
    """The default (height, width): as wide as the smallest square that holds the slice, with the rows that it needs
    and 1.5 a second more for the beats."""
    width = square_side(length)
    return -(-length // width) + math.ceil(SPARE_ROWS_A_SECOND * length / fs), width


def null_below(lowest: int) -> int:
    """The least level that still counts as a sample: pixels nearer to 0 than to a sample's least level are NULL."""
    return (lowest + 1) // 2


class BeatPlacement(Placement):
    """Samples on pixels, each beat on a new row.

    Every lead has the same beats. A beat that would need more spare pixels than the image has left begins where the
    one before it ends, so that each slice fits whatever its R peaks are.

    Args:
        arrangement: `beats`.
        layout: A name in `LAYOUTS`.
        length: Samples a lead.
        n_leads: Leads on the image.
        image_shape: (height, width) of one lead's image in pixels.
        before: Samples from where a beat begins to its R peak.
        bits: Bits a level.

    Attributes:
        pixels: int32 (leads, height * width): flat index on the whole image of each pixel of each lead's image.
        position: int32 (length, leads): flat index on the whole image of every sample in a slice without beats.
    """

    needs_r_peaks = True

    def __init__(
        self,
        arrangement: str,
        layout: str,
        length: int,
        n_leads: int,
        image_shape: tuple[int, int],
        before: int,
        bits: int = 8,
    ):
        self.bits = bits
        super().__init__(arrangement, layout, length, n_leads, image_shape)
        # Which pixels are NULL differs from image to image.
        self.null_pixels = self.null_pixels[:0]
        self.length = length
        self.before = before
        self.pixels = LAYOUTS[layout](*image_shape, n_leads).pixels.astype(np.int32)

    @property
    def lowest_level(self) -> int:
        """See the base class."""
        return round(LOWEST_SHARE * 2**self.bits)

    def runs(self, r_peaks: Iterable[int]) -> list[tuple[int, int, int]]:
        """Returns the runs of samples that stand side by side on one lead's image, for the R peaks of one slice.

        Args:
            r_peaks: Sample numbers in the slice, in any order; those of beats that begin outside it are passed over.

        Returns:
            (first sample, sample after the last one, pixel of the first) of each run, in order.
        """
        height, width = self.image_shape
        spare = height * width - self.length
        runs = [(0, self.length, 0)]
        for begin in sorted({int(peak) - self.before for peak in r_peaks}):
            if not 0 < begin < self.length:
                continue
            first, _, pixel = runs[-1]
            here = pixel + begin - first
            rest = -here % width
            if 0 < rest <= spare:
                runs[-1] = (first, begin, pixel)
                runs.append((begin, self.length, here + rest))
                spare -= rest
        return runs

    def scatter(self, levels: np.ndarray, r_peaks: Sequence[np.ndarray] | None = None) -> np.ndarray:
        """See the base class."""
        of_leads = np.zeros((len(levels), *self.pixels.shape), dtype=levels.dtype)
        peaks_of = () if r_peaks is None else r_peaks
        for images, of_slice, peaks in zip(of_leads, levels.transpose(0, 2, 1), peaks_of, strict=True):
            for first, last, pixel in self.runs(peaks):
                images[:, pixel : pixel + last - first] = of_slice[:, first:last]
        flat = np.zeros((len(levels), self.n_pixels), dtype=levels.dtype)
        flat[:, self.pixels.ravel()] = of_leads.reshape(len(levels), self.pixels.size)
        return flat

    def gather(self, flat: np.ndarray, lowest: int) -> Iterable[np.ndarray]:
        """See the base class.

        The leads agree on which pixels are NULL: those whose mean over the leads is nearer to 0 than to `lowest`.
        Where an image of a generator holds too few samples, the last one is held to the end; of too many, the first
        are taken.
        """
        of_leads = [np.take(flat, pixels, axis=1) for pixels in self.pixels]
        total = sum(of_lead.astype(np.int32) for of_lead in of_leads) if len(of_leads) > 1 else of_leads[0]
        holds = total >= null_below(lowest) * len(of_leads)
        if (np.count_nonzero(holds, axis=1) == self.length).all():
            # Images of data, and the quick way.
            return (of_lead[holds].reshape(-1, self.length) for of_lead in of_leads)
        order = self._order(holds)
        return (np.take_along_axis(of_lead, order, axis=1) for of_lead in of_leads)

    def _order(self, holds: np.ndarray) -> np.ndarray:
        """int64 (slices, length): the pixels of one lead's image that hold the samples."""
        order = np.empty((len(holds), self.length), dtype=np.int64)
        for of_slice, of_image in zip(order, holds, strict=True):
            found = np.flatnonzero(of_image)[: self.length]
            of_slice[: len(found)] = found
            of_slice[len(found) :] = found[-1] if len(found) else 0
        return order
