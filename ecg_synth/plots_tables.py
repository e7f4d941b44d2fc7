"""Tables side by side, measured and synthetic: box plots of continuous columns, shares of ones of binary ones."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ecg_synth.errors import InputError
from ecg_synth.plots import save_figure

_BOXES_A_ROW = 6
_LETTERS_A_ROW = 110
_COLORS = ("0.45", "tab:orange", "tab:blue", "tab:green")


def compare_tables(
    groups: Mapping[str, np.ndarray],
    names: Sequence[str],
    is_binary: np.ndarray,
    path: str | os.PathLike[str],
    title: str,
) -> None:
    """Writes `tables_figure` as PNG to `path`; raises `StorageError` when it could not be written."""
    save_figure(tables_figure(groups, names, is_binary, title), path)


def tables_figure(groups: Mapping[str, np.ndarray], names: Sequence[str], is_binary: np.ndarray, title: str) -> Figure:
    """Returns tables of the same columns side by side (P1, 3.3.3).

    Whiskers end at the 5th and 95th percentile and points beyond are left out: a few outliers among thousands of rows
    would press every box flat. Binary columns are bars of the share of ones, and the number of ones is printed on them.

    Args:
        groups: By name float (rows, columns), at least one and at most four; the name says what the rows are.
        names: Of the columns.
        is_binary: bool (columns,).
        title: Line above all.

    Raises:
        InputError: There is no group or too many, one has no row, or the columns differ.
    """
    is_binary = np.asarray(is_binary, dtype=bool)
    _check(groups, names, is_binary)
    continuous, binary = np.flatnonzero(~is_binary), np.flatnonzero(is_binary)
    box_rows = math.ceil(len(continuous) / _BOXES_A_ROW)
    bar_height = 0.6 + 0.16 * len(binary) * len(groups) if len(binary) else 0.0
    heights = [2.4] * box_rows + ([bar_height] if bar_height else [])
    figure = Figure(figsize=(9.0, sum(heights) + 1.0), layout="constrained")
    across = max(1, min(_BOXES_A_ROW, len(continuous)))
    grid = figure.add_gridspec(len(heights), across, height_ratios=heights)
    for place, column in enumerate(continuous.tolist()):
        axes = figure.add_subplot(grid[place // across, place % across])
        boxes = axes.boxplot(
            [rows[:, column] for rows in groups.values()],
            whis=(5, 95),
            showfliers=False,
            patch_artist=True,
            widths=0.6,
            medianprops={"color": "black"},
        )
        for patch, color in zip(boxes["boxes"], _COLORS, strict=False):
            patch.set_facecolor(color)
        axes.set_xticks([])
        axes.tick_params(labelsize=7)
        axes.set_title(names[column], fontsize=9)
    if len(binary):
        _draw_shares(figure.add_subplot(grid[box_rows, :]), groups, binary, names)
    patches = [Patch(color=color) for color in _COLORS[: len(groups)]]
    labels = [f"{name}: {len(rows):,} rows" for name, rows in groups.items()]
    # Long names would leave the picture side by side.
    beside = len(groups) if sum(map(len, labels)) < _LETTERS_A_ROW else 1
    figure.legend(patches, labels, loc="outside lower center", ncols=beside, frameon=False, fontsize=8)
    figure.suptitle(title, fontsize=10)
    return figure


def _draw_shares(axes: Axes, groups: Mapping[str, np.ndarray], binary: np.ndarray, names: Sequence[str]) -> None:
    height = 0.8 / len(groups)
    for number, (rows, color) in enumerate(zip(groups.values(), _COLORS, strict=False)):
        ones = rows[:, binary].sum(axis=0)
        shares = ones / len(rows)
        at = np.arange(len(binary)) + (number - (len(groups) - 1) / 2) * height
        axes.barh(at, shares, height=height, color=color)
        for y, share, count in zip(at, shares, ones, strict=True):
            axes.annotate(f"{int(count):,}", (share, y), (3, 0), textcoords="offset points", va="center", fontsize=6)
    axes.set_yticks(np.arange(len(binary)), [names[column] for column in binary], fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.08)
    axes.set_xlabel("share of ones (number of ones beside it)", fontsize=8)
    axes.grid(axis="x", alpha=0.3)


def _check(groups: Mapping[str, np.ndarray], names: Sequence[str], is_binary: np.ndarray) -> None:
    if not 1 <= len(groups) <= len(_COLORS):
        raise InputError(f"From 1 to {len(_COLORS)} tables are drawn side by side. Received: {list(groups)!r}.")
    if len(is_binary) != len(names) or not len(names):
        raise InputError(f"Each column needs a name and a kind. Received: {len(names)} names, {len(is_binary)} kinds.")
    for name, rows in groups.items():
        if rows.ndim != 2 or len(rows) == 0 or rows.shape[1] != len(names):
            raise InputError(
                f"A table to draw must be (rows, {len(names)}) with at least one row. "
                f"Received: {name!r} of shape {rows.shape}."
            )
