"""A line drawn by a disc, and the line again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_synth.digitizing.pen import dilate, erode, measure_pen, undo_pen

X = np.arange(400, dtype=float)
radii = st.floats(1.5, 12)


def wave(stream, shortest, height):
    """A sum of sines none of which is shorter than `shortest`."""
    lengths = stream.uniform(shortest, 10 * shortest, 4)
    return sum(
        stream.normal(0, height / 4) * np.sin(2 * np.pi * X / length + stream.uniform(0, 6)) for length in lengths
    )


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), radii)
def test_a_smooth_line_comes_back(seed, radius):
    # Curved less than the disc everywhere: height (2 pi / length)^2 stays below 1 / radius.
    line = wave(np.random.default_rng(seed), 20 * radius, radius)
    found = undo_pen(dilate(line, radius), -dilate(-line, radius), radius)
    inner = slice(15, -15)
    np.testing.assert_allclose(found[inner], line[inner], atol=0.06 * radius)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 12))
def test_erosion_closes_and_opens(seed, radius):
    # Exactly so for whole radii: others reach between two samples, where the line is not known.
    line = np.random.default_rng(seed).normal(0, radius, len(X))
    closed, opened = erode(dilate(line, radius), radius), -erode(dilate(-line, radius), radius)
    assert (closed >= line - 1e-9).all()
    assert (opened <= line + 1e-9).all()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), radii)
def test_upside_down_is_the_negative(seed, radius):
    line = wave(np.random.default_rng(seed), 3 * radius, 4 * radius)
    upper, lower = dilate(line, radius), -dilate(-line, radius)
    np.testing.assert_allclose(undo_pen(-lower, -upper, radius), -undo_pen(upper, lower, radius), atol=1e-6)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_spike_narrower_than_the_pen_keeps_its_height(sign):
    radius = 5.0
    line = sign * 80.0 * np.maximum(0, 1 - np.abs(X - 200) / 6)
    upper, lower = dilate(line, radius), -dilate(-line, radius)
    middle = 0.5 * (upper + lower)
    assert abs(middle[200]) < 50
    assert undo_pen(upper, lower, radius)[200] == pytest.approx(sign * 80, abs=0.5)


def test_where_there_is_no_ink_there_is_no_line():
    line = wave(np.random.default_rng(0), 60, 4)
    upper, lower = dilate(line, 3), -dilate(-line, 3)
    upper[100:150] = np.nan
    found = undo_pen(upper, lower, 3)
    assert np.isnan(found[100:150]).all()
    assert np.isfinite(found[:100]).all()
    assert np.isfinite(found[150:]).all()
    assert np.isnan(undo_pen(np.full(9, np.nan), np.full(9, np.nan), 3)).all()


@settings(deadline=None, max_examples=40)
@given(radii)
def test_the_pen_is_measured(radius):
    line = wave(np.random.default_rng(1), 40 * radius, radius)
    assert measure_pen(dilate(line, radius), -dilate(-line, radius)) == pytest.approx(radius, rel=0.05)


def test_without_a_flat_stretch_there_is_no_measure():
    assert np.isnan(measure_pen(3 * X + 8, 3 * X - 8))
