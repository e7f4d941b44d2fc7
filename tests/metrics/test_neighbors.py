import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prdc import compute_prdc
from sklearn.metrics import pairwise_distances

from ecg_synth.metrics.neighbors import neighborhoods


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(8, 60), st.integers(8, 60), st.integers(1, 6), st.floats(0, 2))
def test_agrees_with_prdc(seed, reals, made, neighbors, shift):
    stream = np.random.default_rng(seed)
    real, synthetic = stream.standard_normal((reals, 3)), shift + stream.standard_normal((made, 3))
    expected = compute_prdc(real, synthetic, neighbors)
    pairs = ((real, real), (synthetic, synthetic), (real, synthetic))
    found = neighborhoods(*(pairwise_distances(a, b) for a, b in pairs), neighbors)
    assert found._asdict() == pytest.approx(expected, abs=1e-12)


def test_of_a_set_and_itself():
    real = np.random.default_rng(0).standard_normal((50, 3))
    distances = pairwise_distances(real)
    found = neighborhoods(distances, distances, distances)
    assert found == (1, 1, pytest.approx(1), 1)


def test_a_last_bit_makes_no_neighbor():
    # Some processors' products, and with them distances, are not symmetric to the last bit.
    real = np.random.default_rng(2).normal(size=(40, 3))
    distances = pairwise_distances(real)
    assert neighborhoods(distances, distances, distances * (1 - 1e-15)) == neighborhoods(*3 * (distances,))


def test_copies_of_few_have_precision_and_no_recall():
    real = np.random.default_rng(0).standard_normal((50, 3))
    few = real[np.arange(50) % 5]
    found = neighborhoods(pairwise_distances(real), pairwise_distances(few), pairwise_distances(real, few))
    assert found.precision == 1
    assert found.recall == 0
    assert found.coverage < 0.8
