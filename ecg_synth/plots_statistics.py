"""What a dataset holds: slices by class and split, and the amplitudes of each lead."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ecg_synth.errors import InputError
from ecg_synth.plots import save_figure

BIN_MV = 0.05
_LEADS_A_ROW = 3


def statistics_figure(
    counts: Mapping[str, Mapping[str, int]],
    amplitudes: np.ndarray,
    weights: np.ndarray,
    bounds: np.ndarray,
    span: np.ndarray,
    leads: Sequence[str],
    path: str | os.PathLike[str],
    title: str,
) -> None:
    """Draws class counts by split, and below them the histogram of each lead's amplitudes (P1, fig. 8).

    The histograms' counts are logarithmic: QRS complexes are rare among samples, and they are what a bound cuts off.

    Args:
        counts: Slices by split and class, every split with the same classes.
        amplitudes: (values,) in mV, increasing.
        weights: Samples of each amplitude, (leads, values).
        bounds: The 1 % and 99 % quantiles of each lead, (leads, 2) in mV.
        span: Where the adapted range lies for a slice in the middle of the data: (leads, 2) in mV.
        leads: Names of the leads.
        path: The PNG to write; the title says whether the data are measured or simulated.
        title: Line above all.

    Raises:
        InputError: There is no split, or the arrays do not belong together.
        StorageError: The file could not be written.
    """
    n_leads = len(leads)
    if (
        not counts
        or weights.shape != (n_leads, len(amplitudes))
        or bounds.shape != (n_leads, 2)
        or span.shape != (n_leads, 2)
    ):
        raise InputError(
            f"Statistics need class counts, and weights, bounds and span of every lead. Received: splits={list(counts)}"
            f", leads={list(leads)}, amplitudes.shape={amplitudes.shape}, weights.shape={weights.shape}, "
            f"bounds.shape={bounds.shape}, span.shape={span.shape}."
        )
    columns = min(_LEADS_A_ROW, n_leads)
    rows = math.ceil(n_leads / columns)
    figure = Figure(figsize=(max(7.5, 4.2 * columns), 2.6 + 2.6 * rows), layout="constrained")
    grid = figure.add_gridspec(rows + 1, columns)
    _draw_counts(figure.add_subplot(grid[0, :]), counts)
    edges = _edges(amplitudes, weights, span)
    first = None
    for lead, name in enumerate(leads):
        first = axes = figure.add_subplot(grid[1 + lead // columns, lead % columns], sharex=first, sharey=first)
        _draw_amplitudes(axes, amplitudes, weights[lead], edges, bounds[lead], span[lead])
        axes.set_title(f"lead {name}", fontsize=9)
    handles, labels = first.get_legend_handles_labels() if first else ([], [])
    figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    figure.suptitle(title, fontsize=10)
    save_figure(figure, path)


def _draw_counts(axes: Axes, counts: Mapping[str, Mapping[str, int]]) -> None:
    width = 0.8 / len(counts)
    for index, (split, of_split) in enumerate(counts.items()):
        places = np.arange(len(of_split)) + (index - (len(counts) - 1) / 2) * width
        bars = axes.bar(places, list(of_split.values()), width, label=f"{split} ({sum(of_split.values()):,})")
        axes.bar_label(bars, fmt="{:,.0f}", fontsize=7)
    axes.set_xticks(range(len(of_split)), list(of_split), fontsize=8)
    axes.margins(y=0.15)
    axes.set_ylabel("slices", fontsize=8)
    axes.tick_params(axis="y", labelsize=8)
    axes.legend(title="split", fontsize=8, title_fontsize=8, frameon=False)


def _edges(amplitudes: np.ndarray, weights: np.ndarray, span: np.ndarray) -> np.ndarray:
    seen = amplitudes[weights.any(axis=0)]
    low = min(seen.min(initial=0.0), span.min())
    high = max(seen.max(initial=0.0), span.max())
    return np.arange(math.floor(low / BIN_MV) - 1, math.ceil(high / BIN_MV) + 2) * BIN_MV


def _draw_amplitudes(
    axes: Axes, amplitudes: np.ndarray, weights: np.ndarray, edges: np.ndarray, bounds: np.ndarray, span: np.ndarray
) -> None:
    shown = np.histogram(amplitudes, edges, weights=weights)[0]
    axes.stairs(shown, edges, fill=True, color="#7090b0")
    axes.axvspan(
        *span,
        color="#f0a050",
        alpha=0.2,
        label=f"adapted range: {span[1] - span[0]:g} mV above a slice's median minimum",
    )
    for bound, label in zip(bounds, ("1 % and 99 % quantiles", None), strict=True):
        axes.axvline(bound, color="#b02020", linewidth=1, linestyle="--", label=label)
    axes.set_yscale("log")
    axes.set_xlabel("mV", fontsize=8)
    axes.set_ylabel(f"samples a {BIN_MV:g} mV (log)", fontsize=8)
    axes.tick_params(labelsize=8)
