"""Judging a GAN while it trains: the Frechet distance of what it generates, epoch after epoch (P2, fig. 3)."""

from __future__ import annotations

import keras
import numpy as np

from ecg_synth.codec import EcgImageCodec, codec_from_config
from ecg_synth.data.slice_set import SliceSet
from ecg_synth.errors import InputError
from ecg_synth.metrics import registered  # noqa: F401 - fills EXTRACTORS
from ecg_synth.metrics.extractors import EXTRACTORS
from ecg_synth.metrics.frechet import frechet_distance
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.training.best import COLUMN

COLUMNS = (COLUMN, f"{COLUMN}_real")
COUNT = 512
LEAST = 20


class EvaluateEvery(keras.callbacks.Callback):
    """Adds two columns to the epoch's metrics, NaN in epochs between; it must come before `WriteMetrics`.

    `frechet`: the Frechet distance of generated slices to validation slices, in features of the slices in mV; less is
    better, 0 at best. `frechet_real`: the same of as many training slices: the floor that nothing but luck gets below.
    Generated slices are drawn from the same latents every time. Everything follows from the arguments: a resumed run
    measures the same.

    Args:
        slice_set: The training images, of ECGs.
        validation: Real images of other patients.
        every: Epochs between two judgements.
        by: Features that the distance is measured in, a name in `EXTRACTORS`.
        seed: Seed of latents, draws and whatever the features draw.

    Raises:
        InputError: The images are no ECGs or too few, or there are no such features.
    """

    def __init__(self, slice_set: SliceSet, validation: SliceSet, every: int, by: str, seed: int):
        super().__init__()
        self.every = every
        self.seed = seed
        self._codec = codec_from_config(slice_set.codec)
        if not isinstance(self._codec, EcgImageCodec):
            raise InputError(
                f"Epochs are judged by the ECGs that are generated. Received: evaluate_every={every!r}, and "
                f"{slice_set.name!r}, which holds none. Set evaluate_every to 0."
            )
        if min(len(slice_set), len(validation)) < LEAST:
            raise InputError(
                f"A distance of sets needs at least {LEAST} slices of each. Received: {len(slice_set)} to train on, "
                f"{len(validation)} to compare with. Prepare more records, or set evaluate_every to 0."
            )
        train = self._signals(slice_set.images, slice_set.origin)
        self.extract = EXTRACTORS[by](train, seed)
        self.reference = self.extract(self._signals(validation.images, validation.origin).draw(COUNT, seed))
        # As many as there are to compare with, at most: the distance grows as slices get fewer.
        self.count = min(COUNT, len(validation), len(slice_set))
        self.floor = frechet_distance(self.reference, self.extract(train.draw(self.count, seed)))

    def _signals(self, images: np.ndarray, origin: str) -> SignalSet:
        # Without the stored offset, as generated images have to be decoded.
        return SignalSet.of(self._codec.decode(images), self._codec.fs, tuple(self._codec.leads), origin, origin)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Generates, decodes, measures."""
        values = (float("nan"), float("nan"))
        if (epoch + 1) % self.every == 0:
            generated = self._signals(self.model.sample(self.count, seed=self.seed), "synthetic")
            values = (frechet_distance(self.reference, self.extract(generated)), self.floor)
        if logs is not None:
            logs.update(zip(COLUMNS, values, strict=True))
