"""Keeping the best weights that a run had, though it trains on."""

from __future__ import annotations

from pathlib import Path

import keras

from ecg_synth.training import checkpoints
from ecg_synth.training.best import best_epoch
from ecg_synth.training.callbacks.metrics_csv import WriteMetrics
from ecg_synth.training.callbacks.time_limit import TimeLimit


class KeepBest(keras.callbacks.Callback):
    """Writes a checkpoint into `best/` after every epoch that is the best so far.

    What was the best at a checkpoint that stands is kept beside it: a run that is resumed from there, and told to end
    earlier, may need it.

    Args:
        record: Keeps the metrics; it must come earlier in the list of callbacks, and `SaveCheckpoint` later.
        folder: The run's `best` folder.
        checkpoints_dir: The run's `checkpoints` folder.
        clock: Knows the minutes of training so far.
    """

    def __init__(self, record: WriteMetrics, folder: Path, checkpoints_dir: Path, clock: TimeLimit):
        super().__init__()
        self.record = record
        self.folder = folder
        self.checkpoints_dir = checkpoints_dir
        self.clock = clock

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Writes `epoch-NNNN` where it is the best; raises `StorageError` when the disk is full."""
        columns = self.record.columns()
        best = best_epoch(columns)
        if best == epoch + 1:
            checkpoints.write(self.model, self.folder, best, self.clock.minutes)
        kept = {best_epoch(columns, until) for until in checkpoints.epochs(self.checkpoints_dir)}
        checkpoints.keep_only(self.folder, kept | {best})
