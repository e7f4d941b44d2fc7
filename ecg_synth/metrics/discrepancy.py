"""Maximum mean discrepancy: how far two sets are apart as a kernel sees them."""

from __future__ import annotations

import numpy as np

from ecg_synth.metrics.distances import sample_distances
from ecg_synth.metrics.judged import View
from ecg_synth.metrics.metric import metric

# Of each set, so that matrices of all pairs stay below 32 MB.
MOST = 2000
# Deviations of the training slices that an encoder's features are cut at in its kernel distance.
CUT = 3.0


def mmd2_unbiased(within: np.ndarray, other_within: np.ndarray, between: np.ndarray) -> float:
    """Returns the unbiased estimate of the squared maximum mean discrepancy, from kernel matrices.

    mean of k(x, x') + mean of k(y, y') - 2 mean of k(x, y), each slice with itself left out: 0 on average for two
    draws of one population, so below 0 now and then; lower is nearer; symmetric (Gretton et al., JMLR 13, 2012, eq. 3).

    Args:
        within: `(n, n)`: kernel of one set with itself.
        other_within: `(m, m)`: of the other.
        between: `(n, m)`.
    """
    means = [(kernel.sum() - np.trace(kernel)) / (len(kernel) * (len(kernel) - 1)) for kernel in (within, other_within)]
    return float(sum(means) - 2 * between.mean())


def kernel_distance(features: np.ndarray, other: np.ndarray) -> float:
    """Returns the kernel (Inception) distance, `mmd2_unbiased` with the kernel (x.y / d + 1)^3.

    Lower is nearer, 0 on average for two draws of one population whatever their number; symmetric (Binkowski et al.,
    ICLR 2018).

    Args:
        features: `(n, d)`.
        other: `(m, d)`.
    """
    size = features.shape[1]
    pairs = ((features, features), (other, other), (features, other))
    within, other_within, between = ((left @ right.T / size + 1) ** 3 for left, right in pairs)
    return mmd2_unbiased(within, other_within, between)


def rbf_mmd2(within: np.ndarray, other_within: np.ndarray, between: np.ndarray, bandwidth: float) -> float:
    """Returns `mmd2_unbiased` with the kernel exp(-d^2 / 2 s^2), from 1 (never alike) down; symmetric.

    Args:
        within: `(n, n)` Euclidean distances of one set.
        other_within: `(m, m)` of the other.
        between: `(n, m)` from one to the other.
        bandwidth: s, in the unit of the distances.
    """
    kernels = [np.exp(-0.5 * (distance / bandwidth) ** 2) for distance in (within, other_within, between)]
    return mmd2_unbiased(*kernels)


def median_bandwidth(distances: np.ndarray) -> float:
    """Returns the median of the distances of all pairs of a set, 1 where it is 0 (Gretton et al., JMLR 13, 2012, 8)."""
    return float(np.median(distances[np.triu_indices(len(distances), 1)])) or 1.0


def rbf_of_views(reference: View, candidate: View, extractor: str) -> float:
    """Returns `rbf_mmd2` of at most `MOST` slices of each set; the bandwidth is that of all these real ones."""
    reference, candidate = reference.fewer(MOST), candidate.fewer(MOST)
    within, other_within, between = (
        sample_distances(left, right, extractor)
        for left, right in ((reference, reference), (candidate, candidate), (candidate, reference))
    )
    judged = reference.judged
    bandwidth = judged.once(
        ("bandwidth", extractor), lambda: median_bandwidth(sample_distances(judged.view(), judged.view(), extractor))
    )
    return rbf_mmd2(within, other_within, between, bandwidth)


def _kid(reference: View, candidate: View, extractor: str, cut: float = np.inf) -> float:
    views = (reference.fewer(MOST), candidate.fewer(MOST))
    return kernel_distance(*(np.clip(view.features(extractor), -cut, cut) for view in views))


ALL = (-np.inf, np.inf)


@metric("kid_random", "kernel distance (KID), random features", "fidelity", "lower", "Binkowski et al., ICLR 2018", ALL)
def _kid_random(reference: View, candidate: View) -> float:
    return _kid(reference, candidate, "random")


@metric(
    "kid_encoder", "kernel distance (KID), trained encoder", "fidelity", "lower", "Binkowski et al., ICLR 2018", ALL
)
def _kid_encoder(reference: View, candidate: View) -> float:
    """Returns the kernel distance of features cut at `CUT` deviations of the training slices.

    Two folds of 176 PTB-XL slices, lead I, are 0.006 to 0.030 apart by the seed of the encoder (not cut: 0.15 to 2.1),
    halves of their 82 patients 0.28 with a deviation of 0.23 (not cut: 1.8 and 1.1; `benchmarks/kid.py`).
    """
    # The cubic kernel takes the sixth power of a feature, and a rectified feature of a slice unlike all training slices
    # is dozens of deviations: one such slice would outweigh all others, and means over subsets hold it too.
    return _kid(reference, candidate, "encoder", CUT)


@metric(
    "mmd", "squared MMD of the samples, RBF kernel", "fidelity", "lower", "Gretton et al., JMLR 13, 2012", (-1.0, 2.0)
)
def _mmd(reference: View, candidate: View) -> float:
    return rbf_of_views(reference, candidate, "samples")
