"""Step sizes that fall while a run goes on."""

from __future__ import annotations

import math
from collections.abc import Callable

import keras

from ecg_synth.config import OptimizerConfig
from ecg_synth.registry import Registry

# Share of the epochs that are done, from 0 to 1 -> the share of the step size that is left.
DECAYS: Registry[Callable[[float], float]] = Registry("decay")


@DECAYS.register("none")
def none(done: float) -> float:
    """The same to the end."""
    return 1.0


@DECAYS.register("cosine")
def cosine(done: float) -> float:
    """Half a cosine, to nothing (Loshchilov and Hutter 2017, eq. 5, without restarts)."""
    return 0.5 * (1.0 + math.cos(math.pi * done))


class DecayRates(keras.callbacks.Callback):
    """Sets the step sizes of all optimizers at the beginning of each epoch, from its number alone.

    So a run that was killed goes on with the sizes that it would have had; one that is given more epochs than it had
    goes on with those of the longer run.

    Args:
        config: The step sizes to begin with, and the name of the decay.
        epochs: Epochs of the whole run.

    Raises:
        InputError: There is no such decay.
    """

    def __init__(self, config: OptimizerConfig, epochs: int):
        super().__init__()
        self.config, self.epochs = config, epochs
        self._left = DECAYS[config.decay]

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Sets the step sizes of the epoch, which is counted from 0."""
        left = self._left(epoch / self.epochs)
        if self.model.has_discriminator:
            for optimizer in self.model.d_optimizers:
                optimizer.learning_rate = left * self.config.d_learning_rate
            self.model.g_optimizer.learning_rate = left * self.config.g_learning_rate
        else:
            self.model.optimizer.learning_rate = left * self.config.g_learning_rate
