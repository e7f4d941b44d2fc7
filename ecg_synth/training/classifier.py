"""The small classifier beside a class-conditional GAN: do its images belong to the classes that they were made for?

P1 (4.6, 4.7) takes the accuracy of a parallel classification task for a measure of the generator and a criterion to
stop by. Its classifier is the discriminator's own class head, which the generator trains against; `c_real` and `c_fake`
are those two curves (fig. 20). This one never sees the GAN, so that the generator cannot learn to please it.
"""

from __future__ import annotations

import keras
import numpy as np

from ecg_synth.models.scaling import to_unit

FILTERS = (16, 32, 64)
BATCH = 64
STEPS = 300
LEARNING_RATE = 1e-3


class ParallelClassifier:
    """A convolutional network of some 50,000 weights that can be fitted again and again.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        n_classes: Classes to tell apart.
        seed: Seed of the first weights and of the batches: the same images give the same network.
        steps: Updates a fit, each on `BATCH` images, with as many of each class on average.
    """

    def __init__(self, image_shape: tuple[int, int, int], n_classes: int, seed: int, steps: int = STEPS):
        self.n_classes = n_classes
        self.seed = seed
        self.steps = steps
        self.network = _network(image_shape, n_classes, seed)
        self.network.compile(
            keras.optimizers.Adam(LEARNING_RATE), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        )
        self.network.optimizer.build(self.network.trainable_variables)
        self._first = [keras.ops.convert_to_numpy(value).copy() for value in self._state()]

    def fit(self, images: np.ndarray, labels: np.ndarray) -> ParallelClassifier:
        """Trains from the first weights on, whatever was learnt before.

        Args:
            images: uint8 or uint16 `(n, height, width, channels)`.
            labels: int64 `(n,)`, each from 0 to `n_classes - 1`.

        Returns:
            Itself.
        """
        for variable, value in zip(self._state(), self._first, strict=True):
            variable.assign(value)
        generator = np.random.default_rng([self.seed, 1])
        # Rare classes count as much as common ones.
        present, position, counts = np.unique(labels, return_inverse=True, return_counts=True)
        weights = 1.0 / counts[position] / len(present)
        for _ in range(self.steps):
            chosen = generator.choice(len(images), BATCH, p=weights)
            self.network.train_on_batch(to_unit(images[chosen]), labels[chosen])
        return self

    def accuracy(self, images: np.ndarray, labels: np.ndarray) -> float:
        """Returns the share told rightly, the mean over the classes that are there; guessing gives `1 / n_classes`.

        Args:
            images: uint8 or uint16 `(n, height, width, channels)`.
            labels: int64 `(n,)`.
        """
        return self.scores(images, labels)[0]

    def scores(self, images: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
        """Returns `accuracy`, and the mean of 2 TP / (2 TP + FP + FN) over the classes that are there (macro F1).

        Args:
            images: uint8 or uint16 `(n, height, width, channels)`.
            labels: int64 `(n,)`.
        """
        parts = range(0, len(images), 256)
        logits = np.concatenate([self.network.predict_on_batch(to_unit(images[i : i + 256])) for i in parts])
        told = logits.argmax(axis=-1)
        right = told == labels
        there = np.unique(labels)
        recall = [right[labels == label].mean() for label in there]
        f1 = [2 * right[labels == label].sum() / ((labels == label).sum() + (told == label).sum()) for label in there]
        return float(np.mean(recall)), float(np.mean(f1))

    def _state(self) -> list[keras.Variable]:
        return [*self.network.variables, *self.network.optimizer.variables]


def _network(image_shape: tuple[int, int, int], n_classes: int, seed: int) -> keras.Model:
    layers: list[keras.layers.Layer] = [keras.Input(image_shape, name="images")]
    for number, maps in enumerate(FILTERS):
        initializer = keras.initializers.HeUniform(seed + number)
        layers.append(
            keras.layers.Conv2D(
                maps, 3, strides=2, padding="same", activation="relu", kernel_initializer=initializer, dtype="float32"
            )
        )
    initializer = keras.initializers.GlorotUniform(seed + len(FILTERS))
    layers += [
        keras.layers.Flatten(),
        keras.layers.Dense(n_classes, kernel_initializer=initializer, dtype="float32", name="logits"),
    ]
    return keras.Sequential(layers, name="parallel_classifier")
