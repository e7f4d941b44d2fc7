"""Millimetres, seconds, millivolts and pixels: the exact maps between them.

A page is measured in mm from its top left corner, x to the right and y down. A pixel position is continuous: the pixel
in row i and column j covers [j, j + 1) x [i, i + 1), and its center is (j + 0.5, i + 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ecg_synth.errors import InputError

MM_PER_INCH = 25.4
PAGES = {"a4": (297.0, 210.0), "letter": (279.4, 215.9)}
"""Width and height in mm, landscape; a strip's width follows its signal."""

SPEEDS = (25.0, 50.0)
GAINS = (5.0, 10.0, 20.0)
DPI = (72, 600)


class Box(NamedTuple):
    """An upright rectangle; in mm on a page or in pixels of an image."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """right - left."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """bottom - top."""
        return self.bottom - self.top

    def corners(self) -> np.ndarray:
        """Returns (4, 2): top left, top right, bottom right, bottom left."""
        return np.array(
            [
                (self.left, self.top),
                (self.right, self.top),
                (self.right, self.bottom),
                (self.left, self.bottom),
            ]
        )


@dataclass(frozen=True)
class Scale:
    """How time and voltage become lengths on paper, and lengths become pixels.

    Attributes:
        mm_per_s: 25 or 50.
        mm_per_mv: 5, 10 or 20.
        dpi: Pixels an inch, 72 to 600.

    Raises:
        InputError: One of them is another.
    """

    mm_per_s: float = 25.0
    mm_per_mv: float = 10.0
    dpi: int = 200

    def __post_init__(self) -> None:
        if self.mm_per_s not in SPEEDS:
            raise InputError(f"The paper speed must be 25 or 50 mm/s. Received: mm_per_s={self.mm_per_s!r}.")
        if self.mm_per_mv not in GAINS:
            raise InputError(f"The gain must be 5, 10 or 20 mm/mV. Received: mm_per_mv={self.mm_per_mv!r}.")
        if not DPI[0] <= self.dpi <= DPI[1]:
            raise InputError(f"The resolution must be {DPI[0]} to {DPI[1]} dpi. Received: dpi={self.dpi!r}.")

    @property
    def px_per_mm(self) -> float:
        """Pixels a millimetre."""
        return self.dpi / MM_PER_INCH

    def to_px(self, mm: np.ndarray | float) -> np.ndarray:
        """Returns lengths or positions in mm as pixels."""
        return np.asarray(mm, dtype=np.float64) * self.px_per_mm

    def to_mm(self, px: np.ndarray | float) -> np.ndarray:
        """Returns lengths or positions in pixels as mm."""
        return np.asarray(px, dtype=np.float64) / self.px_per_mm

    def size_px(self, size_mm: tuple[float, float]) -> tuple[int, int]:
        """Returns (width, height) in whole pixels of a page of `size_mm`."""
        width, height = (round(length * self.px_per_mm) for length in size_mm)
        return max(1, width), max(1, height)


@dataclass(frozen=True)
class Panel:
    """One lead's place on a page: `start_s` lies on the box's left edge, 0 mV on `baseline_mm`.

    Attributes:
        lead: Name of the lead, in PTB's spelling.
        sign: -1 where it is drawn upside down, as aVR in Cabrera's order.
        box: The place in mm.
        baseline_mm: Height of 0 mV, from the page's top.
        start_s: Time at the left edge.
        end_s: Time at the right edge.
        row: Row on the page, from 0.
        rhythm: Whether this is a rhythm row.
    """

    lead: str
    sign: int
    box: Box
    baseline_mm: float
    start_s: float
    end_s: float
    row: int
    rhythm: bool = False

    @property
    def title(self) -> str:
        """The lead's name as printed: `aVR`, `-aVR`, `V1`, `II`."""
        return ("-" if self.sign < 0 else "") + printed_name(self.lead)

    def to_mm(self, seconds: np.ndarray | float, signal_mv: np.ndarray | float, scale: Scale) -> np.ndarray:
        """Returns positions on the page in mm, (..., 2), of times and values of this lead."""
        x = self.box.left + (np.asarray(seconds, dtype=np.float64) - self.start_s) * scale.mm_per_s
        y = self.baseline_mm - self.sign * np.asarray(signal_mv, dtype=np.float64) * scale.mm_per_mv
        return np.stack(np.broadcast_arrays(x, y), axis=-1)

    def from_mm(self, points_mm: np.ndarray, scale: Scale) -> tuple[np.ndarray, np.ndarray]:
        """Returns seconds and mV of positions (..., 2) in mm: the inverse of `to_mm`."""
        seconds = self.start_s + (points_mm[..., 0] - self.box.left) / scale.mm_per_s
        return seconds, self.sign * (self.baseline_mm - points_mm[..., 1]) / scale.mm_per_mv

    def samples(self, fs: float, length: int) -> slice:
        """Returns which of `length` samples at `fs` Hz lie within [start_s, end_s)."""
        # A sample exactly on the edge belongs to the right panel, whatever the last bit of start_s * fs says.
        first, last = (int(np.ceil(round(edge * fs, 6))) for edge in (self.start_s, self.end_s))
        return slice(min(first, length), min(last, length))


def printed_name(lead: str) -> str:
    """Returns a lead's name as electrocardiographs print it: `i` -> `I`, `avr` -> `aVR`, `v1` -> `V1`."""
    return "aV" + lead[2:].upper() if lead.startswith("av") and len(lead) == 3 else lead.upper()
