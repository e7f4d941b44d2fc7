"""Strokes and shapes as exact coverage of pixels, by Agg.

matplotlib's `RendererAgg.draw_path` computes the area that a path covers of each pixel, in steps of 1/255, with
1/256-pixel coordinates; a polyline's centroid comes out within 0.1 pixels (OpenCV's anti-aliased lines are half a pixel
off). The renderer is used directly, without a figure.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import cv2
import numpy as np

from ecg_synth.paper.geometry import Box

KEPT_VERTICES, KEPT_PX = 600, 2**16
"""Paths of no more, in boxes no larger, are drawn once and remembered; a trace has more, and never comes again."""


class Ink(NamedTuple):
    """Coverage of a part of an image.

    Attributes:
        left: Column of its first pixel.
        top: Row of its first pixel.
        cover: uint8 (rows, columns): share of each pixel that is covered, 255 for all of it.
    """

    left: int
    top: int
    cover: np.ndarray


def stroke(points_px: np.ndarray, width_px: float, size: tuple[int, int]) -> Ink:
    """Draws a polyline with round ends and joints.

    Args:
        points_px: (n, 2) continuous pixel positions; NaN interrupts the line.
        width_px: Width of the pen.
        size: Width and height of the image; what lies outside is left out.
    """
    return _draw(np.asarray(points_px, dtype=np.float64), None, width_px, None, size)


def fill(path: Any, size: tuple[int, int]) -> Ink:
    """Fills a `matplotlib.path.Path` whose vertices are pixel positions."""
    return _draw(path.vertices, path.codes, 0.0, (0.0, 0.0, 0.0), size)


def polygon(points_px: np.ndarray, size: tuple[int, int]) -> Ink:
    """Fills a polygon (n, 2)."""
    return _draw(np.asarray(points_px, dtype=np.float64), None, 0.0, (0.0, 0.0, 0.0), size)


def _draw(vertices: np.ndarray, codes: np.ndarray | None, width_px: float, face: Any, size: tuple[int, int]) -> Ink:
    box = _around(vertices, width_px / 2 + 1, size)
    if len(vertices) > KEPT_VERTICES or box.width * box.height > KEPT_PX:
        return _cover(vertices, codes, width_px, face, box)
    return _kept(vertices.tobytes(), None if codes is None else codes.tobytes(), width_px, face, box)


@functools.lru_cache(maxsize=256)
def _kept(vertices: bytes, codes: bytes | None, width_px: float, face: Any, box: Box) -> Ink:
    """Names, pulses and marks are the same on page after page."""
    path_codes = None if codes is None else np.frombuffer(codes, dtype=np.uint8)
    drawn = _cover(np.frombuffer(vertices).reshape(-1, 2), path_codes, width_px, face, box)
    drawn.cover.flags.writeable = False
    return drawn


def _cover(vertices: np.ndarray, codes: np.ndarray | None, width_px: float, face: Any, box: Box) -> Ink:
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.path import Path
    from matplotlib.transforms import Affine2D

    width, height = int(box.width), int(box.height)
    if width < 1 or height < 1:
        return Ink(0, 0, np.zeros((0, 0), dtype=np.uint8))
    path = Path(vertices, codes)
    path.should_simplify = False
    # At 72 dpi a point is a pixel.
    renderer = RendererAgg(width, height, 72)
    context = renderer.new_gc()
    context.set_snap(False)
    context.set_antialiased(True)
    context.set_linewidth(width_px)
    context.set_joinstyle("round")
    context.set_capstyle("round")
    # Agg's y runs upwards.
    move = Affine2D.from_values(1, 0, 0, -1, -box.left, box.top + height)
    renderer.draw_path(context, path, move, face)
    return Ink(int(box.left), int(box.top), cv2.extractChannel(np.asarray(renderer.buffer_rgba()), 3))


def _around(points: np.ndarray, margin: float, size: tuple[int, int]) -> Box:
    # As minimum and maximum, but what is no number does not count.
    low, high = np.fmin.reduce(points, axis=0), np.fmax.reduce(points, axis=0)
    if np.isnan(low).any():
        return Box(0, 0, 0, 0)
    low, high = np.floor(low - margin), np.ceil(high + margin)
    low, high = np.clip(low, 0, size), np.clip(high, 0, size)
    return Box(low[0], low[1], high[0], high[1])


FONTS = {"sans": "DejaVu Sans", "serif": "DejaVu Serif", "mono": "DejaVu Sans Mono"}
"""Fonts that matplotlib brings along, so that a page looks the same everywhere."""


@functools.lru_cache(maxsize=1024)
def text_path(text: str, font: str, height_mm: float) -> tuple[Any, Box]:
    """Returns a line of text as a path in mm with its baseline's left end at (0, 0) and y down, and its bounds.

    Args:
        text: One line.
        font: A key of `FONTS`.
        height_mm: Height of the font (its em).
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path
    from matplotlib.textpath import TextPath

    # Between two dollar signs matplotlib would read mathematics.
    drawn = TextPath((0, 0), text.replace("$", r"\$"), size=100, prop=FontProperties(family=FONTS[font]), usetex=False)
    vertices, codes = np.asarray(drawn.vertices, dtype=np.float64), np.asarray(drawn.codes)
    vertices = vertices * (height_mm / 100, -height_mm / 100)
    path = Path(vertices, codes)
    # Of curves too: fonts put control points at the extremes. A closing vertex has no place of its own.
    placed = vertices[codes != Path.CLOSEPOLY]
    if not len(placed):
        return path, Box(0.0, 0.0, 0.0, 0.0)
    low, high = placed.min(axis=0), placed.max(axis=0)
    return path, Box(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
