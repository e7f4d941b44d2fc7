"""MiniRocket: features of random convolutions, which ask for no training (Dempster, Schmidt and Webb, KDD 2021)."""

from __future__ import annotations

import warnings

import numpy as np

from ecg_synth.metrics.extractors import EXTRACTORS
from ecg_synth.metrics.signal_set import SignalSet

# aeon rounds it down to a multiple of 84. On lead I of PTB-XL 10,000 classify no better and take 3 times as long.
KERNELS = 2_000


class RocketExtractor:
    """The share of each slice that lies above a threshold after each of some 2,000 dilated convolutions; aeon's.

    Args:
        train: Real slices whose convolutions the thresholds are quantiles of.
        seed: Seed of the choice of slices that thresholds come from.
    """

    name = "rocket"

    def __init__(self, train: SignalSet, seed: int):
        from aeon.transformations.collection.convolution_based import MiniRocket

        # aeon seeds NumPy's global stream, which is nobody's but the caller's.
        state = np.random.get_state()  # noqa: NPY002
        try:
            self._rocket = MiniRocket(n_kernels=KERNELS, random_state=seed)
            self._rocket.fit(_channels_first(train))
        finally:
            np.random.set_state(state)  # noqa: NPY002

    def __call__(self, signals: SignalSet) -> np.ndarray:
        """Returns float64 `(n, 1932)`, each within [0, 1]; not reduced and not standardized."""
        with warnings.catch_warnings():
            # numba's, of its own caches.
            warnings.simplefilter("ignore")
            return np.asarray(self._rocket.transform(_channels_first(signals)), np.float64)


def _channels_first(signals: SignalSet) -> np.ndarray:
    return np.ascontiguousarray(signals.signal_mv.transpose(0, 2, 1))


EXTRACTORS.register("rocket")(RocketExtractor)
