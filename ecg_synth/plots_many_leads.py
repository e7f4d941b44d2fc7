"""Slices of many leads at one glance: a tile each, its leads below each other at true proportions."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from ecg_synth.plots import save_figure
from ecg_synth.plots_signals import MM_PER_MV, MM_PER_SECOND, shape_of

INCH_PER_MM = 1.0 / 40.0
"""Smaller than paper: 48 slices of twelve leads fill a page."""
MV_APART = 1.2
COLUMNS = 6


def ecg_tiles(
    groups: Sequence[tuple[str, np.ndarray]],
    fs: float,
    leads: Sequence[str],
    path: str | os.PathLike[str],
    title: str,
) -> None:
    """Writes groups of slices beside each other as a PNG, each six tiles wide.

    Each lead has its own median on its line, lines are 1.2 mV apart, and a trace may cross its neighbors', as on a
    monitor.

    Args:
        groups: (heading, slices) pairs, the slices float (n, length, leads) in mV; a heading says whether they are
            measured, simulated or synthetic. Every group has the same n, length and leads.
        fs: Sampling rate in Hz.
        leads: Names of the leads, one a channel.
        path: The PNG.
        title: Line above all.

    Raises:
        InputError: The groups are empty or of different shapes.
        StorageError: The file could not be written.
    """
    n, length, n_leads = shape_of(groups, "Groups")
    rows = -(-n // COLUMNS)
    seconds, height = length / fs, (n_leads + 1) * MV_APART
    size = (
        len(groups) * COLUMNS * seconds * MM_PER_SECOND * INCH_PER_MM,
        rows * height * MM_PER_MV * INCH_PER_MM + 0.6,
    )
    figure = Figure(figsize=size, layout="constrained")
    parts = figure.subfigures(1, len(groups), squeeze=False)[0]
    lines = -MV_APART * np.arange(n_leads)
    time = np.arange(length) / fs
    for part, (heading, slices) in zip(parts, groups, strict=True):
        part.suptitle(heading, fontsize=9)
        for place, axes in enumerate(part.subplots(rows, COLUMNS, squeeze=False).flat):
            axes.set_axis_off()
            if place >= n:
                continue
            traces = slices[place] - np.median(slices[place], axis=0) + lines
            axes.plot(time, traces, color="black", linewidth=0.5)
            for name, line in zip(leads, lines, strict=True):
                axes.text(0.0, line + 0.15, name, fontsize=4, color="#b03030")
            axes.set_xlim(0, seconds)
            axes.set_ylim(lines[-1] - MV_APART, MV_APART)
    figure.suptitle(f"{title}; {seconds:.4g} s, leads {MV_APART:g} mV apart", fontsize=10)
    save_figure(figure, path)
