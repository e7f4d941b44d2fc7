"""Ways of several traces: costs agree with the search, and no ink is read twice where there is other ink."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_synth.digitizing.layout import FoundLead
from ecg_synth.digitizing.path import best_path, path_cost
from ecg_synth.digitizing.tracks import follow, shared_columns

RNG = np.random.default_rng(0)
WIDTH_MM = 40.0


def lead(baseline_mm, left_mm=0.0, right_mm=WIDTH_MM):
    return FoundLead("i", 1, 0, left_mm, right_mm, baseline_mm, 0.0, False, 1.0)


def drawn(*ways_mm):
    """A page that shows lines at heights in mm, 3 px thick."""
    shown = np.full((640, round(WIDTH_MM * 8)), 0.001)
    for way in ways_mm:
        rows = np.round(np.broadcast_to(way, shown.shape[1:]) * 8).astype(int)
        before = np.concatenate([rows[:1], rows[:-1]])
        for column, (first, last) in enumerate(zip(np.minimum(rows, before), np.maximum(rows, before), strict=True)):
            shown[max(0, first - 1) : last + 2, column] = 0.99
    return shown


def heights_mm(tracks):
    return [(track.rows.start + track.path) / 8 for track in tracks]


@given(st.integers(0, 2**31))
def test_what_a_path_costs_is_what_the_search_says(seed):
    stream = np.random.default_rng(seed)
    costs, start = stream.random((12, 9)) ** 3, stream.random(12)
    path, cost = best_path(costs, start)
    assert path_cost(costs, start, path) == pytest.approx(cost, abs=1e-9)
    other = stream.integers(0, 12, 9)
    assert path_cost(costs, start, other) >= cost - 1e-9


def test_a_trace_whose_beginning_is_hidden_is_not_left_for_its_neighbor():
    across = np.arange(320) / 8
    ways = 20.0 + 0.1 * across, 45.0 + np.sin(across)
    shown = drawn(*ways)
    # A name over it, twelve millimetres long: a path by itself goes to the next row.
    shown[100:260, :96] = 0.001
    alone = heights_mm(follow(shown, [lead(30.0)]))[0]
    assert np.abs(alone - ways[1]).max() < 1
    found = heights_mm(follow(shown, [lead(30.0), lead(45.0)]))
    for way, expected in zip(found, ways, strict=True):
        assert np.abs(way - expected)[100:].max() < 0.5


def test_traces_that_cross_at_a_flank_keep_their_own():
    """Both show a beat that reaches into the other's row; each comes back to its own baseline."""
    across = np.arange(320) / 8
    beat = 9.0 * np.exp(-(((across - 20) / 0.6) ** 2))
    ways = 25.0 + beat, 36.0 - beat
    found = heights_mm(follow(drawn(*ways), [lead(25.0), lead(36.0)]))
    away = np.abs(across - 20) > 2
    for way, expected in zip(found, ways, strict=True):
        assert np.abs(way - expected)[away].max() < 0.5


def test_three_rows_that_wander_into_each_other_are_told_apart():
    across = np.arange(320) / 8
    ways = [12.0 + 14 * row + 9.0 * np.sin(2 * np.pi * across / 60 + 0.3) for row in range(3)]
    found = heights_mm(follow(drawn(*ways), [lead(12.0 + 14 * row) for row in range(3)]))
    for way, expected in zip(found, ways, strict=True):
        assert np.abs(way - expected).max() < 0.5


def test_lines_that_cross_share_nothing_and_lines_that_are_one_share_all():
    flat, rising = drawn(30.0), drawn(20.0 + np.arange(320) / 16)
    one, other = follow(flat, [lead(30.0)])[0], follow(rising, [lead(30.0)])[0]
    assert shared_columns(one, one).all()
    assert not shared_columns(one, other).any()
    apart = follow(flat, [lead(30.0, 0.0, 20.0)])[0], follow(flat, [lead(30.0, 20.0, 40.0)])[0]
    assert len(shared_columns(*apart)) == 0
