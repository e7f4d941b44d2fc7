"""What callbacks share that act every so many epochs."""

from __future__ import annotations

import keras


class EveryEpochs(keras.callbacks.Callback):
    """Calls `act(epoch)` after every `every`-th epoch and after the last, also when training stops early.

    Args:
        every: Epochs between two calls, at least 1.
    """

    def __init__(self, every: int):
        super().__init__()
        self.every = every

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Keras counts epochs from 0; `act` is told how many are done."""
        done = epoch + 1
        if done % self.every == 0 or done == self.params["epochs"] or self.model.stop_training:
            self.act(done)

    def act(self, epoch: int) -> None:
        """Does the work; `epoch` counts from 1."""
        raise NotImplementedError
