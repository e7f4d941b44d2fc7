"""The parallel classification accuracy, both ways (P1, 4.6; P2 judges by a classifier trained on synthetic data)."""

from __future__ import annotations

import keras
import numpy as np

from ecg_synth.data.slice_set import SliceSet
from ecg_synth.errors import InputError
from ecg_synth.training.classifier import ParallelClassifier

COLUMNS = ("accuracy_fake", "accuracy_real", "accuracy_swap", "f1_fake", "f1_real", "f1_swap")
JUDGED = 256
LEARNT_FROM = 1024


class ClassifySamples(keras.callbacks.Callback):
    """Adds six columns to the epoch's metrics, NaN in epochs between; it must come before `WriteMetrics`.

    `accuracy_fake`: a classifier trained on real images judges generated ones. `accuracy_real`: the same on real
    validation images, the ceiling: more says that the generator makes its classes easier than they are.
    `accuracy_swap`: a classifier trained on generated images judges the real validation images. `f1_fake`, `f1_real`
    and `f1_swap`: the same by macro F1 (P2, fig. 3). All are means over classes.

    Args:
        slice_set: The training images, of at least 2 classes.
        validation: Real images of the same classes and other patients.
        every: Epochs between two judgements.
        seed: Seed of both classifiers and of the latents.

    Raises:
        InputError: The images do not fit each other, or there is nothing to judge.
    """

    def __init__(self, slice_set: SliceSet, validation: SliceSet, every: int, seed: int):
        super().__init__()
        self.validation = _known(validation)
        if validation.class_names != slice_set.class_names or validation.image_shape != slice_set.image_shape:
            raise InputError(
                f"Validation images must be as the training images are. Received: {validation.class_names!r} of "
                f"{validation.image_shape!r} for {slice_set.class_names!r} of {slice_set.image_shape!r}."
            )
        if not len(self.validation[0]):
            raise InputError(
                f"Classification needs a validation image of known class. Received: {len(validation)} "
                f"images in {validation.name!r}, none of them with a label. Choose another split, or set "
                f"classify_every to 0."
            )
        self.every = every
        self.seed = seed
        self.n_classes = len(slice_set.class_names)
        # Fitted anew on resuming: the same seed gives the same weights.
        self.by_real = self._classifier(slice_set).fit(*_known(slice_set))
        self.by_fake = self._classifier(slice_set)
        self.ceiling = self.by_real.scores(*self.validation)

    def _classifier(self, slice_set: SliceSet) -> ParallelClassifier:
        return ParallelClassifier(slice_set.image_shape, self.n_classes, self.seed)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Generates, judges, and learns from what was generated."""
        values = [float("nan")] * len(COLUMNS)
        if (epoch + 1) % self.every == 0:
            labels = np.arange(LEARNT_FROM) % self.n_classes
            images = self.model.sample(LEARNT_FROM, seed=self.seed, classes=labels)
            ways = [
                self.by_real.scores(images[:JUDGED], labels[:JUDGED]),
                self.ceiling,
                self.by_fake.fit(images, labels).scores(*self.validation),
            ]
            values = [way[score] for score in range(2) for way in ways]
        if logs is not None:
            logs.update(zip(COLUMNS, values, strict=True))


def _known(slice_set: SliceSet) -> tuple[np.ndarray, np.ndarray]:
    known = slice_set.labels >= 0
    return slice_set.images[known], slice_set.labels[known]
