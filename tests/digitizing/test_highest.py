"""The highest value around every pixel, held to SciPy's filters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from ecg_synth.digitizing.highest import highest

SIDES = st.integers(1, 9)


@given(SIDES, SIDES, SIDES, SIDES, st.sampled_from([np.float32, np.float64]), st.integers(0, 2**31))
def test_is_the_maximum_filter(rows, columns, height, width, dtype, seed):
    values = np.random.default_rng(seed).normal(size=(rows, columns)).astype(dtype)
    found = highest(values, height, width)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, ndimage.maximum_filter(values, (height, width), mode="constant", cval=-np.inf))


@given(SIDES, SIDES, st.integers(0, 4), st.integers(0, 4), st.integers(0, 2**31))
def test_of_a_mask_is_its_dilation(rows, columns, up, along, seed):
    mask = np.random.default_rng(seed).random((rows, columns)) > 0.8
    height, width = 2 * up + 1, 2 * along + 1
    found = highest(mask, height, width)
    assert found.dtype == bool
    np.testing.assert_array_equal(found, ndimage.binary_dilation(mask, np.ones((height, width))))


@pytest.mark.parametrize("size", [2, 4, 10])
def test_an_even_window_reaches_farther_to_the_left(size):
    line = np.zeros((1, 21), dtype=bool)
    line[0, 10] = True
    # A window around x covers x - size / 2 to x + size / 2 - 1.
    assert np.flatnonzero(highest(line, 1, size)[0]).tolist() == list(range(10 - size // 2 + 1, 10 + size // 2 + 1))
