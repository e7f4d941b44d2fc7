"""Generated images: panels of several kinds side by side, and the way from one image to another."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from ecg_synth.errors import InputError
from ecg_synth.plots import save_figure, tile_images

_A_ROW = 8
_MOST = 64


def image_panels(groups: Mapping[str, np.ndarray], path: str | os.PathLike[str], title: str) -> None:
    """Draws several kinds of images side by side, each kind as a square of tiles (P1, figs. 1 and 2).

    Args:
        groups: By heading uint8 (n, height, width, channels); the heading says what the images are.
        path: The PNG to write.
        title: Line above all.

    Raises:
        InputError: There is no group, or one has no image.
        StorageError: The file could not be written.
    """
    if not groups or not all(len(images) for images in groups.values()):
        counts = {name: len(images) for name, images in groups.items()}
        raise InputError(f"Panels need at least one image each. Received: {counts}.")
    figure = Figure(figsize=(3.4 * len(groups), 4.0), layout="constrained")
    for axes, (heading, images) in zip(figure.subplots(1, len(groups), squeeze=False)[0], groups.items(), strict=True):
        axes.imshow(tile_images(images), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        axes.set_title(heading, fontsize=9)
        axes.set_axis_off()
    figure.suptitle(title, fontsize=10)
    save_figure(figure, path)


def interpolation_figure(
    images: np.ndarray,
    path: str | os.PathLike[str],
    title: str,
    signals: tuple[np.ndarray, float] | None = None,
) -> None:
    """Draws images in a row, and below each the first lead that it decodes to.

    Args:
        images: uint8 (n, height, width, channels), from 2 to 64.
        path: The PNG to write.
        title: Line above all; it says that the images are synthetic.
        signals: For ECGs: mV (n, length, leads) and the sampling rate in Hz.

    Raises:
        InputError: There are fewer than 2 images or more than 64.
        StorageError: The file could not be written.
    """
    if not 2 <= len(images) <= _MOST:
        raise InputError(f"An interpolation is drawn in 2 to {_MOST} steps. Received: {len(images)}.")
    columns = min(_A_ROW, len(images))
    blocks = math.ceil(len(images) / columns)
    rows_a_block = 1 if signals is None else 2
    figure = Figure(figsize=(1.4 * columns, blocks * (1.5 * rows_a_block) + 0.7), layout="constrained")
    axes = figure.subplots(blocks * rows_a_block, columns, squeeze=False)
    for one in axes.flat:
        one.set_axis_off()
    # A flat signal has no height of its own.
    reach = (0.0, 0.0) if signals is None else (signals[0][..., 0].min() - 0.05, signals[0][..., 0].max() + 0.05)
    for index, image in enumerate(images):
        row, column = index // columns * rows_a_block, index % columns
        axes[row, column].imshow(tile_images(image[None]), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        axes[row, column].set_title(f"{index / (len(images) - 1):.2f}", fontsize=8)
        if signals is not None:
            signal_mv, fs = signals
            seconds = np.arange(signal_mv.shape[1]) / fs
            below = axes[row + 1, column]
            below.plot(seconds, signal_mv[index, :, 0], color="black", linewidth=0.5)
            below.set_ylim(*map(float, reach))
    figure.suptitle(title, fontsize=10)
    save_figure(figure, path)
