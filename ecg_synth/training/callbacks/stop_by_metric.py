"""Stopping by any metric, the parallel classification accuracy for one (P1, 4.6 and fig. 20)."""

from __future__ import annotations

import keras

from ecg_synth.config import StopConfig
from ecg_synth.training import stopping
from ecg_synth.training.callbacks.metrics_csv import WriteMetrics


class StopByMetric(keras.callbacks.Callback):
    """Stops at the end of the epoch in which the rule is met.

    Args:
        record: Keeps the metrics; it must come earlier in the list of callbacks.
        config: The rule.

    Attributes:
        reason: Why training stopped; None as long as it has not.
    """

    def __init__(self, record: WriteMetrics, config: StopConfig):
        super().__init__()
        self.record = record
        self.config = config
        self.reason: str | None = None

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Looks at the record; raises `InputError` when it has no such metric."""
        self.reason = stopping.reason(self.record.columns(), self.config)
        if self.reason is not None:
            self.model.stop_training = True
