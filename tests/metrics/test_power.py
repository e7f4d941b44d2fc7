import numpy as np
import pytest
from scipy import signal
from scipy.spatial.distance import cdist

from ecg_synth.metrics.power import power_shares, spectrum_prd


def test_shares_are_welchs():
    slices = np.random.default_rng(0).standard_normal((3, 500, 2))
    found = power_shares(slices, 250.0)
    assert found.shape == (3, 2, 101)
    np.testing.assert_allclose(found.sum(axis=2), 1)
    _, power = signal.welch(slices[1, :, 0], 250.0, window="hamming", nperseg=250)
    np.testing.assert_allclose(found[1, 0], power[:101] / power[:101].sum())
    np.testing.assert_allclose(power_shares(7 * slices, 250.0), found)


def test_a_flat_lead_has_no_power():
    assert not power_shares(np.zeros((1, 300, 1)), 250.0).any()


def test_prd_of_spectra():
    p, q = np.random.default_rng(0).random((2, 4, 9))
    norms = np.linalg.norm(p, axis=1), np.linalg.norm(q, axis=1)
    expected = np.mean([100 * np.sqrt(((a - b) ** 2).sum() / ((a**2).sum() + (b**2).sum()) * 2) for a in p for b in q])
    assert spectrum_prd(cdist(p, q), *norms) == pytest.approx(expected)
    assert spectrum_prd(cdist(q, p), *norms[::-1]) == pytest.approx(expected)
    ends = np.eye(2)
    assert spectrum_prd(cdist(ends[:1], ends[1:]), np.ones(1), np.ones(1)) == pytest.approx(100 * np.sqrt(2))
    assert spectrum_prd(np.zeros((1, 1)), np.zeros(1), np.zeros(1)) == 0
