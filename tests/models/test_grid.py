import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_synth.errors import InputError
from ecg_synth.models.grid import CORNER_HZ, grid_matrices, off_grid


@given(st.integers(8, 80), st.integers(1, 80), st.sampled_from([0.0, 0.5, 2.0]))
@settings(max_examples=30, deadline=None)
def test_there_and_back(length, samples, emphasis):
    samples = min(samples, length)
    onto, back = grid_matrices(length, samples, 250.0, emphasis)
    assert onto.shape == back.shape[::-1] == (samples, length)
    np.testing.assert_allclose(onto @ back, np.eye(samples), atol=1e-9)
    np.testing.assert_allclose(back @ onto @ back, back, atol=1e-9)
    # A level is no frequency: it stays what it is.
    np.testing.assert_allclose(onto @ np.ones(length), np.ones(samples), atol=1e-9)
    if samples == length:
        np.testing.assert_allclose(back @ onto, np.eye(length), atol=1e-9)


def test_slow_waves_pass_and_fast_ones_do_not():
    onto, back = grid_matrices(2025, 512, 1000.0)
    t = np.arange(2025) / 1000
    middle = slice(100, -100)
    slow, fast = np.sin(2 * np.pi * 20 * t), np.sin(2 * np.pi * 300 * t)
    # The slice mirrored at its ends has a kink there, whose ringing reaches this far.
    np.testing.assert_allclose((back @ onto @ slow)[middle], slow[middle], atol=2e-3)
    np.testing.assert_allclose((back @ onto @ fast)[middle], 0, atol=2e-2)
    # On the grid it is the same wave at another rate.
    places = (np.arange(512) + 0.5) * 2025 / 512 - 0.5
    np.testing.assert_allclose((onto @ slow)[25:-25], np.interp(places, np.arange(2025), slow)[25:-25], atol=1e-2)


def test_emphasis_lifts_by_a_power_of_the_frequency():
    plain, _ = grid_matrices(1000, 500, 1000.0)
    lifted, _ = grid_matrices(1000, 500, 1000.0, 1.0)
    wave = np.cos(2 * np.pi * 80 * (np.arange(1000) + 0.5) / 1000)
    ratio = np.linalg.norm(lifted @ wave) / np.linalg.norm(plain @ wave)
    assert ratio == pytest.approx(np.hypot(1, 80 / CORNER_HZ), rel=1e-6)


def test_bad_numbers_are_named():
    with pytest.raises(InputError, match="from 1 to 100 samples, those of a slice. Received: grid=101"):
        grid_matrices(100, 101, 250.0)
    with pytest.raises(InputError, match="Received: emphasis=3"):
        grid_matrices(100, 50, 250.0, 3)


@given(st.integers(8, 60), st.integers(1, 60), st.sampled_from([0.0, 1.0]))
@settings(max_examples=20, deadline=None)
def test_off_the_grid_without_a_matrix(length, samples, emphasis):
    samples = min(samples, length)
    _, back = grid_matrices(length, samples, 250.0, emphasis)
    values = np.random.default_rng(samples).standard_normal((2, samples, 3))
    np.testing.assert_allclose(
        off_grid(values, length, 250.0, emphasis), np.einsum("lg,ngc->nlc", back, values), atol=1e-9
    )
