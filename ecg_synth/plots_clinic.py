"""Distributions of clinical features, real beside synthetic."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLUMNS = 4
COLORS = ("#4878a8", "#7fb07f", "#d07030", "#8868a8")
# A violin of fewer values shows their spread and nothing else: they are drawn as points.
LEAST = 5


def violin_figure(sets: Mapping[str, np.ndarray], titles: Sequence[str], title: str) -> Figure:
    """Draws one panel a feature, with one violin a set: its median as a line, its quartiles as a bar.

    What is beyond the middle 98 % of all sets is not drawn, so that a few wild values do not flatten the rest.

    Args:
        sets: By name, which says whether they are measured, simulated or synthetic: float (n, features), NaN where a
            value is missing. At most four.
        titles: Name and unit of each feature.
        title: Line above all.
    """
    rows = math.ceil(len(titles) / COLUMNS)
    figure = Figure(figsize=(3.2 * COLUMNS, 2.3 * rows + 0.8), layout="constrained")
    panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for number, axes in enumerate(panels):
        if number >= len(titles):
            axes.set_visible(False)
            continue
        _panel(axes, [values[:, number] for values in sets.values()], titles[number])
    handles = [panels[0].plot([], [], color=color, linewidth=6)[0] for color, _ in zip(COLORS, sets, strict=False)]
    figure.legend(handles, list(sets), loc="outside lower center", ncols=len(sets), fontsize=9, frameon=False)
    figure.suptitle(title, fontsize=11)
    return figure


def _panel(axes: Axes, columns: Sequence[np.ndarray], title: str) -> None:
    columns = [column[np.isfinite(column)] for column in columns]
    together = np.concatenate(columns)
    axes.set_title(title, fontsize=9)
    axes.set_xticks([])
    axes.tick_params(labelsize=8)
    if not len(together):
        axes.text(0.5, 0.5, "not measured in any slice", ha="center", transform=axes.transAxes, fontsize=8)
        return
    low, high = np.quantile(together, [0.01, 0.99])
    for place, (values, color) in enumerate(zip(columns, COLORS, strict=False)):
        values = values[(values >= low) & (values <= high)]
        if len(values) < LEAST or np.ptp(values) == 0:
            axes.plot(np.full(len(values), place), values, "o", color=color, markersize=3)
            continue
        bodies: Any = axes.violinplot(values, [place], widths=0.9, showextrema=False)["bodies"]
        for body in bodies:
            body.set(facecolor=color, edgecolor="none", alpha=0.6)
        quartiles = np.quantile(values, [0.25, 0.5, 0.75])
        axes.vlines(place, quartiles[0], quartiles[2], color=color, linewidth=4)
        axes.hlines(quartiles[1], place - 0.25, place + 0.25, color="black", linewidth=1.2)
    axes.set_xlim(-0.6, len(columns) - 0.4)
