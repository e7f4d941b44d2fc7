"""What a codec does to a slice: the trace, and beside it the image that each arrangement makes of it."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec

from ecg_synth.errors import InputError
from ecg_synth.plots import save_figure, tile_images
from ecg_synth.plots_signals import INCH_PER_MM, MM_PER_MV, MM_PER_SECOND, draw_paper, reach

IMAGES_A_ROW = 6
MOST_SLICES = 50
"""More would not fit the 65,536 pixels that Matplotlib's canvas may be high."""
_IMAGE_INCHES = 1.45
_TIME = "viridis"


def arrangement_figure(
    slices_mv: np.ndarray,
    images: Mapping[str, np.ndarray],
    times: Mapping[str, np.ndarray | None],
    headings: Sequence[str],
    fs: float,
    leads: Sequence[str],
    path: str | os.PathLike[str],
    title: str,
) -> None:
    """Draws slices on ECG paper and, beside each, its image in every arrangement (P1, figs. 4 and 9).

    The first row shows which moment of the slice each pixel holds; its colours are those of the strip along the bottom
    of each trace.

    Args:
        slices_mv: (slices, length, leads) in mV; each lead is drawn with its median on the middle line.
        images: By arrangement uint8 or uint16 (slices, height, width, leads): one channel is grey, three are red, green
            and blue, any other number stands as tiles. Levels are stretched to the slice's highest one: a slice rarely
            fills its range, and a dark picture teaches nothing.
        times: By arrangement (height, width) in [0, 1], from the slice's beginning to its end, NaN where a pixel holds
            no sample; None where pixels hold more than one.
        headings: A line above each slice; it says whether the slice is measured, simulated or synthetic.
        fs: Sampling rate in Hz.
        leads: Names of the leads.
        path: The PNG to write.
        title: Line above all.

    Raises:
        InputError: There is no slice or no arrangement, too many slices, or the arrays do not belong together.
        StorageError: The file could not be written.
    """
    _check(slices_mv, images, times, headings)
    n, length, n_leads = slices_mv.shape
    seconds = length / fs
    low, high = reach([("", slices_mv)])
    rows = math.ceil(len(images) / IMAGES_A_ROW)
    columns = math.ceil(len(images) / rows)
    image_height = _IMAGE_INCHES * _aspect(next(iter(images.values())))
    trace_width = seconds * MM_PER_SECOND * INCH_PER_MM
    trace_height = n_leads * (high - low) * MM_PER_MV * INCH_PER_MM + 0.3
    heights = [rows * (_IMAGE_INCHES + 0.3)] + n * [max(rows * (image_height + 0.3), trace_height)]
    figure = Figure(figsize=(trace_width + columns * (_IMAGE_INCHES + 0.1) + 0.4, sum(heights) + 0.8))
    figure.set_layout_engine("constrained")
    outer = figure.add_gridspec(n + 1, 2, width_ratios=(trace_width, columns * _IMAGE_INCHES), height_ratios=heights)

    _draw_clock(figure.add_subplot(outer[0, 0]), seconds)
    for axes, (name, time) in zip(_cells(figure, outer[0, 1], rows, columns), times.items(), strict=False):
        axes.set_title(name, fontsize=9)
        if time is None:
            axes.text(0.5, 0.5, "each pixel holds\nmore than\none moment", ha="center", va="center", fontsize=8)
        else:
            axes.imshow(time, cmap=_TIME, vmin=0, vmax=1, interpolation="nearest")
    for index in range(n):
        inner = outer[index + 1, 0].subgridspec(n_leads, 1)
        for lead in range(n_leads):
            axes = figure.add_subplot(inner[lead])
            _draw_trace(axes, slices_mv[index, :, lead], seconds, low, high)
            axes.text(0.02, high - 0.1, leads[lead], fontsize=8, va="top")
            if lead == 0:
                axes.set_title(headings[index], fontsize=9)
        brightest = max(1, max(int(of_all[index].max()) for of_all in images.values()))
        for axes, (name, of_all) in zip(
            _cells(figure, outer[index + 1, 1], rows, columns), images.items(), strict=False
        ):
            axes.set_title(name, fontsize=9)
            stretched = (of_all[index] * (255 / brightest)).astype(np.uint8)
            axes.imshow(_tiles(stretched), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    figure.suptitle(title, fontsize=10)
    figure.supxlabel("25 mm/s, 10 mm/mV; images: brighter is a higher level, white is the slice's highest", fontsize=8)
    save_figure(figure, path)


def _check(
    slices_mv: np.ndarray,
    images: Mapping[str, np.ndarray],
    times: Mapping[str, np.ndarray | None],
    headings: Sequence[str],
) -> None:
    counts = {len(slices_mv), len(headings), *(len(of_all) for of_all in images.values())}
    if slices_mv.ndim != 3 or not images or len(counts) != 1 or list(images) != list(times):
        raise InputError(
            f"Slices, headings and the images of each arrangement must belong together, and there must be some. "
            f"Received: slices_mv.shape={slices_mv.shape}, {len(headings)} headings, images of "
            f"{ {name: len(of_all) for name, of_all in images.items()} }, times of {list(times)}."
        )
    if not 1 <= len(slices_mv) <= MOST_SLICES:
        raise InputError(
            f"One picture holds 1 to {MOST_SLICES} slices. Received: {len(slices_mv)} slices. Draw fewer, with several "
            f"seeds for several pictures."
        )


def _cells(figure: Figure, place: SubplotSpec, rows: int, columns: int) -> list[Axes]:
    grid = place.subgridspec(rows, columns)
    cells = [figure.add_subplot(grid[row, column]) for row in range(rows) for column in range(columns)]
    for axes in cells:
        axes.set_axis_off()
    return cells


def _draw_clock(axes: Axes, seconds: float) -> None:
    axes.imshow(np.linspace(0, 1, 256)[None], cmap=_TIME, extent=(0, seconds, 0, seconds / 12))
    axes.set_yticks([])
    axes.set_xlabel("time in the slice (s)", fontsize=8)
    axes.tick_params(labelsize=8)
    axes.set_title("When: the color of a pixel is the moment it holds\n(beats: in the first slice)", fontsize=9)


def _draw_trace(axes: Axes, trace: np.ndarray, seconds: float, low: float, high: float) -> None:
    draw_paper(axes, seconds, low, high)
    axes.plot(
        np.linspace(0, seconds, len(trace), endpoint=False), trace - np.median(trace), color="black", linewidth=0.8
    )
    strip = (0, seconds, low, low + 0.05 * (high - low))
    axes.imshow(np.linspace(0, 1, 256)[None], cmap=_TIME, extent=strip, aspect="auto", zorder=2)
    # imshow has moved the limits; the squares of the paper are squares when 1 s is as long as 2.5 mV.
    axes.set(xlim=(0, seconds), ylim=(low, high), aspect=MM_PER_MV / MM_PER_SECOND)


def _tiles(image: np.ndarray) -> np.ndarray:
    if image.shape[-1] in (1, 3):
        return tile_images(image[None], gap=0)
    return tile_images(np.moveaxis(image, -1, 0)[..., None], gap=2)


def _aspect(images: np.ndarray) -> float:
    height, width = _tiles(images[0]).shape[:2]
    return height / width
