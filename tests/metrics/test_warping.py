import numpy as np
import pytest
from aeon.distances import dtw_distance
from scipy.spatial.distance import cdist

from ecg_synth.metrics.warping import energy_distance, warping_distances

FS = 100.0


def test_agrees_with_aeon_pair_by_pair():
    stream = np.random.default_rng(0)
    left, right = stream.standard_normal((3, 60, 2)), stream.standard_normal((4, 60, 2))
    found = warping_distances(left, right, FS)
    for i, j in np.ndindex(3, 4):
        expected = dtw_distance(left[i].T.copy(), right[j].T.copy(), window=10 / 60)
        assert found[i, j] == pytest.approx(np.sqrt(expected / 120))


def test_of_a_set_with_itself():
    slices = np.random.default_rng(0).standard_normal((5, 50, 2))
    found = warping_distances(slices, slices, FS)
    np.testing.assert_array_equal(np.diag(found), 0)
    np.testing.assert_allclose(found, found.T)
    np.testing.assert_allclose(found, warping_distances(slices, slices.copy(), FS))


def test_a_shift_within_the_window_costs_little():
    t = np.arange(200) / FS
    bump = [np.exp(-(((t - at) / 0.03) ** 2))[None, :, None] * np.ones(2) for at in (1.0, 1.08, 1.5)]
    near, far = (warping_distances(bump[0], other, FS)[0, 0] for other in bump[1:])
    assert near < 0.01 < 0.15 < far


def test_energy_distance():
    stream = np.random.default_rng(0)
    left, right = stream.standard_normal((80, 2)), 1 + stream.standard_normal((70, 2))
    far = energy_distance(cdist(left, left), cdist(right, right), cdist(left, right))
    assert far == pytest.approx(energy_distance(cdist(right, right), cdist(left, left), cdist(right, left)))
    assert abs(energy_distance(cdist(left, left), cdist(left, left), cdist(left, left))) < 0.1 < far


def test_takes_no_more_threads_than_numba_allows(monkeypatch):
    monkeypatch.setattr("numba.config.NUMBA_NUM_THREADS", 3)
    asked = []
    monkeypatch.setattr("aeon.distances.dtw_pairwise_distance", lambda *_, n_jobs, **__: asked.append(n_jobs) or 0.0)
    warping_distances(np.zeros((2, 60, 1)), np.zeros((2, 60, 1)), FS)
    assert asked == [3]
