import numpy as np
import pytest

from ecg_synth.metrics.inception import inception_score


def test_inception_score():
    assert inception_score(np.eye(4)[np.arange(20) % 4]) == pytest.approx(4)
    assert inception_score(np.eye(4)[np.zeros(20, int)]) == pytest.approx(1)
    assert inception_score(np.full((5, 3), 1 / 3)) == pytest.approx(1)
    p = np.random.default_rng(0).dirichlet(np.ones(3), 50)
    expected = np.exp(np.mean([(row * np.log(row / p.mean(axis=0))).sum() for row in p]))
    assert inception_score(p) == pytest.approx(expected)
