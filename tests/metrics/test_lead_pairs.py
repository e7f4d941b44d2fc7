import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from ecg_synth.metrics.lead_pairs import lead_correlations, lead_information, mean_difference


def slices(seed=0):
    stream = np.random.default_rng(seed)
    base = np.cumsum(stream.standard_normal((4, 400, 1)), axis=1)
    return base * [1, -0.5, 2] + 5 * stream.standard_normal((4, 400, 3))


def test_correlations_are_numpys():
    found = lead_correlations(slices())
    assert found.shape == (4, 3)
    for k in range(4):
        expected = np.corrcoef(slices()[k].T)[np.triu_indices(3, 1)]
        np.testing.assert_allclose(found[k], expected)
    assert not lead_correlations(np.ones((2, 50, 2))).any()
    assert lead_correlations(np.ones((2, 50, 1))).shape == lead_information(np.ones((2, 50, 1))).shape == (2, 0)


def test_information_is_scikit_learns():
    found = lead_information(slices())
    bins = np.argsort(np.argsort(slices(), axis=1), axis=1) * 8 // 400
    for k in range(4):
        expected = [mutual_info_score(bins[k, :, a], bins[k, :, b]) for a, b in ((0, 1), (0, 2), (1, 2))]
        np.testing.assert_allclose(found[k], expected)


def test_information_does_not_see_gains_and_ends_at_ln_8():
    np.testing.assert_allclose(lead_information(slices()), lead_information(slices() * [3, 0.1, 7]))
    same = np.repeat(slices()[..., :1], 2, axis=2)
    np.testing.assert_allclose(lead_information(same), np.log(8))


def test_mean_difference():
    left, right = np.zeros((3, 2)), np.array([[1.0, -3.0], [1.0, 1.0]])
    assert mean_difference(left, right) == mean_difference(right, left) == pytest.approx(1)
