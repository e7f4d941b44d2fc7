"""The losses record as a picture (P1, fig. 14)."""

from __future__ import annotations

from pathlib import Path

from ecg_synth import plots
from ecg_synth.training import metrics_table
from ecg_synth.training.callbacks.every import EveryEpochs


class PlotLosses(EveryEpochs):
    """Draws the curves of the whole run, also of the epochs before it was resumed.

    Args:
        metrics_path: The table that `WriteMetrics` keeps; it must come earlier in the list of callbacks.
        path: The PNG to write.
        every: Epochs between two drawings.
    """

    def __init__(self, metrics_path: Path, path: Path, every: int):
        super().__init__(every)
        self.metrics_path = metrics_path
        self.path = path

    def act(self, epoch: int) -> None:
        """Draws all epochs so far."""
        columns = metrics_table.to_columns(metrics_table.read_rows(self.metrics_path))
        plots.loss_curves(columns, self.path, f"losses record, {epoch} epochs")
