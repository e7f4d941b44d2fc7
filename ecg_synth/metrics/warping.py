"""Dynamic time warping: distances that forgive a shift of 100 ms."""

from __future__ import annotations

import warnings

import numpy as np

from ecg_synth.metrics.judged import Judged, View
from ecg_synth.metrics.metric import metric
from ecg_synth.metrics.slower import at_rate

RATE_HZ = 100.0
WARP_SECONDS = 0.1
# A pair of one lead costs some 15 us: of 5,000 slices the matrices of a report would take an hour.
MOST = 300


def warping_distances(left_mv: np.ndarray, right_mv: np.ndarray, fs: float) -> np.ndarray:
    """Returns the root mean square difference of every two slices after the best warping, in mV.

    sqrt(DTW / samples), DTW the least sum of squared differences, over all leads at once, along a path that leaves the
    diagonal by at most 100 ms (Sakoe and Chiba, IEEE Trans. ASSP 26, 1978; aeon). From 0, lower is nearer, symmetric.

    Args:
        left_mv: `(n, length, leads)` in mV.
        right_mv: `(m, length, leads)` in mV.
        fs: Sampling rate in Hz.

    Returns:
        float64 `(n, m)`.
    """
    from aeon.distances import dtw_pairwise_distance
    from numba import config

    length, leads = left_mv.shape[1:]
    window = min(1.0, WARP_SECONDS * fs / length)
    first, second = (np.ascontiguousarray(mv.transpose(0, 2, 1), np.float64) for mv in (left_mv, right_mv))
    with warnings.catch_warnings():
        # numba says so while it compiles aeon.
        warnings.simplefilter("ignore")
        # Of -1 aeon makes a thread a core, and numba refuses more than NUMBA_NUM_THREADS allows.
        threads = config.NUMBA_NUM_THREADS
        found = dtw_pairwise_distance(first, None if right_mv is left_mv else second, window=window, n_jobs=threads)
    return np.sqrt(found / (length * leads))


def energy_distance(within: np.ndarray, other_within: np.ndarray, between: np.ndarray) -> float:
    """Returns 2 mean d(x, y) - mean d(x, x') - mean d(y, y'), each slice with itself left out.

    0 on average for two draws of one population, so below 0 now and then; lower is nearer; symmetric (Szekely and
    Rizzo, J. Stat. Plan. Inference 143, 2013). A warping distance is no metric: unlike the Euclidean one it does not
    promise that 0 means the same population.

    Args:
        within: `(n, n)`: distances of one set.
        other_within: `(m, m)`: of the other.
        between: `(n, m)`.
    """
    own = sum(d.sum() / (len(d) * (len(d) - 1)) for d in (within, other_within))
    return float(2 * between.mean() - own)


def _distances(left: View, right: View) -> np.ndarray:
    def work_out(one: Judged, other: Judged) -> np.ndarray:
        first = at_rate(one.signals, RATE_HZ)
        second = first if one is other else at_rate(other.signals, RATE_HZ)
        return warping_distances(first, second, min(one.signals.fs, RATE_HZ))

    return left.pairs(right, "warping", work_out)


SOURCE = "Sakoe and Chiba, IEEE Trans. ASSP 26, 1978; aeon"


@metric(
    "dtw_nearest",
    "DTW to the nearest real slice (a set of copies scores best)",
    "paired",
    "lower",
    SOURCE,
    unit="mV",
)
def _dtw_nearest(reference: View, candidate: View) -> float:
    reference, candidate = reference.fewer(MOST), candidate.fewer(MOST)
    return float(_distances(candidate, reference).min(axis=1).mean())


@metric(
    "dtw_between", "DTW energy distance between the sets", "fidelity", "lower", SOURCE, (-np.inf, np.inf), unit="mV"
)
def _dtw_between(reference: View, candidate: View) -> float:
    reference, candidate = reference.fewer(MOST), candidate.fewer(MOST)
    within, other_within = (_distances(view, view) for view in (reference, candidate))
    return energy_distance(within, other_within, _distances(candidate, reference))
