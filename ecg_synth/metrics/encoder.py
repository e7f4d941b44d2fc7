"""The feature network: a small classifier of real training slices, whose last hidden layer are the features."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth.data.quiet import import_tensorflow
from ecg_synth.errors import InputError
from ecg_synth.files import write_bytes
from ecg_synth.metrics.extractors import EXTRACTORS
from ecg_synth.metrics.faults import broken
from ecg_synth.metrics.needs import Needs
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.metrics.slower import at_rate

CLASSES, BREAKS = "classes", "breaks"
# What is told apart where classes are not known; the first is whole.
TOLD_APART = ("whole", "noise", "reversal", "wander", "stretch", "smoothing")
RATE_HZ = 125.0
FILTERS = (32, 64, 64)
FEATURES = 32
BATCH = 64
STEPS = 600
LEARNING_RATE = 1e-3


class Encoder:
    """A 1-D convolutional classifier of slices at 125 Hz; its 32 penultimate units, standardized, are the features.

    Trained on the classes of real slices; where fewer than two are known, on telling whole slices from slices with one
    thing broken (as Sarkar and Etemad, IEEE Trans. Affect. Comput. 2020, learn ECG features with no labels). Made by
    `fit` and `load`.

    Attributes:
        needs: Leads, rate and length of the slices.
        task: `"classes"`, or `"breaks"` where classes were not known.
        class_names: What it tells apart.
        seed: Seed of its weights and batches.
        steps: Updates of the training, each on 64 slices, as many of each class on average.
    """

    name = "encoder"

    def __init__(self, needs: Needs, task: str, class_names: tuple[str, ...], seed: int, steps: int, gains: np.ndarray):
        self.needs = needs
        self.task = task
        self.class_names = class_names
        self.seed = seed
        self.steps = steps
        # One over each lead's deviation in the training slices, so that weights start at their own scale.
        self._gains = gains
        samples = int(np.ceil(needs.length * min(1.0, RATE_HZ / needs.fs)))
        self._network, self._body = _networks(samples, len(needs.leads), len(class_names), seed)
        self._mean, self._deviation = np.zeros(FEATURES), np.ones(FEATURES)

    @classmethod
    def fit(cls, train: SignalSet, seed: int, steps: int = STEPS) -> Encoder:
        """Trains one; the same slices and seed give the same one on the same machine.

        Args:
            train: Real slices.
            seed: Seed of the first weights and of the batches.
            steps: Updates.
        """
        known = train.labels >= 0
        if len(np.unique(train.labels[known])) > 1:
            task, names, kept = CLASSES, train.class_names, train.take(known)
            samples, labels = at_rate(kept, RATE_HZ), kept.labels
            names = names or tuple(str(number) for number in range(int(labels.max()) + 1))
        else:
            task, names = BREAKS, TOLD_APART
            sets = [train, *(broken(train, fault, 0.5 if fault != "reversal" else 1.0, seed) for fault in names[1:])]
            samples = np.concatenate([at_rate(one, RATE_HZ) for one in sets])
            labels = np.repeat(np.arange(len(names)), len(train))
        deviation = train.signal_mv.std(axis=(0, 1)).astype(np.float64)
        gains = 1 / np.where(deviation > 0, deviation, 1.0)
        made = cls(Needs.of(train), task, names, seed, steps, gains)
        made._train(samples * gains.astype(np.float32), labels)
        found = made._features(train)
        spread = found.std(axis=0)
        made._mean, made._deviation = found.mean(axis=0), np.where(spread > 1e-6, spread, 1.0)
        return made

    def __call__(self, signals: SignalSet) -> np.ndarray:
        """Returns the features, float64 `(n, 32)`, each of mean 0 and deviation 1 over the training slices.

        Raises:
            InputError: The slices are of other leads, length or rate than the training slices.
        """
        return (self._features(signals) - self._mean) / self._deviation

    def class_probabilities(self, features: np.ndarray) -> np.ndarray:
        """Returns the probability of each class, float64 `(n, classes)`.

        Args:
            features: `(n, 32)`, what calling the encoder returns.
        """
        weights, bias = (np.asarray(value, np.float64) for value in self._network.layers[-1].get_weights())
        logits = (features * self._deviation + self._mean) @ weights + bias
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True)

    def accuracy(self, signals: SignalSet) -> float:
        """Returns the share of slices of known class told rightly, the mean over classes; NaN where none is known.

        Raises:
            InputError: The slices are not as the training slices were, or their classes are others.
        """
        if self.task != CLASSES or (signals.labels < 0).all():
            return float("nan")
        if signals.class_names != self.class_names:
            raise InputError(
                f"The encoder tells {self.class_names!r} apart. Received: class_names={signals.class_names!r} in "
                f"{signals.name!r}. Fit one on slices with these classes."
            )
        known = signals.take(signals.labels >= 0)
        right = self.class_probabilities(self(known)).argmax(axis=1) == known.labels
        return float(np.mean([right[known.labels == label].mean() for label in np.unique(known.labels)]))

    def save(self, path: str | Path) -> None:
        """Writes all of it to one file: an npz of weights and facts.

        Raises:
            InputError: A folder stands at `path`.
            StorageError: The file cannot be written.
        """
        facts = {
            "leads": list(self.needs.leads),
            "fs": self.needs.fs,
            "length": self.needs.length,
            "task": self.task,
            "class_names": list(self.class_names),
            "seed": self.seed,
            "steps": self.steps,
        }
        weights = {f"weight_{number:02d}": value for number, value in enumerate(self._network.get_weights())}
        content = io.BytesIO()
        arrays: dict[str, Any] = {**weights, "gains": self._gains, "mean": self._mean, "deviation": self._deviation}
        np.savez(content, facts=np.array(json.dumps(facts)), **arrays)
        write_bytes(path, content.getvalue())

    @classmethod
    def load(cls, path: str | Path) -> Encoder:
        """Reads what `save` wrote.

        Raises:
            InputError: There is no such file, or it is not an encoder.
        """
        try:
            with np.load(path, allow_pickle=False) as stored:
                facts = json.loads(str(stored["facts"]))
                needs = Needs(tuple(facts["leads"]), facts["fs"], facts["length"])
                names = tuple(facts["class_names"])
                made = cls(needs, facts["task"], names, facts["seed"], facts["steps"], stored["gains"])
                made._network.set_weights([stored[name] for name in sorted(stored) if name.startswith("weight_")])
                made._mean, made._deviation = stored["mean"], stored["deviation"]
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise InputError(
                f"There is no encoder to read. Received: {str(path)!r} ({type(error).__name__}: {error}). Make one "
                f"with 'ecg-synth fit-encoder'."
            ) from None
        return made

    def _train(self, samples: np.ndarray, labels: np.ndarray) -> None:
        import keras

        self._network.compile(
            keras.optimizers.Adam(LEARNING_RATE), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        )
        stream = np.random.default_rng([self.seed, 1])
        # Rare classes count as much as common ones.
        present, position, counts = np.unique(labels, return_inverse=True, return_counts=True)
        weights = 1.0 / counts[position] / len(present)
        for _ in range(self.steps):
            chosen = stream.choice(len(samples), BATCH, p=weights)
            self._network.train_on_batch(samples[chosen], labels[chosen])

    def _features(self, signals: SignalSet) -> np.ndarray:
        self.needs.check(signals, self.name)
        samples = at_rate(signals, RATE_HZ) * self._gains.astype(np.float32)
        parts = range(0, len(samples), 512)
        found = [np.asarray(self._body(samples[start : start + 512], training=False)) for start in parts]
        return np.concatenate(found).astype(np.float64)


def _networks(samples: int, leads: int, classes: int, seed: int) -> tuple[Any, Any]:
    """Returns the classifier, and the part of it that ends with the features."""
    import_tensorflow()
    import keras

    inputs = keras.Input((samples, leads), name="samples")
    maps = inputs
    for number, filters in enumerate(FILTERS):
        maps = keras.layers.Conv1D(
            filters,
            7,
            strides=2,
            padding="same",
            activation="relu",
            kernel_initializer=keras.initializers.HeUniform(seed + number),
            dtype="float32",
        )(maps)
    pooled = keras.layers.Concatenate()(
        [keras.layers.GlobalAveragePooling1D()(maps), keras.layers.GlobalMaxPooling1D()(maps)]
    )
    features = keras.layers.Dense(
        FEATURES, "relu", kernel_initializer=keras.initializers.HeUniform(seed + 10), dtype="float32", name="features"
    )(pooled)
    logits = keras.layers.Dense(
        classes, kernel_initializer=keras.initializers.GlorotUniform(seed + 11), dtype="float32", name="logits"
    )(features)
    return keras.Model(inputs, logits, name="ecg_encoder"), keras.Model(inputs, features)


@EXTRACTORS.register("encoder")
def _encoder(train: SignalSet, seed: int) -> Encoder:
    return Encoder.fit(train, seed)
