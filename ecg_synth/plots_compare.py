"""Candidates side by side: where each metric lies between real and broken."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

LEFT, RIGHT = -0.3, 1.5


def compare_figure(titles: Sequence[str], names: Sequence[str], positions: np.ndarray, title: str) -> Figure:
    """Returns a dot plot: a line a metric, a dot with its interval a candidate, real at 0 and broken at 1.

    What lies beyond the edges is drawn as a triangle on them.

    Args:
        titles: Of the metrics.
        names: Of the candidates.
        positions: float `(metrics, candidates, 3)`: value, lower and upper end; what is NaN is not drawn.
        title: Line above all.
    """
    height = 1.4 + (0.12 + 0.11 * len(names)) * len(titles) + 0.16 * len(names)
    figure = Figure(figsize=(9.0, max(height, 2.4)), layout="constrained")
    axes = figure.subplots()
    rows = np.arange(len(titles))
    for number, name in enumerate(names):
        value, *ends = positions[:, number].T
        low, high = np.minimum(*ends), np.maximum(*ends)
        at = rows + 0.7 * ((number + 0.5) / len(names) - 0.5)
        color = f"C{number % 10}"
        axes.hlines(at, np.clip(low, LEFT, RIGHT), np.clip(high, LEFT, RIGHT), color=color, linewidth=1)
        for marker, shown in (("o", (value >= LEFT) & (value <= RIGHT)), ("<", value < LEFT), (">", value > RIGHT)):
            axes.plot(np.clip(value, LEFT, RIGHT)[shown], at[shown], marker, color=color, markersize=4)
        axes.plot([], [], "o", color=color, markersize=4, label=name)
    axes.axvline(0.0, color="black", linewidth=1)
    axes.axvline(1.0, color="black", linewidth=1, linestyle=":")
    axes.set_xticks([0.0, 0.5, 1.0], ["floor: real", "half way", "ceiling: broken"], fontsize=8)
    axes.set_yticks(rows, list(titles), fontsize=7)
    axes.set_xlim(LEFT - 0.03, RIGHT + 0.03)
    axes.set_ylim(len(titles) - 0.5, -0.5)
    for edge in rows[1:]:
        axes.axhline(edge - 0.5, color="0.9", linewidth=0.6)
    figure.legend(loc="outside lower center", ncols=1 if len(names) > 2 else 2, fontsize=8, frameon=False)
    figure.suptitle(title, fontsize=10)
    return figure
