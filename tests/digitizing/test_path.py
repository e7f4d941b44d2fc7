"""The cheapest path against every path."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_synth.digitizing.path import CLIMB, best_path, pixel_costs


def cost_of(costs, rows, start):
    """What a path costs that enters column c in rows[c] and leaves it in rows[c + 1]."""
    total = start[rows[0]]
    for column, (enter, leave) in enumerate(itertools.pairwise(rows)):
        low, high = min(enter, leave), max(enter, leave)
        total += costs[low : high + 1, column].sum() + CLIMB * (high - low)
    return total


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(1, 3))
def test_no_path_is_cheaper(seed, height, width):
    stream = np.random.default_rng(seed)
    costs, start = stream.exponential(1, (height, width)), stream.exponential(1, height)
    path, cost = best_path(costs, start)
    every = itertools.product(range(height), repeat=width + 1)
    least = min(cost_of(costs, rows, start) for rows in every)
    assert np.isclose(cost, least)
    assert np.isclose(min(cost_of(costs, (row, *path), start) for row in range(height)), least)


def test_follows_a_flank_that_is_steeper_than_a_pixel():
    probability = np.full((60, 30), 0.01)
    probability[50, :15] = probability[50, 18:] = 0.95
    probability[5:51, 14:16] = probability[5:51, 17:19] = 0.95
    probability[5, 14:19] = 0.95
    path, _ = best_path(pixel_costs(probability))
    assert path[10] == path[25] == 50
    assert path[16] == 5


def test_begins_at_its_own_baseline():
    probability = np.full((40, 20), 0.01)
    probability[[10, 30]] = 0.9
    for row in (10, 30):
        path, _ = best_path(pixel_costs(probability), 0.1 * np.abs(np.arange(40) - row))
        assert (path == row).all()


def test_crosses_another_trace_and_goes_on():
    probability = np.full((50, 41), 0.01)
    probability[10] = 0.9
    for column in range(41):
        probability[max(0, 4 + column // 2 - 1) : 4 + column // 2 + 2, column] = 0.9
    path, _ = best_path(pixel_costs(probability), 5.0 * (np.arange(50) != 10))
    assert path[0] == path[5] == 10
