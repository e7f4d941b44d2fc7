"""Figures from NumPy arrays, written whole or not at all.

Matplotlib's object API keeps figures out of pyplot's global list, so they neither leak nor need a display.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Mapping

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

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


def image_grid(images: np.ndarray, path: str | os.PathLike[str], title: str) -> None:
    """Draws images side by side (P1, figs. 5, 6, 10, 13, 15).

    One channel is grey and three are RGB; any other number stands as grey stripes, channel under channel.

    Args:
        images: uint8 or uint16 `(n, height, width, channels)`, n at least 1; of 16 bits the upper 8 are drawn.
        path: The PNG to write.
        title: Line above the grid; it says whether the images are synthetic.

    Raises:
        InputError: There is no image, or the array has another shape or dtype.
        StorageError: The file could not be written.
    """
    if images.ndim != 4 or len(images) == 0 or images.dtype not in (np.uint8, np.uint16):
        raise InputError(
            f"A grid takes at least one image, uint8 or uint16 of shape (n, height, width, channels). "
            f"Received: images.dtype={images.dtype}, images.shape={images.shape}."
        )
    mosaic = tile_images((images >> 8).astype(np.uint8) if images.dtype == np.uint16 else images)
    height, width = mosaic.shape[:2]
    inches = 6.0
    figure = Figure(figsize=(inches, inches * height / width + 0.4), layout="constrained")
    axes = figure.subplots()
    axes.imshow(mosaic, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    axes.set_axis_off()
    axes.set_title(title, fontsize=10)
    save_figure(figure, path)


def tile_images(images: np.ndarray, gap: int = 2) -> np.ndarray:
    """Returns one image `(height, width)` or `(height, width, 3)`, white between the tiles."""
    if images.shape[-1] not in (1, 3):
        images = np.concatenate(np.split(images, images.shape[-1], axis=-1), axis=1)
    count, height, width, channels = images.shape
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    mosaic = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, channels), 255, np.uint8)
    for index, image in enumerate(images):
        top, left = (index // columns) * (height + gap), (index % columns) * (width + gap)
        mosaic[top : top + height, left : left + width] = image
    return mosaic[..., 0] if channels == 1 else mosaic


def loss_curves(columns: Mapping[str, np.ndarray], path: str | os.PathLike[str], title: str) -> None:
    """Draws losses, and below them the shares judged rightly, by epoch (P1, fig. 14).

    Args:
        columns: `"epoch"` and any of `"d_loss"`, `"g_loss"` (nats), `"d_real"`, `"d_fake"` (shares), each `(epochs,)`.
        path: The PNG to write.
        title: Line above the curves.

    Raises:
        InputError: There is no column `"epoch"`.
        StorageError: The file could not be written.
    """
    if "epoch" not in columns:
        raise InputError(f"Curves need a column 'epoch'. Received: columns={sorted(columns)!r}.")
    panels = (
        ("loss (nats)", {"d_loss": "discriminator", "g_loss": "generator"}),
        ("share judged rightly", {"d_real": "real images", "d_fake": "generated images"}),
    )
    figure = Figure(figsize=(8.0, 5.5), layout="constrained")
    for axes, (label, curves) in zip(figure.subplots(2, 1, sharex=True), panels, strict=True):
        for name, legend in curves.items():
            if name in columns:
                # A single epoch has no line, only a point.
                axes.plot(columns["epoch"], columns[name], label=legend, marker="." if len(columns[name]) < 2 else "")
        axes.set_ylabel(label)
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.suptitle(title, fontsize=10)
    save_figure(figure, path)
