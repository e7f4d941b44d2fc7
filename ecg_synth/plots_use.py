"""What synthetic slices are good for, as curves over the share of the real patients that a classifier learnt from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

Curve = Sequence[tuple[float, float, float]]
"""(value, lower end, upper end) at each share."""


def use_figure(
    shares: Sequence[float],
    curves: Mapping[str, Mapping[str, Curve]],
    lines: Mapping[str, Mapping[str, float]],
    title: str,
) -> Figure:
    """Returns a panel a score: a curve a way to train with its intervals, and horizontal lines to compare with.

    Args:
        shares: Shares of the real patients, within (0, 1], increasing.
        curves: By title of a score and way to train.
        lines: By title of a score and name.
        title: Line above all; it says which data are synthetic.
    """
    figure = Figure(figsize=(3.1 * len(curves), 3.4), layout="constrained")
    at = np.arange(len(shares), dtype=float)
    for axes, (score, ways) in zip(figure.subplots(1, len(curves), squeeze=False)[0], curves.items(), strict=True):
        for number, (way, curve) in enumerate(ways.items()):
            value, low, high = np.array(curve).T
            # Side by side, so that one interval does not hide the other.
            place = at + 0.12 * (number - (len(ways) - 1) / 2)
            # A percentile interval need not hold the value itself.
            ends = np.maximum(0.0, [value - low, high - value])
            axes.errorbar(place, value, yerr=ends, marker="o", markersize=3, linewidth=1.2, capsize=2, label=way)
        for number, (name, height) in enumerate(lines[score].items()):
            axes.axhline(height, color=f"C{number + len(ways)}", linestyle="--", linewidth=1, label=name)
        axes.set_xticks(at, [f"{share:.0%}" for share in shares])
        axes.set_ylim(0.0, 1.02)
        axes.set_title(score, fontsize=9)
        axes.set_xlabel("share of the real patients", fontsize=8)
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.3)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=8, frameon=False)
    figure.suptitle(title, fontsize=10)
    return figure
