"""The detectors at work: `health.json`, a warning when something is named, and the end of the run where one asks so."""

from __future__ import annotations

import warnings
from pathlib import Path

import keras

from ecg_synth.training import health, health_file
from ecg_synth.training.callbacks.metrics_csv import WriteMetrics

ON_TROUBLE = ("warn", "stop", "ignore")


class TrainingWarning(UserWarning):
    """A GAN under training is in a trouble that has a name."""


class WatchHealth(keras.callbacks.Callback):
    """Looks for trouble after every epoch.

    Args:
        record: Keeps the metrics; it must come earlier in the list of callbacks.
        path: `health.json`.
        steps: Updates of the generator an epoch.
        chance: The loss of a discriminator that cannot tell; None where its answers have no zero point.
        on_trouble: warn, stop (and warn) or ignore: only note it in the file.
    """

    def __init__(self, record: WriteMetrics, path: Path, steps: int, chance: float | None, on_trouble: str):
        super().__init__()
        self.record = record
        self.path = path
        self.steps = steps
        self.chance = chance
        self.on_trouble = on_trouble

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Writes the findings, and speaks of those that this epoch named."""
        found = health.findings(self.record.columns(), self.steps, self.chance)
        health_file.write(self.path, found)
        if self.on_trouble == "ignore":
            return
        for finding in found:
            if finding.named == epoch + 1:
                warnings.warn(str(finding), TrainingWarning, stacklevel=2)
        if found and self.on_trouble == "stop":
            self.model.stop_training = True
