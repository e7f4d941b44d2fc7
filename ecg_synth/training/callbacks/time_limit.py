"""Stopping by the clock."""

from __future__ import annotations

import time
from collections.abc import Callable

import keras


class TimeLimit(keras.callbacks.Callback):
    """Stops at the end of the epoch in which the limit is reached, counting earlier sittings.

    Args:
        max_minutes: Minutes of training in all; 0 means no limit.
        spent: Minutes of training in earlier sittings, from the checkpoint.
        clock: Returns seconds that never go back.
    """

    def __init__(self, max_minutes: float, spent: float = 0.0, clock: Callable[[], float] = time.monotonic):
        super().__init__()
        self.max_minutes = max_minutes
        self.spent = spent
        self.clock = clock
        self._begun = clock()

    @property
    def minutes(self) -> float:
        """Minutes of training so far, over all sittings."""
        return self.spent + (self.clock() - self._begun) / 60.0

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Starts the clock."""
        self._begun = self.clock()

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Stops the training when its time is over."""
        if self.max_minutes and self.minutes >= self.max_minutes:
            self.model.stop_training = True
