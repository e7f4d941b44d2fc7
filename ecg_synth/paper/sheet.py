"""A sheet that ink goes on: its picture, its labels, and what was drawn where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from ecg_synth.paper import ink
from ecg_synth.paper.geometry import Box, Panel, Scale
from ecg_synth.paper.grid import Color, PaperStyle, grid_page

LABELS = {"paper": 0, "grid": 1, "text": 2, "pulse": 3, "separator": 4, "overlay": 5, "off_page": 6}
"""Values of the map of labels: what is seen at a pixel. Trace k has the value `TRACE` + k."""
TRACE = 16
LABEL_SHARE = 64
"""A pixel belongs to the ink drawn last that covers at least a quarter of it: 64 of 255."""


SHADING_PER_MM = 2
"""Shades, stains and tints are drawn this coarsely, and enlarged once."""


def darken(image: np.ndarray, share: np.ndarray, to: np.ndarray | None = None) -> np.ndarray:
    """Multiplies a picture by a coarse field of shares of light (rows, columns, 1 or 3), smoothly enlarged.

    Writing to a picture that is there, itself for example, saves the system the work of finding memory.
    """
    coarse = np.clip(share * 255 + 0.5, 0, 255).astype(np.uint8)
    coarse = np.ascontiguousarray(np.broadcast_to(coarse, (*coarse.shape[:2], 3)))
    field_of_light = cv2.resize(coarse, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return cv2.multiply(image, field_of_light, dst=field_of_light if to is None else to, scale=1 / 255)


@dataclass
class Trace:
    """One panel's drawn samples.

    Attributes:
        panel: Its place.
        first_sample: Index of the first sample in the record.
        points_px: float64 (samples, 2): continuous pixel position of each on the sheet; NaN where the sample is.
        signal_mv: float64 (samples,).
    """

    panel: Panel
    first_sample: int
    points_px: np.ndarray
    signal_mv: np.ndarray


@dataclass
class Words:
    """A line of text, a pulse, or another thing in a box.

    Attributes:
        kind: "lead", "header", "footer", "pulse", "separator", or the name of a distortion.
        text: What it reads.
        corners_px: float64 (4, 2): from the top left, clockwise.
    """

    kind: str
    text: str
    corners_px: np.ndarray


@dataclass
class Sheet:
    """A page in pixels, before it is photographed.

    Attributes:
        size_mm: Width and height.
        scale: Of the page and the image.
        style: Colors.
        font: Key of `ink.FONTS`.
        image: uint8 (height, width, 3).
        labels: uint8 (height, width), see `LABELS`.
        traces: In drawing order.
        words: Boxes of text and marks.
    """

    size_mm: tuple[float, float]
    scale: Scale
    style: PaperStyle
    font: str = "sans"
    image: np.ndarray = field(init=False)
    labels: np.ndarray = field(init=False)
    traces: list[Trace] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    shading: np.ndarray | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        width, height = self.scale.size_px(self.size_mm)
        image, lines = grid_page(self.style, width, height, self.scale.px_per_mm)
        self.image, self.labels = image.copy(), lines.view(np.uint8) * np.uint8(LABELS["grid"])

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.shape[1], self.image.shape[0]

    def lay(self, drawn: ink.Ink, color: Color, label: int | None, opacity: float = 1.0) -> None:
        """Covers the sheet with ink; `label` None leaves the labels as they are."""
        cover = drawn.cover.reshape(-1)
        inked = np.flatnonzero(cover != 0).astype(np.int32)
        share = cover[inked]
        # Of the sheet, counted through: in each row as many more as the sheet is wider.
        rows = inked // max(1, drawn.cover.shape[1])
        where = inked + rows * (self.size[0] - drawn.cover.shape[1]) + (drawn.top * self.size[0] + drawn.left)
        pixels = self.image.reshape(-1, 3)
        below = pixels.take(where, axis=0).astype(np.float32)
        weight = share[:, None] * np.float32(opacity / 255)
        mixed = below + (np.asarray(color, dtype=np.float32) - below) * weight
        pixels[where] = (mixed + np.float32(0.5)).astype(np.uint8)
        if label is not None:
            self.labels.reshape(-1)[where[share >= LABEL_SHARE]] = label

    def stroke(self, points_mm: np.ndarray, width_mm: float, color: Color, label: int | None, opacity: float = 1.0):
        """Draws a polyline (n, 2) in mm."""
        px_per_mm = self.scale.px_per_mm
        self.lay(ink.stroke(points_mm * px_per_mm, width_mm * px_per_mm, self.size), color, label, opacity)

    def polygon(self, points_mm: np.ndarray, color: Color, label: int | None, opacity: float = 1.0) -> None:
        """Fills a polygon (n, 2) in mm."""
        self.lay(ink.polygon(points_mm * self.scale.px_per_mm, self.size), color, label, opacity)

    def raster_mm(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns the centers in mm of the coarse pixels that `shade` takes: float32 (columns,) and (rows,)."""
        columns, rows = (
            ((np.arange(count) + 0.5) / count * length).astype(np.float32)
            for count, length in ((max(2, round(length * SHADING_PER_MM)), length) for length in self.size_mm)
        )
        return columns, rows

    def shade(self, share: np.ndarray, part: tuple[slice, slice] = (slice(None), slice(None))) -> None:
        """Lets a part of the sheet reflect this share of the light: (rows, columns[, 3]) at `raster_mm`."""
        if self.shading is None:
            columns, rows = self.raster_mm()
            self.shading = np.ones((len(rows), len(columns), 3), dtype=np.float32)
        self.shading[part] *= share[..., None] if share.ndim == 2 else share

    def shaded(self) -> np.ndarray:
        """Returns the picture with all its shades, uint8 (height, width, 3): `image` itself where there are none."""
        return self.image if self.shading is None else darken(self.image, self.shading)

    def write(
        self,
        text: str,
        at_mm: tuple[float, float],
        height_mm: float,
        kind: str,
        label: int | None = LABELS["text"],
        color: Color | None = None,
        angle: float = 0.0,
        opacity: float = 1.0,
    ) -> Box:
        """Writes a line whose baseline begins at `at_mm`, turned by `angle` radians.

        Returns:
            Its bounds in mm as if it were not turned.
        """
        path, bounds = ink.text_path(text, self.font, height_mm)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

        def place(points: np.ndarray) -> np.ndarray:
            return (points @ turn.T + at_mm) * self.scale.px_per_mm

        moved: Any = type(path)(place(path.vertices), path.codes)
        self.lay(ink.fill(moved, self.size), color or self.style.ink, label, opacity)
        self.words.append(Words(kind, text, place(bounds.corners())))
        return Box(bounds.left + at_mm[0], bounds.top + at_mm[1], bounds.right + at_mm[0], bounds.bottom + at_mm[1])
