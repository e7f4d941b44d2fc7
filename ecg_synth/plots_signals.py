"""ECGs as a clinician reads them: on millimetre paper, 25 mm/s and 10 mm/mV."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from ecg_synth.errors import InputError
from ecg_synth.plots import save_figure

MM_PER_SECOND = 25.0
MM_PER_MV = 10.0
INCH_PER_MM = 1.0 / 12.7
"""Twice the size of paper, so that a slice of two seconds fills a screen's column."""


def ecg_columns(
    columns: Sequence[tuple[str, np.ndarray]],
    fs: float,
    leads: Sequence[str],
    path: str | os.PathLike[str],
    title: str,
) -> None:
    """Writes `columns_figure(columns, fs, leads, title)` as the PNG `path`.

    Raises:
        InputError: The columns are empty or of different shapes.
        StorageError: The file could not be written.
    """
    save_figure(columns_figure(columns, fs, leads, title), path)


def columns_figure(columns: Sequence[tuple[str, np.ndarray]], fs: float, leads: Sequence[str], title: str) -> Figure:
    """Draws columns of slices side by side on ECG paper (P1, figs. 7, 11, 16-19).

    Each lead is drawn with its own median on the middle line, so that real and synthetic slices are seen alike; a
    trace that leaves its strip is cut off, as on paper.

    Args:
        columns: (heading, slices) pairs, the slices float (n, length, leads) in mV; a heading says whether its slices
            are measured, simulated or synthetic. Every column has the same n, length and leads.
        fs: Sampling rate in Hz.
        leads: Names of the leads, one a channel.
        title: Line above all.

    Raises:
        InputError: The columns are empty or of different shapes.
    """
    n, length, n_leads = shape_of(columns, "Columns")
    seconds = length / fs
    low, high = reach(columns)
    width = len(columns) * seconds * MM_PER_SECOND * INCH_PER_MM + 0.6
    height = n * n_leads * (high - low) * MM_PER_MV * INCH_PER_MM + 0.9
    figure = Figure(figsize=(width, height), layout="constrained")
    grid = figure.subplots(n * n_leads, len(columns), squeeze=False)
    time = np.arange(length) / fs
    for column, (heading, slices) in enumerate(columns):
        grid[0, column].set_title(heading, fontsize=10)
        for row in range(n * n_leads):
            trace = slices[row // n_leads, :, row % n_leads]
            axes = grid[row, column]
            draw_paper(axes, seconds, low, high)
            axes.plot(time, trace - np.median(trace), color="black", linewidth=0.8)
            axes.text(0.02, high - 0.1, leads[row % n_leads], fontsize=8, va="top")
    figure.suptitle(title, fontsize=10)
    figure.supxlabel("25 mm/s, 10 mm/mV", fontsize=8)
    return figure


def shape_of(groups: Sequence[tuple[str, np.ndarray]], name: str) -> tuple[int, int, int]:
    """Returns the shape (n, length, leads) that the slices of every (heading, slices) pair have.

    Args:
        groups: The pairs.
        name: What they are, in the plural, to begin the message with.

    Raises:
        InputError: There are no slices, or groups are of different shapes.
    """
    shapes = {slices.shape for _, slices in groups}
    if len(shapes) != 1 or min(next(iter(shapes)), default=0) == 0:
        raise InputError(f"{name} must hold slices of one shape. Received: {[s.shape for _, s in groups]}.")
    return next(iter(shapes))


def reach(columns: Sequence[tuple[str, np.ndarray]]) -> tuple[float, float]:
    """What holds nearly every trace below and above its median: mV, in steps of half a millivolt, at most 2.5."""
    deviations = [slices - np.median(slices, axis=1, keepdims=True) for _, slices in columns]
    low = max(np.quantile(-d.min(axis=1), 0.9) for d in deviations)
    high = max(np.quantile(d.max(axis=1), 0.9) for d in deviations)
    return -_half_millivolts(low), _half_millivolts(high)


def _half_millivolts(value: float) -> float:
    return min(2.5, max(0.5, math.ceil(value * 2) / 2))


def draw_paper(axes: Axes, seconds: float, low: float, high: float) -> None:
    """Rules millimetre paper from 0 to `seconds` and from `low` to `high` mV, without ticks."""
    axes.set_xlim(0, seconds)
    axes.set_ylim(low, high)
    for axis, millimetre in ((axes.xaxis, 1 / MM_PER_SECOND), (axes.yaxis, 1 / MM_PER_MV)):
        axis.set_major_locator(MultipleLocator(5 * millimetre))
        axis.set_minor_locator(MultipleLocator(millimetre))
    axes.grid(which="major", color="#e8a0a0", linewidth=0.6)
    axes.grid(which="minor", color="#f6d5d5", linewidth=0.3)
    axes.tick_params(which="both", length=0, labelbottom=False, labelleft=False)
    axes.set_axisbelow(True)
