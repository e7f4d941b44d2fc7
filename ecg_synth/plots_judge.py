"""What the judge draws: spectra and beats of several sets in one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

# Color-blind safe (Okabe and Ito); real sets first, the candidate last.
COLORS = ("#000000", "#56b4e9", "#d55e00", "#009e73")
BAND = (0.05, 0.95)


def spectra_figure(
    frequencies_hz: np.ndarray, spectra_db: Mapping[str, np.ndarray], leads: Sequence[str], title: str
) -> Figure:
    """Draws the median power spectrum of each set, with the band that holds 90 % of its slices.

    Args:
        frequencies_hz: `(frequencies,)` in Hz.
        spectra_db: By set, float `(n, frequencies, leads)` in dB; the names say whether they are synthetic.
        leads: Names of the leads, a panel each.
        title: Line above all.
    """
    return _bands(frequencies_hz, spectra_db, leads, title, "frequency in Hz", "power in dB of mV$^2$/Hz", log=True)


def beats_figure(times_s: np.ndarray, beats_mv: Mapping[str, np.ndarray], leads: Sequence[str], title: str) -> Figure:
    """Draws the median beat of each set, with the band that holds 90 % of its beats (P1, figs. 16-19, laid over).

    Args:
        times_s: `(samples,)` in s, 0 at the R peak.
        beats_mv: By set, float `(n, samples, leads)` in mV; the names say whether they are synthetic.
        leads: Names of the leads, a panel each.
        title: Line above all.
    """
    return _bands(times_s, beats_mv, leads, title, "time from the R peak in s", "mV", log=False)


def _bands(
    x: np.ndarray,
    values: Mapping[str, np.ndarray],
    leads: Sequence[str],
    title: str,
    x_label: str,
    y_label: str,
    log: bool,
) -> Figure:
    columns = min(3, len(leads))
    rows = -(-len(leads) // columns)
    figure = Figure(figsize=(max(6.5, 4.2 * columns), 3.2 * rows + 0.6), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True)
    for panel in grid.flat[len(leads) :]:
        panel.set_visible(False)
    for number, lead in enumerate(leads):
        axes = grid.flat[number]
        for color, (name, found) in zip(COLORS, values.items(), strict=False):
            if not len(found):
                continue
            low, middle, high = np.quantile(found[..., number], [BAND[0], 0.5, BAND[1]], axis=0)
            axes.fill_between(x, low, high, color=color, alpha=0.12, linewidth=0)
            axes.plot(x, middle, color=color, linewidth=1.3, label=f"{name} ({len(found)})")
        if log:
            axes.set_xscale("log")
        axes.set_title(lead, fontsize=9)
        axes.grid(alpha=0.3)
    grid[0, 0].legend(fontsize=8)
    figure.supxlabel(x_label, fontsize=9)
    figure.supylabel(y_label, fontsize=9)
    figure.suptitle(title, fontsize=10)
    return figure


def giveaway_figure(found: Mapping[str, tuple[float, float]], title: str) -> Figure:
    """Draws the AUROC by part of a slice, candidate beside floor.

    Args:
        found: By part, (candidate, floor).
        title: Line above; it says whether the candidate is synthetic.
    """
    names = list(found)[::-1]
    figure = Figure(figsize=(7.5, 0.34 * len(names) + 1.2), layout="constrained")
    axes = figure.subplots()
    y = np.arange(len(names))
    for index, (label, color) in enumerate((("candidate", COLORS[2]), ("floor: other patients", COLORS[1]))):
        values = np.array([found[name][index] for name in names])
        axes.barh(y + 0.2 - 0.4 * index, values, height=0.36, color=color, label=label)
    axes.axvline(0.5, color="black", linewidth=0.8)
    axes.set_yticks(y, names, fontsize=8)
    axes.set_xlim(0, 1)
    axes.set_xlabel("AUROC (0.5 is chance)", fontsize=9)
    axes.legend(fontsize=8, loc="lower right")
    axes.set_title(title, fontsize=10)
    return figure
