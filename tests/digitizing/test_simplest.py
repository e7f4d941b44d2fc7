"""The simplest surface through measured places: what it keeps and what it leaves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from ecg_synth.digitizing.simplest import simplest

NODES = np.stack(np.meshgrid(np.arange(50.0), np.arange(40.0)), axis=-1)
TRUST = np.ones(NODES.shape[:2])


def noise(seed, size=0.1):
    """Errors that neighbors share, as windows that overlap do."""
    drawn = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=NODES.shape), (0.6, 0.6, 0))
    return size * drawn / drawn.std()


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10**6), st.floats(-0.3, 0.3), st.floats(3, 20))
def test_a_flat_page_is_affine_whatever_its_turn_and_pitch(seed, radians, pitch):
    turn = pitch * np.array([[np.cos(radians), np.sin(radians)], [-np.sin(radians), np.cos(radians)]])
    true = NODES @ turn + (100, 50)
    found = simplest(true + noise(seed), TRUST)
    # A fifth of the error of one place.
    assert np.hypot(*np.moveaxis(found - true, -1, 0)).mean() < 0.03


def test_what_was_not_measured_is_carried_on_and_what_is_wrong_is_left_out():
    places, trust = 8 * NODES + noise(0), TRUST.copy()
    places[::5, ::7] += 3.0
    places[20:, 40:], trust[20:, 40:] = np.nan, 0.0
    off = simplest(places, trust) - 8 * NODES
    assert np.abs(off).max() < 0.05


@pytest.mark.parametrize("bend", [lambda x, y: 2e-4 * x**2 + 1e-4 * x * y, lambda x, y: 3e-6 * x**3])
def test_a_bent_page_is_followed(bend):
    x, y = NODES[..., 0] * 8, NODES[..., 1] * 8
    true = np.stack([x + bend(x, y), y + bend(y, x)], axis=-1)
    off = simplest(true + noise(1), TRUST) - true
    assert np.hypot(*np.moveaxis(off, -1, 0)).mean() < 0.05


def test_a_wrinkled_page_has_no_simple_surface():
    x, y = NODES[..., 0], NODES[..., 1]
    wrinkled = 8 * NODES + 0.6 * np.stack([np.sin(x / 2.5), np.sin(y / 2.5 + x / 4)], axis=-1)
    assert simplest(wrinkled + noise(2), TRUST) is None


def test_few_places_tell_nothing():
    assert simplest(8 * NODES[:6, :6], TRUST[:6, :6]) is None
