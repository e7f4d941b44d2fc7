"""Which way every trace of a page takes: each its own cheapest path, and no ink read twice where there is other ink.

Rows whose traces wander or cross are as good ink for their neighbors. Where paths run along the same level ink,
one of them is looked for once more beside all others, and kept if the page as a whole costs less.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ecg_synth.digitizing.flat import PX_PER_MM
from ecg_synth.digitizing.layout import FoundLead
from ecg_synth.digitizing.path import LEAST, best_path, passed_of, path_cost, pixel_costs

REACH_MM = 45.0
"""A trace goes no further from its baseline."""
BEGIN_PER_MM, STAY_PER_MM = 0.5, 0.001
"""What it costs a path to begin off its baseline, and to be off it in each pixel: other rows are as good ink."""
SAME_PX, LEVEL_PX = 3, 2
"""Paths so near to each other, and neither steeper a column, run along the same ink."""
SHARED_PX = 24
"""Traces that cross run along the same ink over fewer columns."""
SHARED_COST = 1.5
"""What a column of it costs the page."""
BESIDE_PX = 4
"""So far up and down from a path its ink is taken."""
_ROOM, _FAR, _EXCHANGES = 0.6, 100.0, 3
MOST_MOVES = 3
"""Times the number of leads: how often one may be looked for anew."""


@dataclass(frozen=True, eq=False)
class Track:
    """One lead's way over the flat page, in a part of it.

    Attributes:
        rows: The part's rows.
        columns: Its columns.
        costs: float64 (rows, columns): what passing each pixel costs.
        start: What it costs to begin in each row.
        path: (columns,): the row of the part in which the path leaves each column.
        cost: The path's.
    """

    rows: slice
    columns: slice
    costs: np.ndarray
    start: np.ndarray
    path: np.ndarray
    cost: float

    @functools.cached_property
    def passed(self) -> np.ndarray:
        """Of `path_cost`."""
        return passed_of(self.costs)

    @property
    def spans(self) -> tuple[np.ndarray, np.ndarray]:
        """First and last row of the part that the path passes in each column."""
        before = np.concatenate([self.path[:1], self.path[:-1]])
        return np.minimum(self.path, before), np.maximum(self.path, before)

    def common(self, rows: np.ndarray, low: int, high: int) -> np.ndarray:
        """Returns rows of the part by column as rows of the page, from one of its columns up to another."""
        return self.rows.start + rows[low - self.columns.start : high - self.columns.start]

    def within(self, reach_mm: float) -> Track:
        """The same lead's cheapest way no further than that from its baseline."""
        off_mm = self.start / BEGIN_PER_MM
        path, _ = best_path(np.where(off_mm[:, None] > reach_mm, _FAR, self.costs), self.start)
        return replace(self, path=path, cost=path_cost(self.costs, self.start, path, self.passed))

    def taking(self, other: Track, first: int, last: int) -> Track:
        """The same lead's way, but from one column of the page up to another as the other's goes."""
        path = self.path.copy()
        theirs = other.common(other.path, first, last)
        path[first - self.columns.start : last - self.columns.start] = theirs - self.rows.start
        if path.min() < 0 or path.max() >= len(self.costs):
            return replace(self, cost=np.inf)
        return replace(self, path=path, cost=path_cost(self.costs, self.start, path, self.passed))

    def beside(self, others: Sequence[Track]) -> Track:
        """The same lead's cheapest way where all that others run along is as good as paper."""
        costs = self.costs.copy()
        nothing = float(pixel_costs(np.array([LEAST]))[0])
        for other in others:
            low, high = _common(self, other)
            if low >= high:
                continue
            at = other.common(other.path, low, high) - self.rows.start + np.arange(-BESIDE_PX, BESIDE_PX + 1)[:, None]
            columns = np.broadcast_to(np.arange(low, high) - self.columns.start, at.shape)
            there = (at >= 0) & (at < len(costs))
            place = at[there], columns[there]
            costs[place] = np.maximum(costs[place], nothing)
        path, _ = best_path(costs, self.start)
        return replace(self, path=path, cost=path_cost(self.costs, self.start, path, self.passed))


def follow(shown: np.ndarray, leads: Sequence[FoundLead]) -> list[Track]:
    """Finds the way of every lead.

    Args:
        shown: float32 (height, width): probability that a pixel shows a trace, and is no edge of it.
        leads: Their places.
    """
    free = [_track(shown, lead) for lead in leads]
    if not _shared(free).any():
        return free
    # The other beginning: each where its own row is.
    held = [track.within(_room_mm(lead, leads)) for track, lead in zip(free, leads, strict=True)]
    return min((_settled(tracks) for tracks in (free, held)), key=lambda tracks: _total(tracks, _shared(tracks)))


def _settled(tracks: list[Track]) -> list[Track]:
    """Looks for one lead's way after the other anew, beside all others, while the page as a whole costs less."""
    tried: set[tuple[int, float]] = set()
    shared = _shared(tracks)
    for _ in range(MOST_MOVES * len(tracks)):
        whole = sum(track.cost for track in tracks)
        # Those that share most first; one is not looked for twice beside the same others.
        for number in np.argsort(-shared.sum(axis=1), kind="stable"):
            state = int(number), round(whole - tracks[number].cost, 6)
            if state not in tried:
                break
        else:
            break
        tried.add(state)
        moved = tracks.copy()
        moved[number] = tracks[number].beside([other for k, other in enumerate(tracks) if k != number])
        moved_shared = _shared(moved)
        if _total(moved, moved_shared) < _total(tracks, shared):
            tracks, shared = moved, moved_shared
    for one, other in itertools.combinations(range(len(tracks)), 2):
        tracks[one], tracks[other] = _exchanged(tracks[one], tracks[other])
    return tracks


def _exchanged(one: Track, other: Track) -> tuple[Track, Track]:
    """The two, with what lies between places where they meet exchanged, wherever that costs less."""
    low, high = _common(one, other)
    if high - low < SHARED_PX:
        return one, other
    spans = [[track.common(end, low, high) for end in track.spans] for track in (one, other)]
    meet = (spans[0][0] <= spans[1][1] + 1) & (spans[1][0] <= spans[0][1] + 1)
    ends = [low, *(low + np.flatnonzero(meet[1:] & ~meet[:-1]) + 1), high]
    for _ in range(_EXCHANGES):
        cost = one.cost + other.cost
        # All of it, what is before a place, what is behind, and each piece between two.
        parts = [(low, high), *((low, end) for end in ends), *((end, high) for end in ends), *itertools.pairwise(ends)]
        for first, last in parts:
            pair = one.taking(other, first, last), other.taking(one, first, last)
            if pair[0].cost + pair[1].cost < one.cost + other.cost - 1e-6:
                one, other = pair
        if one.cost + other.cost > cost - 1e-6:
            break
    return one, other


def _room_mm(lead: FoundLead, leads: Sequence[FoundLead]) -> float:
    """How far from its baseline nothing else than its trace is expected."""
    apart = [abs(lead.baseline_mm - other.baseline_mm) for other in leads]
    return _ROOM * min((gap for gap in apart if gap > 1.0), default=REACH_MM)


def _total(tracks: Sequence[Track], shared: np.ndarray) -> float:
    return sum(track.cost for track in tracks) + SHARED_COST * float(shared.sum()) / 2


def _shared(tracks: Sequence[Track]) -> np.ndarray:
    """How many columns of level ink every two leads share, (leads, leads)."""
    found = np.zeros((len(tracks), len(tracks)))
    for one, other in itertools.combinations(range(len(tracks)), 2):
        found[one, other] = found[other, one] = shared_columns(tracks[one], tracks[other]).sum()
    return found


def _track(shown: np.ndarray, lead: FoundLead) -> Track:
    height, width = shown.shape
    base = lead.baseline_mm if np.isfinite(lead.baseline_mm) else height / PX_PER_MM / 2
    rows = _span(base - REACH_MM, base + REACH_MM, height)
    columns = _span(lead.left_mm, lead.right_mm, width)
    off_mm = np.abs((np.arange(rows.start, rows.stop) + 0.5) / PX_PER_MM - base)
    costs = pixel_costs(shown[rows, columns]) + STAY_PER_MM * off_mm[:, None]
    start = BEGIN_PER_MM * off_mm
    return Track(rows, columns, costs, start, *best_path(costs, start))


def shared_columns(one: Track, other: Track) -> np.ndarray:
    """Returns bool (columns common to both,): where both run along the same level ink for longer than traces cross."""
    from scipy import ndimage

    low, high = _common(one, other)
    if high - low < SHARED_PX:
        return np.zeros(max(0, high - low), dtype=bool)
    heights = [track.common(track.path, low, high) for track in (one, other)]
    steep = [np.abs(np.diff(way, prepend=way[0])) > LEVEL_PX for way in heights]
    same = (np.abs(heights[0] - heights[1]) <= SAME_PX) & ~steep[0] & ~steep[1]
    # A beat on the way ends nothing.
    numbers, count = ndimage.label(same | ndimage.binary_closing(same, np.ones(SHARED_PX // 2)))
    lengths = ndimage.sum_labels(same, numbers, np.arange(count + 1))
    return same & (lengths >= SHARED_PX)[numbers]


def _common(one: Track, other: Track) -> tuple[int, int]:
    return max(one.columns.start, other.columns.start), min(one.columns.stop, other.columns.stop)


def _span(low_mm: float, high_mm: float, length: int) -> slice:
    low, high = int(np.floor(low_mm * PX_PER_MM)), int(np.ceil(high_mm * PX_PER_MM))
    low = min(max(low, 0), length - 1)
    return slice(low, max(low + 1, min(high, length)))
