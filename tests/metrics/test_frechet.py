import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_synth.metrics.frechet import frechet_distance, gaussian_frechet


def test_closed_form_of_commuting_covariances():
    stream = np.random.default_rng(0)
    turn, _ = np.linalg.qr(stream.standard_normal((5, 5)))
    a, b = stream.uniform(0.1, 3, (2, 5))
    mean = stream.standard_normal((2, 5))
    expected = ((mean[0] - mean[1]) ** 2).sum() + ((np.sqrt(a) - np.sqrt(b)) ** 2).sum()
    assert gaussian_frechet(mean[0], turn * a @ turn.T, mean[1], turn * b @ turn.T) == pytest.approx(expected)


def test_agrees_with_the_root_of_the_product():
    from scipy.linalg import sqrtm

    stream = np.random.default_rng(1)
    left, right = (stream.standard_normal((50, 6)) @ stream.standard_normal((6, 6)) for _ in range(2))
    first, second = (np.cov(found, rowvar=False) for found in (left, right))
    shift = ((left.mean(axis=0) - right.mean(axis=0)) ** 2).sum()
    expected = shift + np.trace(first + second - 2 * np.real(sqrtm(first @ second)))
    assert frechet_distance(left, right) == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 40), st.integers(1, 6))
def test_identity_symmetry_and_order_of_slices(seed, count, size):
    stream = np.random.default_rng(seed)
    left, right = stream.standard_normal((count, size)), 2 + stream.standard_normal((count + 3, size))
    assert frechet_distance(left, left[::-1]) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(left, right) == pytest.approx(frechet_distance(right, left), rel=1e-6, abs=1e-6)


def test_a_singular_covariance_gives_a_number():
    same = np.ones((10, 4))
    assert frechet_distance(same, same) == 0
    assert frechet_distance(same, same + 2) == pytest.approx(16)


def test_gaussian_samples_come_near_their_own_distance():
    stream = np.random.default_rng(2)
    found = frechet_distance(stream.standard_normal((20_000, 3)), 1 + 2 * stream.standard_normal((20_000, 3)))
    assert found == pytest.approx(3 * (1 + 1), rel=0.05)
