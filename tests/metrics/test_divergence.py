import numpy as np
import pytest

from ecg_synth.metrics.divergence import AmplitudeExtractor, jensen_shannon
from ecg_synth.metrics.signal_set import SignalSet


def test_jensen_shannon():
    left, right = np.random.default_rng(0).integers(0, 9, (2, 3, 20)).astype(float)
    p, q = (h / h.sum(axis=1, keepdims=True) for h in (left, right))
    middle = (p + q) / 2

    def relative(a, b):
        return (a[a > 0] * np.log2(a[a > 0] / b[a > 0])).sum()

    expected = np.mean([(relative(p[k], middle[k]) + relative(q[k], middle[k])) / 2 for k in range(3)])
    assert jensen_shannon(left, right) == pytest.approx(expected)
    assert jensen_shannon(right, left) == pytest.approx(expected)
    assert jensen_shannon(left, 5 * left) == pytest.approx(0, abs=1e-12)


def test_ends_of_the_range():
    one, other, none = np.array([[1.0, 0.0]]), np.array([[0.0, 3.0]]), np.zeros((1, 2))
    assert jensen_shannon(one, other) == pytest.approx(1)
    assert jensen_shannon(one, none) == 1
    assert jensen_shannon(none, none) == 0


def test_amplitudes_are_counted_slice_by_slice():
    signals = SignalSet.of(np.random.default_rng(0).normal(0, 1.2, (4, 30, 2)), 100.0, ("i", "ii"))
    found = AmplitudeExtractor()(signals).reshape(4, 2, 82)
    np.testing.assert_array_equal(found.sum(axis=2), 30)
    expected, _ = np.histogram(signals.signal_mv[2, :, 1], np.r_[-np.inf, np.linspace(-2, 2, 81), np.inf])
    np.testing.assert_array_equal(found[2, 1], expected)
