"""Diversity and noise of what the generator makes of the same noise, epoch after epoch."""

from __future__ import annotations

import keras

from ecg_synth.data.slice_set import SliceSet
from ecg_synth.training import sample_measures


class MeasureSamples(keras.callbacks.Callback):
    """Adds the columns of `sample_measures.measures` to the epoch's metrics; it must come before `WriteMetrics`.

    Args:
        slice_set: The training images, which a fixed draw of real ones comes from.
        seed: Seed of that draw and of the latents.
        by_class: Whether the model is told classes.
    """

    def __init__(self, slice_set: SliceSet, seed: int, by_class: bool):
        super().__init__()
        self.seed = seed
        self.by_class = by_class
        self.real, self.labels = sample_measures.reference(slice_set, seed, by_class)
        self.known = sample_measures.real_measures(self.real, self.labels)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Generates and measures, in epochs when it is the model's turn; between them the columns hold NaN."""
        if logs is None:
            return
        if (epoch + 1) % self.model.measure_every:
            logs.update(dict.fromkeys(sample_measures.COLUMNS, float("nan")))
            return
        classes = self.labels if self.by_class else None
        generated = self.model.sample(len(self.real), seed=self.seed, classes=classes)
        # Keras hands the same dict to every callback.
        logs.update(sample_measures.measures(generated, self.real, self.labels, self.known))
