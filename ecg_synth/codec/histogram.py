"""A histogram fine enough to stand for the data: exact bounds of any data set in one pass and bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ecg_synth.errors import InputError

BIN_MV = 0.0005
"""Width of a bin: one unit of PTB's converter (2000 units/mV)."""
LIMIT_MV = 32.768
"""Values beyond +-LIMIT_MV count in the outermost bins; a 16-bit recording at PTB's gain ends at 16.384 mV."""
_BINS = round(2 * LIMIT_MV / BIN_MV)


class AmplitudeHistogram:
    """Counts of amplitudes by lead.

    Attributes:
        counts: int64 (leads, bins).
    """

    def __init__(self, n_leads: int):
        self.counts = np.zeros((n_leads, _BINS), dtype=np.int64)

    def add(self, slices_mv: np.ndarray) -> None:
        """Counts every sample of (slices, length, leads) in mV."""
        bins = np.clip(np.rint((slices_mv + LIMIT_MV) / BIN_MV), 0, _BINS - 1).astype(np.intp)
        for lead in range(self.counts.shape[0]):
            self.counts[lead] += np.bincount(bins[..., lead].ravel(), minlength=_BINS)

    def quantile(self, q: float) -> np.ndarray:
        """Returns the smallest amplitude that a share `q` of the samples does not exceed, (leads,) in mV.

        q = 0 and q = 1 give the minimum and the maximum. Exact to half a bin (0.25 microvolt).

        Raises:
            InputError: Nothing was counted.
        """
        return self.quantiles([q])[:, 0]

    def quantiles(self, shares: Sequence[float]) -> np.ndarray:
        """Returns several quantiles, as `quantile` does, (leads, shares) in mV."""
        total = self.counts.sum(axis=1)
        if not total.all():
            raise InputError("Bounds cannot be fitted on no slice at all. Give at least one slice.")
        cumulative = np.cumsum(self.counts, axis=1)
        rank = np.maximum(1, np.ceil(np.multiply.outer(total, np.asarray(shares)) - 1e-9)).astype(np.int64)
        first = [np.searchsorted(cumulative[lead], rank[lead]) for lead in range(len(total))]
        return np.asarray(first) * BIN_MV - LIMIT_MV


def histogram_of(batches: Iterable[np.ndarray], n_leads: int) -> AmplitudeHistogram:
    """Counts batches of slices, each (slices, length, leads) in mV."""
    histogram = AmplitudeHistogram(n_leads)
    for batch in batches:
        histogram.add(batch)
    return histogram
