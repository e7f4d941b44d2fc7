"""Euclidean distances between all slices of two sets, and the samples as features."""

from __future__ import annotations

import numpy as np

from ecg_synth.metrics.extractors import EXTRACTORS
from ecg_synth.metrics.judged import Judged, View
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.metrics.slower import at_rate

# An ECG's power is below 125 Hz; what is above is for the spectra to see.
RATE_HZ = 250.0


def sample_distances(left: View, right: View, extractor: str) -> np.ndarray:
    """Returns Euclidean distances of features, float64 `(len(left), len(right))`, worked out once for two sets."""

    def work_out(one: Judged, other: Judged) -> np.ndarray:
        from sklearn.metrics import pairwise_distances

        return pairwise_distances(one.features(extractor), other.features(extractor))

    return left.pairs(right, f"distance {extractor}", work_out)


class SampleExtractor:
    """The samples themselves, in mV at 250 Hz or less; nothing to fit."""

    name = "samples"

    def __call__(self, signals: SignalSet) -> np.ndarray:
        """Returns the samples of each slice in one row, float64 `(n, samples * leads)` in mV."""
        return at_rate(signals, RATE_HZ).reshape(len(signals), -1).astype(np.float64)


@EXTRACTORS.register("samples")
def _samples(train: SignalSet, seed: int) -> SampleExtractor:
    return SampleExtractor()
