"""The record as a picture (P1, fig. 14), with what the detectors found."""

from __future__ import annotations

from pathlib import Path

from ecg_synth import plots_training
from ecg_synth.training import health_file
from ecg_synth.training.callbacks.every import EveryEpochs
from ecg_synth.training.callbacks.metrics_csv import WriteMetrics


class PlotLosses(EveryEpochs):
    """Draws the curves of the whole run, also of the epochs before it was resumed.

    Args:
        record: Keeps the metrics; it must come earlier in the list of callbacks.
        health_path: `health.json`, which `WatchHealth` writes; it must come earlier too.
        path: The PNG to write.
        every: Epochs between two drawings.
    """

    def __init__(self, record: WriteMetrics, health_path: Path, path: Path, every: int):
        super().__init__(every)
        self.record = record
        self.health_path = health_path
        self.path = path

    def act(self, epoch: int) -> None:
        """Draws all epochs so far."""
        marks = [
            plots_training.Mark(found.trouble, found.first, found.last) for found in health_file.read(self.health_path)
        ]
        plots_training.loss_curves(self.record.columns(), self.path, f"losses record, {epoch} epochs", marks)
