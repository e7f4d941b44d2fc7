"""Jensen-Shannon divergence, and the histograms of amplitudes."""

from __future__ import annotations

import numpy as np

from ecg_synth.metrics.extractors import EXTRACTORS
from ecg_synth.metrics.judged import View
from ecg_synth.metrics.metric import metric
from ecg_synth.metrics.signal_set import SignalSet

EDGES_MV = np.linspace(-2, 2, 81)


def jensen_shannon(left: np.ndarray, right: np.ndarray) -> float:
    """Returns the Jensen-Shannon divergence in bits, the mean over rows.

    (KL(p | m) + KL(q | m)) / 2 with m = (p + q) / 2, from 0, the same, to 1, nothing in common; symmetric (Lin, IEEE
    Trans. Inf. Theory 37, 1991). A row of zeros has nothing in common with any other, and everything with its like.

    Args:
        left: `(rows, bins)`: counts or shares, each row a distribution once it is divided by its sum.
        right: `(rows, bins)`.
    """
    from scipy.spatial.distance import jensenshannon

    there = left.sum(axis=1) > 0, right.sum(axis=1) > 0
    both = there[0] & there[1]
    found = (there[0] != there[1]).astype(np.float64)
    found[both] = jensenshannon(left[both], right[both], base=2, axis=1) ** 2
    return float(found.mean())


class AmplitudeExtractor:
    """How many samples of a slice lie in each bin of 0.05 mV from -2 to 2 mV and beyond, lead by lead; nothing to fit.

    A bin is five grey levels wide: the grid that a codec rounds to must not tell coded slices from others.
    """

    name = "amplitudes"

    def __call__(self, signals: SignalSet) -> np.ndarray:
        """Returns counts, lead by bin in a row, float64 `(n, leads * 82)`."""
        count, _, leads = signals.signal_mv.shape
        bins = len(EDGES_MV) + 1
        start = bins * np.arange(count)[:, None]
        found = np.empty((count, leads, bins))
        for lead in range(leads):
            number = np.searchsorted(EDGES_MV, signals.signal_mv[:, :, lead]) + start
            found[:, lead] = np.bincount(number.ravel(), minlength=bins * count).reshape(count, bins)
        return found.reshape(count, -1)


@EXTRACTORS.register("amplitudes")
def _amplitudes(train: SignalSet, seed: int) -> AmplitudeExtractor:
    return AmplitudeExtractor()


@metric(
    "js_amplitude",
    "Jensen-Shannon divergence of the amplitudes",
    "fidelity",
    "lower",
    "Lin, IEEE Trans. Inf. Theory 37, 1991",
    (0.0, 1.0),
    unit="bit",
)
def _js_amplitude(reference: View, candidate: View) -> float:
    leads = len(reference.judged.signals.leads)
    counts = [view.features("amplitudes").sum(axis=0).reshape(leads, -1) for view in (reference, candidate)]
    return jensen_shannon(*counts)
