"""A progress bar over the epochs."""

from __future__ import annotations

import sys
import time
from typing import Any

import keras
from tqdm import tqdm

FORMAT = "{desc} {percentage:3.0f}%|{bar}| epoch {n:.1f}/{total} [{elapsed}<{remaining}{postfix}]"
SECONDS_BETWEEN = 0.5
"""Between two looks at the bar of a terminal; a log file gets a line every `SECONDS_BETWEEN_LINES`."""
SECONDS_BETWEEN_LINES = 30.0


class ShowProgress(keras.callbacks.Callback):
    """Shows epochs, both losses and images a second on stderr, also in the middle of a long epoch.

    On a terminal it is a bar; in a log file a line now and then.

    Args:
        batch_size: Images a step.
        initial_epoch: Epochs done when training begins.
    """

    def __init__(self, batch_size: int, initial_epoch: int = 0):
        super().__init__()
        self.batch_size = batch_size
        self.initial_epoch = initial_epoch

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Opens the bar."""
        self._bar = tqdm(
            total=self.params["epochs"],
            initial=self.initial_epoch,
            desc="train",
            bar_format=FORMAT,
            dynamic_ncols=True,
            disable=None,
        )
        self._between = SECONDS_BETWEEN_LINES if self._bar.disable else SECONDS_BETWEEN
        self._shown = -self._between

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Starts the clock of the epoch."""
        self._epoch = epoch
        self._begun = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Moves the bar, now and then only: reading the losses waits for the device."""
        if time.monotonic() - self._shown >= self._between:
            self._show(self._epoch + (batch + 1) / self.params["steps"], batch + 1, logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Shows the means of the epoch."""
        last = epoch + 1 == self.params["epochs"]
        if last or not self._bar.disable or time.monotonic() - self._shown >= self._between:
            self._show(epoch + 1, self.params["steps"], logs)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Closes the bar."""
        self._bar.close()

    def _show(self, position: float, steps: int, logs: dict[str, Any] | None) -> None:
        self._shown = time.monotonic()
        values = {name: f"{float(value):.3f}" for name, value in (logs or {}).items() if name.endswith("_loss")}
        speed = steps * self.batch_size / max(self._shown - self._begun, 1e-9)
        values["images/s"] = f"{speed:.0f}"
        if self._bar.disable:
            facts = ", ".join(f"{name}={value}" for name, value in values.items())
            print(f"train: epoch {position:.1f}/{self.params['epochs']}, {facts}", file=sys.stderr, flush=True)
            return
        self._bar.n = position
        self._bar.set_postfix(values)
