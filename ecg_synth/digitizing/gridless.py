"""A page without a grid, laid flat: upright by its level lines, to scale by its calibration pulses or resolution.

Copies in black and white lose the grid. A calibration pulse is 1 mV high and 0.2 s wide whatever is lost, and on nearly
all paper 10 mm by 5; several of them under one another are no accident.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from ecg_synth.digitizing.flat import CELL_PX, PX_PER_MM
from ecg_synth.digitizing.pulses import find_pulses, measured_mm, under_one_another
from ecg_synth.paper.geometry import MM_PER_INCH
from ecg_synth.paper.mesh import Mesh

MOST_DEGREES = 8.0
"""A page is not turned by more; by quarters of a circle it is not at all."""
PULSE_MM, PULSE_S = 10.0, 0.2
FEWEST = 2
"""A single pulse may be anything."""
_COARSE, _FINE, _BLOCK_PX = 0.2, 0.02, 8
_SMALLEST_MM, _LARGEST_MM, _STEP = 100.0, 450.0, 1.08
_ROUNDS = 3
_SOLID_PX = 15
_ASIDE = 0.2
"""Pulses stand before the traces or behind them: so much of the ink at most is on their other side."""


def mesh_without_grid(picture: np.ndarray, mm_per_s: float, dpi: float = 0.0) -> tuple[Mesh, float, float] | None:
    """Lays a picture without a grid flat: turned upright, and brought to scale.

    Args:
        picture: uint8 (height, width, 3), of a scanner: a photograph is not flat.
        mm_per_s: Paper speed, which says how wide a pulse is.
        dpi: Of the picture; 0 to find it by the pulses.

    Returns:
        Map from the flat page to the picture, pixels a mm, and degrees by which the page is turned clockwise; None
        where the scale is neither told nor found.
    """
    gray = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    level, _ = cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    ink = _strokes((gray <= level).astype(np.uint8)).astype(np.float32)
    degrees = tilt_of(ink)
    height, width = ink.shape
    turn = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), degrees, 1.0)
    upright = cv2.warpAffine(ink, turn, (width, height), flags=cv2.INTER_LINEAR)
    px_per_mm = dpi / MM_PER_INCH if dpi else scale_of(upright, mm_per_s)
    if px_per_mm is None:
        return None
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    middle = np.array([width / 2, height / 2])
    back = np.array([[cosine, -sine], [sine, cosine]])

    def to_picture(points: np.ndarray) -> np.ndarray:
        return (points * (px_per_mm / PX_PER_MM) - middle) @ back.T + middle

    size = tuple(math.ceil(length / px_per_mm * PX_PER_MM / CELL_PX) * CELL_PX for length in (width, height))
    return Mesh.of(to_picture, size, CELL_PX), px_per_mm, degrees


def _strokes(dark: np.ndarray) -> np.ndarray:
    """What is dark less what is too wide for a pen: a scanner's lid beyond the page, a stamp."""
    window = np.ones((_SOLID_PX, _SOLID_PX), dtype=np.uint8)
    solid = cv2.morphologyEx(dark, cv2.MORPH_OPEN, window, borderType=cv2.BORDER_CONSTANT, borderValue=1)
    return dark & (cv2.dilate(solid, np.ones((3, 3), dtype=np.uint8)) == 0)


def tilt_of(ink: np.ndarray) -> float:
    """Returns by how many degrees a page is turned clockwise: upright, its rows of pixels differ most.

    Args:
        ink: float32 (height, width), 1 for ink.
    """
    height, width = ink.shape
    blocks = width // _BLOCK_PX
    # (blocks, height): how much ink there is at each height of each stripe.
    stripes = ink[:, : blocks * _BLOCK_PX].reshape(height, blocks, _BLOCK_PX).sum(axis=2).T
    across = (np.arange(blocks) + 0.5) * _BLOCK_PX - width / 2
    far = math.ceil(math.tan(math.radians(MOST_DEGREES + _COARSE)) * width / 2) + 2
    padded = np.pad(stripes, ((0, 0), (far, far + 1)))
    rows = np.arange(height)

    def contrast(degrees: float) -> float:
        down = math.tan(math.radians(degrees)) * across + far
        whole = np.floor(down).astype(int)
        share = (down - whole)[:, None].astype(np.float32)
        places = rows + whole[:, None]
        profile = np.take_along_axis(padded, places, axis=1) * (1 - share)
        profile += np.take_along_axis(padded, places + 1, axis=1) * share
        return float((np.diff(profile.sum(axis=0)) ** 2).sum())

    def best(middle: float, reach: float, step: float) -> float:
        angles = np.arange(middle - reach, middle + reach + step / 2, step)
        return float(angles[np.argmax([contrast(float(angle)) for angle in angles])])

    return best(best(0.0, MOST_DEGREES, _COARSE), _COARSE, _FINE)


def scale_of(ink: np.ndarray, mm_per_s: float) -> float | None:
    """Returns the pixels a mm by which most calibration pulses stand under one another; None where too few do.

    Args:
        ink: float32 (height, width) of an upright page, 1 for ink.
        mm_per_s: Paper speed.
    """
    longest = max(ink.shape)
    count = math.floor(math.log(_LARGEST_MM / _SMALLEST_MM) / math.log(_STEP)) + 1
    scales = [longest / _LARGEST_MM * _STEP**k for k in range(count)]
    seen = np.array([len(_heights(ink, scale, mm_per_s)) for scale in scales])
    for most in sorted({int(count) for count in seen if count >= FEWEST}, reverse=True):
        # A pulse is found at scales a little too small and too large as well.
        middle = scales[int(np.median(np.flatnonzero(seen == most)))]
        refined = _refined(ink, middle, mm_per_s)
        if refined is not None:
            return refined
    return None


def _refined(ink: np.ndarray, scale: float, mm_per_s: float) -> float | None:
    """The scale by which pulses found at another one are as high as they must be; None where they are lost."""
    for _ in range(_ROUNDS):
        heights = _heights(ink, scale, mm_per_s)
        if len(heights) < FEWEST:
            return None
        scale *= float(np.median(heights)) / PULSE_MM
    return scale


def _heights(ink: np.ndarray, px_per_mm: float, mm_per_s: float) -> list[float]:
    """How high, in mm, the pulses are that stand under one another at a page's side, at a scale; of most that do."""
    share = PX_PER_MM / px_per_mm
    if min(ink.shape) * share < PULSE_MM * PX_PER_MM:
        return []
    page = cv2.resize(ink, None, fx=share, fy=share, interpolation=cv2.INTER_AREA if share < 1 else cv2.INTER_LINEAR)
    found: list[list[float]] = [[]]
    inked = np.cumsum(page.sum(axis=0)) / max(float(page.sum()), 1.0)
    for crowd in under_one_another(find_pulses(page, (PULSE_MM,), (PULSE_S * mm_per_s,))):
        left, right = (min(len(inked) - 1, int(mm * PX_PER_MM)) for mm in (crowd[0].left_mm, crowd[0].right_mm))
        # Squares of a grid in pieces look like pulses too, and stand everywhere.
        if inked[left] < _ASIDE or inked[right] > 1 - _ASIDE:
            found.append([height for height in (measured_mm(page, one) for one in crowd) if np.isfinite(height)])
    return max(found, key=len)
