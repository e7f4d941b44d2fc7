"""Millimetre paper: its colors and its lines, with exact coverage."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

Color = tuple[int, int, int]


class PaperStyle(NamedTuple):
    """Colors of a paper; the lines are drawn every 1 and every 5 mm.

    Attributes:
        paper: Of the sheet.
        thin: Of the 1 mm lines.
        thick: Of the 5 mm lines.
        ink: Of traces and text.
        thin_mm: Width of the 1 mm lines; 0 for none.
        thick_mm: Width of the 5 mm lines; 0 for none.
    """

    paper: Color
    thin: Color
    thick: Color
    ink: Color
    thin_mm: float = 0.1
    thick_mm: float = 0.22


PAPERS: dict[str, PaperStyle] = {
    "red": PaperStyle((255, 252, 250), (247, 196, 190), (232, 130, 122), (18, 18, 22)),
    "pink": PaperStyle((255, 243, 245), (248, 204, 214), (240, 150, 172), (30, 24, 40)),
    "orange": PaperStyle((255, 251, 242), (250, 214, 170), (238, 168, 100), (20, 20, 20)),
    "green": PaperStyle((248, 253, 247), (190, 224, 188), (120, 186, 122), (16, 20, 30)),
    "blue": PaperStyle((248, 251, 255), (194, 212, 240), (128, 160, 218), (24, 22, 60)),
    "gray": PaperStyle((255, 255, 255), (214, 214, 214), (150, 150, 150), (0, 0, 0)),
    "plain": PaperStyle((255, 255, 255), (255, 255, 255), (255, 255, 255), (0, 0, 0), 0.0, 0.0),
}

GRID_SHARE = 0.25
"""A pixel belongs to what covers at least this share of it."""


@functools.lru_cache(maxsize=1)
def grid_page(style: PaperStyle, width: int, height: int, px_per_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Draws a sheet with its grid; the lines of 5 mm start at the top left corner.

    Returns:
        The image uint8 (height, width, 3), and bool (height, width): where a line covers a quarter of the pixel or
        more. Both are shared between calls: copy before drawing on them.
    """
    thin_x, thick_x = (_profile(width, *line, px_per_mm) for line in ((1.0, style.thin_mm), (5.0, style.thick_mm)))
    thin_y, thick_y = (_profile(height, *line, px_per_mm) for line in ((1.0, style.thin_mm), (5.0, style.thick_mm)))
    paper, thin, thick = (np.asarray(color, dtype=np.float32) for color in style[:3])

    def row(of_thin: np.ndarray, of_thick: np.ndarray) -> np.ndarray:
        """Rows (n, width, 3) where horizontal lines cover these shares."""
        light = np.maximum(thin_x, of_thin[:, None])[..., None]
        heavy = np.maximum(thick_x, of_thick[:, None])[..., None]
        return (paper + (thin - paper) * light) * (1 - heavy) + thick * heavy + np.float32(0.5)

    zero = np.zeros(1, dtype=np.float32)
    image = np.empty((height, width, 3), dtype=np.uint8)
    image[:] = row(zero, zero)
    crossed = np.flatnonzero((thin_y > 0) | (thick_y > 0))
    for part in np.array_split(crossed, max(1, len(crossed) // 32)):
        image[part] = row(thin_y[part], thick_y[part])
    lines = (np.maximum(thin_y, thick_y) >= GRID_SHARE)[:, None] | (np.maximum(thin_x, thick_x) >= GRID_SHARE)
    image.flags.writeable = False
    lines.flags.writeable = False
    return image, lines


def _profile(pixels: int, pitch_mm: float, width_mm: float, px_per_mm: float) -> np.ndarray:
    """Share of each pixel along one axis that lines of `width_mm` every `pitch_mm` cover."""
    if width_mm <= 0:
        return np.zeros(pixels, dtype=np.float32)
    # The covered length up to x grows by the line's width in every pitch: its differences are the shares.
    edges = np.arange(pixels + 1) / px_per_mm + width_mm / 2
    whole, rest = np.divmod(edges, pitch_mm)
    covered = (whole * width_mm + np.minimum(rest, width_mm)) * px_per_mm
    return np.clip(np.diff(covered), 0, 1).astype(np.float32)
