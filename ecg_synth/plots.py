"""Figures from NumPy arrays, written whole or not at all.

Matplotlib's object API keeps figures out of pyplot's global list, so they neither leak nor need a display.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ecg_synth.errors import InputError
from ecg_synth.files import write_bytes

DPI = 100


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Writes a figure as PNG, the same bytes for the same figure.

    Raises:
        StorageError: The disk is full or the folder is not writable.
    """
    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI)
    write_bytes(path, buffer.getvalue())


# Of a line as wide as a grid, times their size in points.
TITLE_CHARACTERS = 700


def image_grid(
    images: np.ndarray, path: str | os.PathLike[str], title: str, row_names: Sequence[str] = (), gap: int = 2
) -> None:
    """Draws images side by side (P1, figs. 5, 6, 10, 13, 15).

    One channel is grey and three are RGB; any other number stands as grey stripes, channel under channel.

    Args:
        images: uint8 or uint16 `(n, height, width, channels)`, n at least 1; of 16 bits the upper 8 are drawn.
        path: The PNG to write.
        title: Line above the grid; it says whether the images are synthetic.
        row_names: What stands to the left of each row, of as many images each; none makes the grid a square.
        gap: White pixels between images.

    Raises:
        InputError: There is no image, the array has another shape or dtype, or the rows do not hold as many each.
        StorageError: The file could not be written.
    """
    if images.ndim != 4 or len(images) == 0 or images.dtype not in (np.uint8, np.uint16):
        raise InputError(
            f"A grid takes at least one image, uint8 or uint16 of shape (n, height, width, channels). "
            f"Received: images.dtype={images.dtype}, images.shape={images.shape}."
        )
    rows = len(row_names)
    if rows and len(images) % rows:
        raise InputError(
            f"Every row of a grid holds as many images. Received: {len(images)} images for {rows} rows, "
            f"row_names={tuple(row_names)!r}."
        )
    images = (images >> 8).astype(np.uint8) if images.dtype == np.uint16 else images
    mosaic = tile_images(images, gap, len(images) // rows if rows else None)
    height, width = mosaic.shape[:2]
    inches = 6.0
    figure = Figure(figsize=(inches, inches * height / width + 0.4), layout="constrained")
    axes = figure.subplots()
    axes.imshow(mosaic, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set_xticks([])
    tall = (height + gap) / max(rows, 1)
    axes.set_yticks([(row + 0.5) * tall - gap / 2 for row in range(rows)], list(row_names))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    # Names of datasets are long, and have no place to break a line.
    figure.suptitle(title, fontsize=min(10, TITLE_CHARACTERS / max(1, *map(len, title.splitlines()))))
    save_figure(figure, path)


def tile_images(images: np.ndarray, gap: int = 2, columns: int | None = None) -> np.ndarray:
    """Returns one image `(height, width)` or `(height, width, 3)`, white between the tiles; square by default."""
    if images.shape[-1] not in (1, 3):
        images = np.concatenate(np.split(images, images.shape[-1], axis=-1), axis=1)
    count, height, width, channels = images.shape
    columns = columns or math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    mosaic = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, channels), 255, np.uint8)
    for index, image in enumerate(images):
        top, left = (index // columns) * (height + gap), (index % columns) * (width + gap)
        mosaic[top : top + height, left : left + width] = image
    return mosaic[..., 0] if channels == 1 else mosaic
