"""How much ink lies on each pixel: the page's colors seen along the one direction that tells ink from grid."""

from __future__ import annotations

import numpy as np

from ecg_synth.digitizing.flat import FlatPage
from ecg_synth.digitizing.ink import Ink
from ecg_synth.digitizing.light import even_light

SURE, SURELY_NOT = 0.9, 0.02
MOST = 200_000
"""Pixels that colors are learned from."""
CORE_QUANTILE = 0.6
"""Of what is surely a trace, the darker part is the core of a stroke; the rest are its edges."""
LINE_PX = 80
"""Lines are looked for over 10 mm."""
MOST_OF_LINE = 0.7
"""What is darker is not told from ink."""
FLOOR = 1e-4
"""Added to the background's powers: a page of our own has no noise at all."""


def ink_darkness(flat: FlatPage, ink: Ink) -> np.ndarray:
    """Returns `darkness_of` a flat page, its light evened; 0 beyond the picture."""
    dark = darkness_of(even_light(flat.image, flat.inside), ink, flat.inside)
    dark[~flat.inside] = 0
    return dark


def darkness_of(evened: np.ndarray, ink: Ink, inside: np.ndarray) -> np.ndarray:
    """Returns the share of ink at every pixel, 0 for paper and grid and 1 for the core of a trace.

    It is Fisher's discriminant about the paper's color: of all sums of the three colors that give 1 for ink, the one
    with the least power on everything that is not ink. A red grid disappears from it; a gray one under black ink
    stays as it is.

    Args:
        evened: float32 (height, width, 3), of `even_light`.
        ink: Of the same page.
        inside: bool (height, width).

    Returns:
        float32 (height, width); beyond [0, 1] where a pixel is still more or less like ink.
    """
    dark = 1 - evened
    height, width = ink.trace.shape
    step = max(1, int(np.sqrt(height * width / (4 * MOST))))
    part = slice(None, None, step)
    nothing = (ink.trace[part, part] < SURELY_NOT) & (ink.text[part, part] < SURELY_NOT)
    nothing &= (ink.pulse[part, part] < SURELY_NOT) & inside[part, part]
    background = dark[part, part][nothing].astype(np.float64)
    rows, columns = np.nonzero((ink.trace > SURE) & inside)
    if len(rows) > MOST:
        taken = np.linspace(0, len(rows) - 1, MOST).astype(np.intp)
        rows, columns = rows[taken], columns[taken]
    if not len(rows):
        return dark.mean(axis=-1)
    strokes = dark[rows, columns].astype(np.float64)
    depth = strokes.mean(axis=1)
    color = strokes[depth >= np.quantile(depth, CORE_QUANTILE)].mean(axis=0)
    power = background.T @ background / max(1, len(background)) + FLOOR * np.eye(3)
    direction = np.linalg.solve(power, color)
    seen = dark @ (direction / (direction @ color)).astype(np.float32)
    return _without_grid(seen, ink.trace + ink.text + ink.pulse > SURELY_NOT)


def _without_grid(dark: np.ndarray, marked: np.ndarray) -> np.ndarray:
    """Takes out lines that are as dark as that over 10 mm of a row or a column, where ink does not cover them.

    Ink covers a line: what is left is what the pixel has beyond the line, as a share of what it could have.
    """
    unmarked = np.where(marked, np.float32(0), dark)
    lines = np.maximum(_lines(unmarked), _lines(unmarked.T).T)
    lines = np.clip(lines, 0, MOST_OF_LINE)
    return (dark - lines) / (1 - lines)


def _lines(dark: np.ndarray) -> np.ndarray:
    """The median along each row in blocks of `LINE_PX`, between the middles of blocks linear."""
    height, width = dark.shape
    blocks = max(1, width // LINE_PX)
    length = width // blocks
    parts = np.partition(dark[:, : blocks * length].reshape(height, blocks, length), length // 2, axis=2)
    medians = parts[:, :, length // 2]
    at = np.clip((np.arange(width) + 0.5) / length - 0.5, 0, blocks - 1)
    left = np.minimum(at.astype(np.intp), max(0, blocks - 2))
    right = np.minimum(left + 1, blocks - 1)
    share = (at - left).astype(np.float32)
    return medians[:, left] * (1 - share) + medians[:, right] * share
