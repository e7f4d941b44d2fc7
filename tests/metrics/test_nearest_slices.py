import numpy as np
import pytest
from scipy.spatial.distance import cdist

from ecg_synth.metrics.nearest import prd_to_nearest, rmse_to_nearest


def test_agree_with_the_definitions():
    stream = np.random.default_rng(0)
    real, made = stream.standard_normal((12, 30)), stream.standard_normal((9, 30))
    between = cdist(made, real)
    rmse = np.mean([min(np.sqrt(np.mean((x - y) ** 2)) for x in real) for y in made])
    prd = np.mean([min(100 * np.sqrt(((x - y) ** 2).sum() / (x**2).sum()) for x in real) for y in made])
    assert rmse_to_nearest(between, 30) == pytest.approx(rmse)
    assert prd_to_nearest(between, np.linalg.norm(real, axis=1)) == pytest.approx(prd)


def test_a_copy_is_at_zero_and_a_flat_slice_at_100_percent():
    real = np.random.default_rng(0).standard_normal((5, 8))
    norms = np.linalg.norm(real, axis=1)
    assert prd_to_nearest(cdist(real[[3, 1]], real), norms) == 0
    assert prd_to_nearest(cdist(np.zeros((1, 8)), real), norms) == pytest.approx(100)


def test_a_flat_real_slice_is_nobodys_nearest():
    assert prd_to_nearest(np.array([[1.0, 4.0]]), np.array([0.0, 2.0])) == 200
