"""The stroke of a line against the renderer's pixels, and the line again from the pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_synth.digitizing.lines import Line, fit_lines
from ecg_synth.digitizing.optics import measure_optics
from ecg_synth.digitizing.pen import undo_pen
from ecg_synth.digitizing.stroke import FINE, Optics, derivative_of, edge_of, seen_of, stroke_of
from ecg_synth.digitizing.unpen import EVERY, Band, fit_line
from ecg_synth.paper.ink import stroke as agg_stroke

COLUMNS, ROWS = 120, 90
CUTS = np.arange(COLUMNS * FINE) / FINE
KNOTS = np.arange(COLUMNS * FINE // EVERY + 1) * EVERY / FINE
# No line reaches the picture's sides.
SHOWN = (KNOTS > 9.9) & (KNOTS < 110.1)
radii = st.floats(0.9, 2.2)


def beat(x, seed=0, rough=0.02):
    """A P wave, a QRS complex narrower than a pen at its tip, and a T wave, in px, y down."""
    stream = np.random.default_rng(seed)
    waves = [(30, 6, -8), (45, 1.5, 8), (48, 1.8, -50), (52, 1.6, 15), (75, 8, -12)]
    line = sum(height * np.exp(-0.5 * ((x - at) / width) ** 2) for at, width, height in waves)
    return 65 + stream.uniform(-1, 1) + line + stream.normal(0, rough, len(x))


def drawn(x, y, radius):
    """The renderer's own coverage, (rows, columns)."""
    ink = agg_stroke(np.stack([x, y], axis=1), 2 * radius, (COLUMNS, ROWS))
    picture = np.zeros((ROWS, COLUMNS))
    picture[ink.top : ink.top + ink.cover.shape[0], ink.left : ink.left + ink.cover.shape[1]] = ink.cover / 255
    return picture


def at_cuts(y):
    return np.interp(CUTS, KNOTS[SHOWN], y[SHOWN], left=np.nan, right=np.nan)


def band_of(picture, line):
    return Band(0, 0, picture, np.ones_like(picture), line)


def by_edges(line, radius):
    """The first guess: the pen undone by the edges of the ink."""
    upper, lower = (edge_of(line, radius, side).height for side in (-1, 1))
    guess = -undo_pen(-upper * FINE, -lower * FINE, radius * FINE) / FINE
    return np.where(np.isfinite(line), guess, np.nan)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10**6), radii)
def test_pixels_are_the_renderers(seed, radius):
    y = beat(KNOTS, seed)
    picture = drawn(KNOTS[SHOWN], y[SHOWN], radius)
    seen = seen_of(stroke_of(at_cuts(y), Optics(radius, 0.0, 1.0), ROWS))
    assert np.sqrt(((seen - picture)[(picture > 0) | (seen > 0)] ** 2).mean()) < 0.025
    # Ink is neither lost nor made.
    assert seen.sum() == pytest.approx(picture.sum(), rel=0.01)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10**6), radii, st.floats(0.2, 0.8))
def test_the_derivative_is_what_a_small_move_does(seed, radius, blur):
    y = beat(KNOTS, seed)
    optics = Optics(radius, blur, 0.9)
    step = 1e-4 * np.random.default_rng(seed).normal(size=len(KNOTS))
    before, after = (
        seen_of(stroke_of(np.interp(CUTS, KNOTS, line), optics, ROWS)).reshape(-1) for line in (y, y + step)
    )
    told = derivative_of(stroke_of(np.interp(CUTS, KNOTS, y), optics, ROWS), EVERY).T @ step[: len(CUTS) // EVERY + 1]
    # An edge may leave the point that it hangs on; most do not.
    assert np.abs(after - before - told).sum() < 0.15 * np.abs(told).sum()


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10**6), radii, st.floats(0.05, 0.7))
def test_the_line_comes_back(seed, radius, blur):
    truth, optics = at_cuts(beat(KNOTS, seed)), Optics(radius, blur, 0.95)
    picture = seen_of(stroke_of(truth, optics, ROWS))
    guess = by_edges(truth, radius)
    found = fit_line(band_of(picture, guess), optics, steps=5)
    off, before = (np.sqrt(np.nanmean((line - truth) ** 2)) for line in (found, guess))
    assert off < 0.5 * before + 0.02


def test_the_renderers_line_comes_back_finer_than_by_edges():
    y = beat(KNOTS, 3, rough=0.1)
    truth, radius = at_cuts(y), 1.3
    guess = by_edges(truth, radius)
    found = fit_line(band_of(drawn(KNOTS[SHOWN], y[SHOWN], radius), guess), Optics(radius, 0.05, 1.0), steps=4)
    assert np.nanstd(found - truth) < 0.5 * np.nanstd(guess - truth)


def test_a_line_that_is_right_stays():
    truth, optics = at_cuts(beat(KNOTS)), Optics(1.2, 0.4, 1.0)
    band = band_of(seen_of(stroke_of(truth, optics, ROWS)), truth)
    assert np.nanmax(np.abs(fit_line(band, optics, 3) - truth)) < 0.2


def test_too_little_to_fit_stays_as_it_is():
    line = np.full(len(CUTS), np.nan)
    line[100:110] = 40.0
    band = band_of(np.zeros((ROWS, COLUMNS)), line)
    assert fit_line(band, Optics(1.2, 0.3, 1.0), 2) is line


@settings(deadline=None, max_examples=8)
@given(radii, st.floats(0.2, 0.8), st.floats(0.8, 1.1))
def test_the_optics_are_measured(radius, blur, darkness):
    truth = at_cuts(beat(KNOTS))
    picture = seen_of(stroke_of(truth, Optics(radius, blur, darkness), ROWS))
    found = measure_optics([band_of(picture, truth)], Optics(1.4, 0.4, 1.0), rounds=8)
    np.testing.assert_allclose(found, (radius, blur, darkness), atol=0.03)


def test_neighbors_ink_is_nobody_elses():
    # Two places side by side, whose lines meet at different heights; each is told its own columns alone.
    x = np.arange(COLUMNS * FINE // EVERY) * EVERY / FINE
    left, right = x[(x > 5) & (x < 60)], x[(x >= 60) & (x < 115)]
    heights = 40 + 3 * np.sin(left / 4), 52 + 3 * np.sin(right / 5)
    dark = np.maximum(drawn(left, heights[0], 1.3), drawn(right, heights[1], 1.3))
    guesses = [
        Line(0.0, FINE, np.interp(CUTS[:300], left, heights[0], left=np.nan) + 0.2),
        Line(60.0, FINE, np.interp(CUTS[300:], right, heights[1], right=np.nan) - 0.2),
    ]
    found = fit_lines(dark, np.ones_like(dark), guesses, 1.2)
    for line, at, height in zip(found, (left, right), heights, strict=True):
        read = np.interp(at, line.left + np.arange(len(line.heights)) / line.cuts, line.heights)
        there = np.isfinite(read)
        assert there.mean() > 0.95
        assert np.abs(read - height)[there].max() < 0.12
