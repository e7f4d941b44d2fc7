"""How good what a GAN generates was, epoch after epoch (P1, fig. 20; P2, fig. 3)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ecg_synth.plots_training import draw_curve

# Title, whether it is a share, and by metric: legend, color, line. What is real is dashed.
PANELS: tuple[tuple[str, bool, dict[str, tuple[str, str, str]]], ...] = (
    (
        "class told rightly by the discriminator's own head (P1, fig. 20)",
        True,
        {"c_real": ("real", "C0", "--"), "c_fake": ("generated", "C1", "-")},
    ),
    *(
        (
            f"{title} of a classifier beside the GAN (P2, fig. 3)",
            True,
            {
                f"{score}_real": ("real judges real", "C0", "--"),
                f"{score}_fake": ("real judges generated", "C1", "-"),
                f"{score}_swap": ("generated judges real", "C3", "-"),
            },
        )
        for score, title in (("accuracy", "mean accuracy over classes"), ("f1", "macro F1"))
    ),
    (
        "Frechet distance to validation slices (P2, fig. 3)",
        False,
        {"frechet_real": ("real", "C0", "--"), "frechet": ("generated", "C1", "-")},
    ),
)


def measured(columns: Mapping[str, np.ndarray]) -> list[str]:
    """Returns the metrics of `PANELS` that the record has a number of."""
    return [name for _, _, curves in PANELS for name in curves if np.isfinite(columns.get(name, [])).any()]


def epochs_figure(columns: Mapping[str, np.ndarray], best: int | None, chance: float | None, title: str) -> Figure:
    """Returns a panel a kind of metric that was measured, by epoch.

    Args:
        columns: `"epoch"` and metrics, each `(epochs,)`; NaN where one was not measured. One at least of `PANELS`.
        best: Epoch to mark; None for none.
        chance: Accuracy of guessing, to draw a line at; None for none.
        title: Line above all; it says that generated data are synthetic.
    """
    there = measured(columns)
    panels = [panel for panel in PANELS if set(panel[2]) & set(there)]
    figure = Figure(figsize=(9.0, 0.9 + 2.0 * len(panels)), layout="constrained")
    rows = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (heading, share, curves) in zip(rows, panels, strict=True):
        for name in (name for name in curves if name in there):
            draw_curve(axes, columns["epoch"], columns[name], *curves[name])
        if share:
            axes.set_ylim(-0.03, 1.05)
            # Guessing has no macro F1 of its own: it depends on how the classes are shared out.
            if chance is not None and "F1" not in heading:
                axes.axhline(chance, color="0.5", linestyle=":", linewidth=1, label="chance")
        else:
            axes.set_yscale("log")
        if best is not None:
            axes.axvline(best, color="C2", linewidth=1, label=f"best, epoch {best}")
        axes.set_title(heading, fontsize=9)
        axes.grid(alpha=0.3)
        axes.tick_params(labelsize=8)
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8)
    rows[-1].set_xlabel("epoch", fontsize=8)
    rows[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.suptitle(title, fontsize=10)
    return figure
