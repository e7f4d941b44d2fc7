"""Saving what a resumed run needs."""

from __future__ import annotations

from pathlib import Path

from ecg_synth.training import checkpoints
from ecg_synth.training.callbacks.every import EveryEpochs
from ecg_synth.training.callbacks.time_limit import TimeLimit


class SaveCheckpoint(EveryEpochs):
    """Writes a checkpoint every so many epochs and after the last.

    Args:
        folder: The run's `checkpoints` folder.
        every: Epochs between two checkpoints.
        clock: Knows the minutes of training so far.
    """

    def __init__(self, folder: Path, every: int, clock: TimeLimit):
        super().__init__(every)
        self.folder = folder
        self.clock = clock

    def act(self, epoch: int) -> None:
        """Writes `epoch-NNNN`; raises `StorageError` when the disk is full."""
        checkpoints.save(self.model, self.folder, epoch, self.clock.minutes)
