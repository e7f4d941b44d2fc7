import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_synth.codec.polyline import Polyline

NANOVOLTS = st.integers(-40 * 10**6, 40 * 10**6)
RISING = st.lists(NANOVOLTS, min_size=2, max_size=70, unique=True).map(lambda found: [x / 1e6 for x in sorted(found)])


def around(knots):
    """Both sides of each knot and the knot itself, both far ends, and what lies between."""
    between = np.random.default_rng(0).uniform(knots[0] - 1, knots[-1] + 1, 500)
    return np.concatenate([knots, np.nextafter(knots, 99), np.nextafter(knots, -99), [-1e300, 1e300, 0.0], between])


@given(RISING, st.floats(0, 3))
def test_it_is_interp_to_the_bit(knots, power):
    heights = np.linspace(0, 1, len(knots)) ** power
    values = around(np.array(knots))
    expected = np.interp(values, knots, heights, left=-1.0, right=2.0)
    np.testing.assert_array_equal(Polyline(knots, heights, -1.0, 2.0)(values), expected)


@pytest.mark.parametrize("width", [1e-3, 1e-9, 4e-16])
def test_many_knots_in_one_cell(width):
    knots = np.unique([-5.0, *(1.0 + width * np.arange(40)), 5.0])
    heights = np.linspace(0, 1, len(knots))
    assert len(knots) > 35
    expected = np.interp(around(knots), knots, heights, left=-1.0, right=2.0)
    np.testing.assert_array_equal(Polyline(knots, heights, -1.0, 2.0)(around(knots)), expected)


def test_any_shape():
    values = np.linspace(-1, 2, 24).reshape(2, 3, 4)
    np.testing.assert_array_equal(Polyline([0, 1], [0, 1], 0, 1)(values), np.clip(values, 0, 1))
