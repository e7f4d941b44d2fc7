"""The light and the paper's own color, taken out of a flat page: what is left is paper 1, ink near 0."""

from __future__ import annotations

import numpy as np

BLOCK_PX = 40
"""Side of the blocks whose paper is looked for: 5 mm hold paper between any grid's lines."""
PAPER_QUANTILE = 0.8
_TAKEN = 2
_DARKEST = 0.05


def even_light(image: np.ndarray, inside: np.ndarray | None = None) -> np.ndarray:
    """Divides a page by the color of its paper, which is what the brighter part of every block shows.

    Args:
        image: float32 (height, width, 3) in [0, 1].
        inside: bool (height, width): where there is a page; elsewhere the result is 1.

    Returns:
        float32 of the same shape, in [0, 1.25].
    """
    from scipy import ndimage

    height, width = image.shape[:2]
    rows, columns = -(-height // BLOCK_PX), -(-width // BLOCK_PX)
    padded = np.pad(image, ((0, rows * BLOCK_PX - height), (0, columns * BLOCK_PX - width), (0, 0)), mode="symmetric")
    taken = padded[::_TAKEN, ::_TAKEN]
    side = BLOCK_PX // _TAKEN
    blocks = taken.reshape(rows, side, columns, side, 3).transpose(0, 2, 4, 1, 3).reshape(rows, columns, 3, -1)
    nth = int(PAPER_QUANTILE * (blocks.shape[-1] - 1))
    paper = np.partition(blocks, nth, axis=-1)[..., nth]
    # A block full of ink takes its paper from its neighbors.
    paper = np.stack([ndimage.median_filter(paper[..., k], 3, mode="nearest") for k in range(3)], axis=-1)
    paper = np.maximum(paper, _DARKEST)
    smooth = _enlarge(paper, (height, width))
    evened = np.clip(image / smooth, 0, 1.25)
    if inside is not None:
        evened[~inside] = 1.0
    return evened


def _enlarge(coarse: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Bilinear, from the blocks' centers to pixels."""
    import cv2

    height, width = size
    blocks = coarse.shape[1] * BLOCK_PX, coarse.shape[0] * BLOCK_PX
    return cv2.resize(coarse, blocks, interpolation=cv2.INTER_LINEAR)[:height, :width]
