"""Jensen-Shannon divergence, and the histograms of amplitudes."""

from __future__ import annotations

import numpy as np

from ecg_synth.metrics.extractors import EXTRACTORS
from ecg_synth.metrics.judged import View
from ecg_synth.metrics.metric import metric
from ecg_synth.metrics.needs import Needs
from ecg_synth.metrics.signal_set import SignalSet

BINS = 64


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
    """How many samples of a slice fall into each of 64 bins, which hold as many training samples each, lead by lead.

    Args:
        train: Real slices.
    """

    name = "amplitudes"

    def __init__(self, train: SignalSet):
        self.needs = Needs.of(train)
        shares = np.linspace(0, 1, BINS + 1)[1:-1]
        self.edges = np.quantile(train.signal_mv.astype(np.float64), shares, axis=(0, 1)).T

    def __call__(self, signals: SignalSet) -> np.ndarray:
        """Returns counts, lead by bin in a row, float64 `(n, leads * 64)`.

        Raises:
            InputError: The slices are of other leads, length or rate than the training slices.
        """
        self.needs.check(signals, self.name)
        count = len(signals)
        found = np.empty((count, len(signals.leads), BINS))
        for lead, edges in enumerate(self.edges):
            bins = np.searchsorted(edges, signals.signal_mv[:, :, lead])
            bins += BINS * np.arange(count)[:, None]
            found[:, lead] = np.bincount(bins.ravel(), minlength=BINS * count).reshape(count, BINS)
        return found.reshape(count, -1)


@EXTRACTORS.register("amplitudes")
def _amplitudes(train: SignalSet, seed: int) -> AmplitudeExtractor:
    return AmplitudeExtractor(train)


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
    counts = [view.features("amplitudes").sum(axis=0).reshape(leads, BINS) for view in (reference, candidate)]
    return jensen_shannon(*counts)
