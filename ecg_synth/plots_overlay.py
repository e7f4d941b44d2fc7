"""Beats of several sets over one another, at their R peaks, on millimetre paper."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from ecg_synth.errors import InputError
from ecg_synth.plots import save_figure
from ecg_synth.plots_signals import INCH_PER_MM, MM_PER_MV, MM_PER_SECOND, draw_paper, reach

_COLORS = ("black", "#0050d0", "#c06000", "#007a33")
MOST_SETS = len(_COLORS)
_COLUMNS = 3


def overlay_figure(
    sets: Mapping[str, np.ndarray],
    fs: float,
    leads: Sequence[str],
    before: float,
    path: str | os.PathLike[str],
    title: str,
) -> None:
    """Draws every beat of each set thinly and their median boldly, a strip of paper a lead.

    Each beat of a lead is drawn with its median on the middle line, so that sets with and without a baseline are seen
    alike.

    Args:
        sets: By heading, which says whether they are measured, simulated or synthetic, beats (n, samples, leads) in mV;
            a set may have none, but not all of them.
        fs: Sampling rate in Hz.
        leads: Names of the leads.
        before: Seconds of a beat before its R peak, which is marked.
        path: The PNG to write.
        title: Line above all.

    Raises:
        InputError: There are no beats, more sets than colors, or beats of different shapes.
        StorageError: The file could not be written.
    """
    shapes = {beats.shape[1:] for beats in sets.values()}
    if len(shapes) != 1 or len(sets) > MOST_SETS or not any(len(beats) for beats in sets.values()):
        counts = {heading: beats.shape for heading, beats in sets.items()}
        raise InputError(
            f"An overlay takes 1 to {MOST_SETS} sets of beats of one shape, and a beat in one at least. "
            f"Received: {counts}."
        )
    samples, n_leads = next(iter(shapes))
    seconds, time = samples / fs, np.arange(samples) / fs
    low, high = reach([(heading, beats) for heading, beats in sets.items() if len(beats)])
    columns = min(_COLUMNS, n_leads)
    rows = -(-n_leads // columns)
    width = columns * seconds * MM_PER_SECOND * INCH_PER_MM + 0.6
    height = rows * (high - low) * MM_PER_MV * INCH_PER_MM + 1.0 + 0.2 * len(sets)
    figure = Figure(figsize=(max(width, 5.0), height), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid[n_leads:]:
        axes.set_axis_off()
    for lead, axes in enumerate(grid[:n_leads]):
        draw_paper(axes, seconds, low, high)
        axes.set_aspect(MM_PER_MV / MM_PER_SECOND)
        axes.axvline(before, color="0.5", linewidth=0.6, linestyle=":")
        axes.text(0.01, high - 0.1, leads[lead], fontsize=8, va="top")
        for color, (heading, beats) in zip(_COLORS, sets.items(), strict=False):
            label = f"{heading}, {len(beats)} beats" if lead == 0 else None
            centered = beats[..., lead] - np.median(beats[..., lead], axis=1, keepdims=True)
            if len(beats):
                axes.plot(time, centered.T, color=color, linewidth=0.4, alpha=max(0.05, min(0.5, 4 / len(beats))))
                axes.plot(time, np.median(centered, axis=0), color=color, linewidth=1.6, label=label, zorder=3)
            else:
                axes.plot([], [], color=color, label=label)
    figure.legend(loc="outside lower center", ncols=1, fontsize=8, frameon=False)
    figure.suptitle(f"{title}\n25 mm/s, 10 mm/mV; bold: median; dotted: R peak", fontsize=9)
    save_figure(figure, path)
