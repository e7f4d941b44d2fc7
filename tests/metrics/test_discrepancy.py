import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics.pairwise import polynomial_kernel, rbf_kernel

from ecg_synth.metrics.discrepancy import kernel_distance, median_bandwidth, mmd2_unbiased, rbf_mmd2
from ecg_synth.metrics.judged import Judged
from ecg_synth.metrics.metric import METRICS
from ecg_synth.metrics.signal_set import SignalSet


def draws(seed, count=60, shift=0.0):
    return np.random.default_rng(seed).standard_normal((count, 4)) + shift


def written_out(kernel, left, right):
    n, m = len(left), len(right)
    within = sum(kernel[0][i, j] for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    other = sum(kernel[1][i, j] for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    return within + other - 2 * kernel[2].mean()


class Own:
    """Features that are the samples themselves."""

    name = "encoder"

    def __call__(self, signals):
        return signals.signal_mv[:, :, 0].astype(np.float64)


def test_one_strange_slice_does_not_decide_over_an_encoder():
    stream = np.random.default_rng(0)
    real, other = (stream.standard_normal((100, 8)).astype(np.float32) for _ in range(2))
    strange = other.copy()
    strange[0] = 40.0

    def found(samples):
        sets = (SignalSet.of(one, 100.0) for one in (real, samples))
        reference, candidate = (Judged(one, {"encoder": Own()}).view() for one in sets)
        return METRICS["kid_encoder"](reference, candidate), kernel_distance(real, samples)

    (near, plain), (still_near, far) = found(other), found(strange)
    assert still_near == pytest.approx(near, abs=1.0)
    assert far - plain > 30


def test_kernel_distance_agrees_with_scikit_learn():
    left, right = draws(0), draws(1, 45, 0.5)
    kernels = [polynomial_kernel(a, b, degree=3) for a, b in ((left, left), (right, right), (left, right))]
    assert kernel_distance(left, right) == pytest.approx(written_out(kernels, left, right))
    assert kernel_distance(left, right) == pytest.approx(kernel_distance(right, left[::-1]))


def test_rbf_agrees_with_scikit_learn():
    left, right, bandwidth = draws(0), draws(1, 45, 0.5), 1.7
    pairs = ((left, left), (right, right), (left, right))
    kernels = [rbf_kernel(a, b, gamma=1 / (2 * bandwidth**2)) for a, b in pairs]
    found = rbf_mmd2(*(cdist(a, b) for a, b in pairs), bandwidth)
    assert found == pytest.approx(mmd2_unbiased(*kernels))
    assert found == pytest.approx(written_out(kernels, left, right))


def test_unbiased_and_monotone():
    means = [
        np.mean([kernel_distance(draws(2 * n), draws(2 * n + 1, shift=s)) for n in range(40)]) for s in (0, 0.3, 1)
    ]
    assert abs(means[0]) < 0.05 < means[1] < means[2]


def test_median_bandwidth():
    points = np.array([[0.0], [1.0], [3.0]])
    assert median_bandwidth(cdist(points, points)) == 2
    assert median_bandwidth(np.zeros((4, 4))) == 1
