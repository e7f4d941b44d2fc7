"""The metrics of every epoch as a table."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from ecg_synth.training import metrics_table

COLUMNS = ("d_loss", "g_loss", "d_real", "d_fake")


class WriteMetrics(keras.callbacks.Callback):
    """Adds a row to `metrics.csv` after every epoch.

    Args:
        path: The file.
        initial_epoch: Epochs done when training begins; later rows, of epochs that a kill took back, are dropped.
    """

    def __init__(self, path: Path, initial_epoch: int = 0):
        super().__init__()
        self.path = path
        self.rows = [row for row in metrics_table.read_rows(path) if row["epoch"] <= initial_epoch]

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Writes the whole table anew."""
        logs = logs or {}
        # First those of every GAN, then what a model or a callback adds.
        names = [*(name for name in COLUMNS if name in logs), *sorted(set(logs) - set(COLUMNS))]
        self.rows.append({"epoch": float(epoch + 1), **{name: float(logs[name]) for name in names}})
        metrics_table.write_rows(self.path, self.rows)

    def columns(self) -> dict[str, np.ndarray]:
        """Returns the record so far: each column as float64 `(epochs,)`, by name."""
        return metrics_table.to_columns(self.rows)
