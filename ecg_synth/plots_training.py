"""The record of a training as a picture (P1, figs. 14 and 20), with what the detectors found in it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ecg_synth.errors import InputError
from ecg_synth.plots import save_figure


class Mark(NamedTuple):
    """A span of epochs with a name.

    Attributes:
        name: What happened.
        first: First epoch.
        last: Last epoch.
    """

    name: str
    first: int
    last: int


# Label of the axis, scale, and by metric: legend, color, line. What is real is dashed.
PANELS: tuple[tuple[str, str, dict[str, tuple[str, str, str]]], ...] = (
    ("loss", "linear", {"d_loss": ("discriminator", "C0", "-"), "g_loss": ("generator", "C1", "-")}),
    (
        "share judged rightly",
        "share",
        {
            "d_real": ("real", "C0", "--"),
            "d_fake": ("generated", "C1", "-"),
            "c_real": ("class, real", "C2", "--"),
            "c_fake": ("class, generated", "C3", "-"),
        },
    ),
    ("length of gradient", "log", {"d_grad": ("discriminator", "C0", "-"), "g_grad": ("generator", "C1", "-")}),
    (
        "distance of samples\n(grey levels)",
        "linear",
        {
            "diversity": ("mean, generated", "C1", "-"),
            "diversity_real": ("mean, real", "C0", "--"),
            "nearest": ("nearest, generated", "C3", "-"),
            "nearest_real": ("nearest, real", "C2", "--"),
        },
    ),
    (
        "samples",
        "share",
        {
            "noise": ("noise, generated", "C1", "-"),
            "noise_real": ("noise, real", "C0", "--"),
            "told_apart": ("told apart by neighbor", "C3", "-"),
        },
    ),
    (
        "parallel classifier",
        "share",
        {
            "accuracy_fake": ("real judges generated", "C1", "-"),
            "accuracy_real": ("real judges real", "C0", "--"),
            "accuracy_swap": ("generated judges real", "C3", "-"),
        },
    ),
    (
        "Frechet distance",
        "log",
        {
            "frechet": ("generated", "C1", "-"),
            "frechet_real": ("real", "C0", "--"),
        },
    ),
)
MARK_COLORS = ("tab:red", "tab:purple", "tab:brown", "tab:gray")


def loss_curves(
    columns: Mapping[str, np.ndarray], path: str | os.PathLike[str], title: str, marks: Sequence[Mark] = ()
) -> None:
    """Draws every metric that is recorded, by epoch; metrics of one kind share a panel.

    Args:
        columns: `"epoch"` and metrics, each `(epochs,)`; what is not finite is left out.
        path: The PNG to write.
        title: Line above the curves.
        marks: Spans to shade in every panel and to name above the first.

    Raises:
        InputError: There is no column `"epoch"`, or no metric that can be drawn.
        StorageError: The file could not be written.
    """
    panels = [(label, scale, curves) for label, scale, curves in PANELS if set(curves) & set(columns)]
    if "epoch" not in columns or not panels:
        raise InputError(
            f"Curves need a column 'epoch' and one metric at least. Received: columns={sorted(columns)!r}."
        )
    figure = Figure(figsize=(9.0, 1.2 + 1.7 * len(panels)), layout="constrained")
    rows = list(figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0])
    for axes, (label, scale, curves) in zip(rows, panels, strict=True):
        for name, (legend, color, line) in curves.items():
            if name in columns:
                draw_curve(axes, columns["epoch"], columns[name], legend, color, line)
        axes.set_ylabel(label, fontsize=8)
        axes.grid(alpha=0.3)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8)
        if scale == "share":
            axes.set_ylim(-0.03, 1.08)
        elif scale == "log" and any((columns[name] > 0).any() for name in curves if name in columns):
            axes.set_yscale("log")
    _draw_marks(rows, marks)
    rows[-1].set_xlabel("epoch")
    rows[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.suptitle(title, fontsize=10)
    save_figure(figure, path)


def draw_curve(axes: Axes, epochs: np.ndarray, values: np.ndarray, legend: str, color: str, line: str) -> None:
    """Draws one metric by epoch, `(epochs,)`; what is not finite is left out."""
    drawn = np.isfinite(values)
    # A single epoch has no line, only a point; so have epochs with gaps between them.
    marker = "." if drawn.sum() < 2 or not drawn.all() else ""
    axes.plot(epochs[drawn], values[drawn], label=legend, color=color, linestyle=line, marker=marker, linewidth=1.2)


def _draw_marks(rows: Sequence[Axes], marks: Sequence[Mark]) -> None:
    names = list(dict.fromkeys(mark.name for mark in marks))
    for mark in marks:
        color = MARK_COLORS[names.index(mark.name) % len(MARK_COLORS)]
        for axes in rows:
            axes.axvspan(mark.first - 0.5, mark.last + 0.5, color=color, alpha=0.12, linewidth=0)
    # One line a kind of trouble: names of spells that follow each other closely would lie on each other.
    lines = []
    for name in names:
        spans = [f"{mark.first}-{mark.last}" for mark in marks if mark.name == name]
        listed = ", ".join(spans[:6]) + (f" and {len(spans) - 6} more" if len(spans) > 6 else "")
        lines.append((f"{name}: epochs {listed}", MARK_COLORS[names.index(name) % len(MARK_COLORS)]))
    for number, (text, color) in enumerate(reversed(lines)):
        rows[0].annotate(
            text,
            (0.0, 1.0),
            xytext=(0, 3 + 11 * number),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=8,
            color=color,
        )
