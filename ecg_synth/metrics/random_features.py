"""Fixed features that need no training: how often each of some 2,000 convolutions exceeds a threshold."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from ecg_synth.metrics.extractors import EXTRACTORS
from ecg_synth.metrics.needs import Needs
from ecg_synth.metrics.signal_set import SignalSet

KERNELS = 2000
# Nine tenths of the variance of PTB-XL's lead I, and 528 entries of a covariance: few enough for a few hundred slices.
COMPONENTS = 32
# About a grey level of 2.5 mV / 255.
DITHER_MV = 0.01


class RandomFeatures:
    """MiniRocket's features (Dempster et al., KDD 2021), standardized and brought to their principal components.

    The 84 kernels are fixed; thresholds, means, deviations and components are taken from the training slices. The
    components are divided by one number, so that those of the training slices have a mean variance of 1.

    Coded slices lie on a grid, where a threshold is hit exactly and the last bit of a float would decide. One fixed
    pattern of noise, a grey level wide, is added to every slice against that. A classifier still sees a missing grid
    (AUROC 0.75 on PTB-XL): what is compared should have gone through one codec.

    Args:
        train: Real slices.
        seed: Seed of the leads and of the slices that each kernel takes its thresholds from.

    Attributes:
        needs: Leads, rate and length of the slices.
    """

    name = "random"

    def __init__(self, train: SignalSet, seed: int):
        from aeon.transformations.collection.convolution_based import MiniRocket
        from numba import config
        from sklearn.decomposition import PCA

        self.needs = Needs.of(train)
        shape = train.signal_mv.shape[1:]
        self._dither = (np.random.default_rng(seed).uniform(-0.5, 0.5, shape) * DITHER_MV).astype(np.float32)
        self._kernels: WeakKeyDictionary[SignalSet, np.ndarray] = WeakKeyDictionary()
        # aeon seeds NumPy's global stream, which is nobody's but the caller's.
        state = np.random.get_state()  # noqa: NPY002
        try:
            # aeon asks for a thread a core, and numba refuses more than NUMBA_NUM_THREADS allows.
            threads = config.NUMBA_NUM_THREADS
            self._rocket = MiniRocket(n_kernels=KERNELS, n_jobs=threads, random_state=seed).fit(
                self._channels_first(train)
            )
        finally:
            np.random.set_state(state)  # noqa: NPY002
        found = self.kernels(train).astype(np.float64)
        self._mean = found.mean(axis=0)
        deviation = found.std(axis=0)
        # A kernel that is always or never above its threshold says nothing, and must not be divided by nothing.
        self._deviation = np.where(deviation > 1e-6, deviation, 1.0)
        components = min(COMPONENTS, len(train) - 1, found.shape[1])
        self._pca = PCA(components, svd_solver="full").fit((found - self._mean) / self._deviation)
        self._scale = float(np.sqrt(self._pca.explained_variance_.mean())) or 1.0

    def kernels(self, signals: SignalSet) -> np.ndarray:
        """Returns MiniRocket's own features, shares from 0 to 1, float32 `(n, kernels)`, worked out once a set.

        Raises:
            InputError: The slices are of other leads, length or rate than the training slices.
        """
        self.needs.check(signals, self.name)
        if signals not in self._kernels:
            self._kernels[signals] = np.asarray(self._rocket.transform(self._channels_first(signals)), np.float32)
        return self._kernels[signals]

    def __call__(self, signals: SignalSet) -> np.ndarray:
        """Returns the principal components, float64 `(n, 32)`.

        Raises:
            InputError: The slices are of other leads, length or rate than the training slices.
        """
        found = (self.kernels(signals) - self._mean) / self._deviation
        return self._pca.transform(found) / self._scale

    def _channels_first(self, signals: SignalSet) -> np.ndarray:
        return np.ascontiguousarray((signals.signal_mv + self._dither).transpose(0, 2, 1))


@EXTRACTORS.register("random")
def _random(train: SignalSet, seed: int) -> RandomFeatures:
    return RandomFeatures(train, seed)
