"""Which printed word names which place of a layout, and how well names and layout agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ecg_synth.digitizing.words import Word

BEFORE_MM = 8.0
"""A name stands so far left of its trace at most."""
MARGIN = 0.12
"""A word may be so much more like another name, and still be the expected one."""
_INTO, _EXTRA, _WRONG, _ANY, _SURE = 0.45, 0.6, 0.5, 0.55, 0.75
_BY_MM, _STROKE_ASIDE_MM = 0.05, 3.0
_ON_BORDER_MM, _STROKE_MM = 0.6, 1.2
# Baselines may be a heavy line beside their own.
_TELLING, _ASIDE_MM, _OFF_HEIGHT_MM, _EVEN_MM, _AGREED_MM = 4, 6.0, 6.0, 1.5, 0.3


class Guess(NamedTuple):
    """A layout that a page may have.

    Attributes:
        rows: Rows of several columns.
        columns: How many.
        rhythm: Rows of one lead below them.
        order: standard, cabrera, or named where the names on the page alone tell.
        names: Column by column, from above; none where the order is `named`.
    """

    rows: int
    columns: int
    rhythm: int
    order: str
    names: tuple[str, ...]


class Sheet(NamedTuple):
    """Where a page's traces are.

    Attributes:
        baselines_mm: Of its rows, from above.
        left_mm: Where the rows begin.
        right_mm: Where they end.
    """

    baselines_mm: np.ndarray
    left_mm: float
    right_mm: float


Placed = dict[tuple[int, int], Word]
"""Words by row and column."""


def place_words(guess: Guess, words: Sequence[Word], sheet: Sheet, above: bool) -> tuple[Placed, float]:
    """Gives every place of a layout the likeliest word, and says how well they agree.

    Names of one page stand at one place beside their leads. Strokes that are none, of a grid or a page's edge, look
    like an I and stand anywhere: where enough names tell that place, nothing is a name elsewhere.

    Args:
        guess: The layout.
        words: Those that may be names.
        sheet: Where its rows are.
        above: Whether names stand above their traces rather than beside them.

    Returns:
        The words, and a score: 1 where all names are right, less where some are missing or others are read.
    """
    meant = [word for word in words if not _separates(word, guess, sheet)]
    near: list[tuple[tuple[int, int], Word, float, float]] = []
    for word in meant:
        row = _row_of(word, sheet.baselines_mm, above)
        columns = guess.columns if row < guess.rows else 1
        step = (sheet.right_mm - sheet.left_mm) / columns
        column = int(np.floor((word.left_mm - sheet.left_mm + BEFORE_MM) / step)) if step > 0 else 0
        into = word.left_mm - sheet.left_mm - column * step
        if 0 <= column < columns and into <= _INTO * step:
            down = (word.top_mm + word.bottom_mm) / 2 - float(sheet.baselines_mm[row])
            near.append(((row, column), word, into, down))
    # One stroke is an I wherever it stands; what has more of a shape tells where names are.
    telling = [(into, down) for _, word, into, down in near if word.score > _SURE and word.name != "i"]
    usual = np.median(telling, axis=0) if len(telling) >= _TELLING else None
    placed: Placed = {}
    alike: dict[tuple[int, int], float] = {}
    for place, word, into, down in near:
        aside, off_height = (abs(into - usual[0]), abs(down - usual[1])) if usual is not None else (0.0, 0.0)
        if aside > (_STROKE_ASIDE_MM if word.name == "i" else _ASIDE_MM) or off_height > _OFF_HEIGHT_MM:
            continue
        like = word.score - _BY_MM * (aside + off_height)
        if like > alike.get(place, -np.inf):
            placed[place], alike[place] = word, like
    return placed, _score(guess, placed, meant, sheet, None if usual is None else float(usual[1]), above)


def sheet_of_names(words: Sequence[Word], sheet: Sheet, columns: int, half_mm: float) -> Sheet | None:
    """Returns the sheet whose rows end where the names' even columns say, or None where they say nothing else.

    Other ink behind a row, of a page's edge or a stamp, is easily taken for its end; names stand at its columns'
    beginnings.

    Args:
        words: Those that may be names.
        sheet: As its ink was found.
        columns: Of the layout in question.
        half_mm: Length of half a second, of which rows are whole multiples.
    """
    edges = np.sort([word.left_mm for word in words if word.name != "i"])
    if len(edges) < _TELLING or columns < 3:
        return None
    groups = np.split(edges, np.flatnonzero(np.diff(edges) > _ASIDE_MM) + 1)
    starts = np.array([np.median(group) for group in groups if len(group) > 1])
    if len(starts) < 3 or np.ptp(np.diff(starts)) > _EVEN_MM:
        return None
    length = columns * float(np.mean(np.diff(starts)))
    whole = half_mm * round(length / half_mm)
    length = whole if abs(whole - length) < columns * _EVEN_MM else length
    if abs(sheet.left_mm + length - sheet.right_mm) < _AGREED_MM:
        return None
    return sheet._replace(right_mm=sheet.left_mm + length)


def _separates(word: Word, guess: Guess, sheet: Sheet) -> bool:
    """Whether it is a stroke on the border of two columns: these separate leads, and look like an I."""
    step = (sheet.right_mm - sheet.left_mm) / guess.columns
    border = (word.left_mm + word.right_mm) / 2 - sheet.left_mm
    inner = 0.5 * step < border < (guess.columns - 0.5) * step
    near = abs(border - step * round(border / max(step, 1e-9))) < _ON_BORDER_MM
    return inner and near and word.right_mm - word.left_mm < _STROKE_MM


def _row_of(word: Word, baselines: np.ndarray, above: bool) -> int:
    middle = (word.top_mm + word.bottom_mm) / 2
    if above:
        return min(int(np.searchsorted(baselines, middle - 2.0)), len(baselines) - 1)
    return int(np.argmin(np.abs(baselines - middle)))


def _score(
    guess: Guess, placed: Placed, words: Sequence[Word], sheet: Sheet, usual_mm: float | None, above: bool
) -> float:
    total = 0.0
    for row in range(guess.rows + guess.rhythm):
        for column in range(guess.columns if row < guess.rows else 1):
            word = placed.get((row, column))
            if word is None:
                continue
            if row >= guess.rows or not guess.names:
                # Any name will do; it says less than the right one.
                total += _ANY * word.score
                continue
            right_score = word.score_of(guess.names[column * guess.rows + row])
            wrong = word.score > right_score + MARGIN
            # What is half hidden resembles many names.
            total += right_score - (_WRONG if wrong and word.score > _SURE else 0.0)
    sure = [word for word in words if word.score > _SURE and _in_rows(word, sheet.baselines_mm)]
    if usual_mm is not None:
        sure = [word for word in sure if abs(_down(word, sheet.baselines_mm, above) - usual_mm) <= _OFF_HEIGHT_MM]
    lost = sum(all(word is not other for other in placed.values()) for word in sure)
    places = guess.rows * guess.columns + guess.rhythm
    # Unless names say otherwise, the commonest is meant.
    prior = 0.03 * ((guess.columns == 4) + (guess.order == "standard") + (guess.rhythm == 1) * (guess.columns == 4))
    return (total - _EXTRA * lost) / places + prior


def _down(word: Word, baselines: np.ndarray, above: bool) -> float:
    return (word.top_mm + word.bottom_mm) / 2 - float(baselines[_row_of(word, baselines, above)])


def _in_rows(word: Word, baselines: np.ndarray) -> bool:
    spacing = float(np.median(np.diff(baselines))) if len(baselines) > 1 else 30.0
    return bool(baselines[0] - 0.75 * spacing < word.bottom_mm < baselines[-1] + 0.6 * spacing)
