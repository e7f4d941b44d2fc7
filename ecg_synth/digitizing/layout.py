"""Which lead is where on a flat page: names decide, known layouts complete them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ecg_synth.digitizing.rows import Rows
from ecg_synth.digitizing.words import Word
from ecg_synth.paper.layout import ORDERS

RHYTHM = ("ii", "v1", "v5")
COLUMNS = (1, 2, 3, 4, 6)
USUAL_S = 10.0
"""Most pages show so much."""
USUAL = ((3, 4, 1, "standard"), (3, 4, 0, "standard"), (6, 2, 0, "standard"), (12, 1, 0, "standard"))
UNSURE = 0.25
"""Below this score names tell nothing, and the usual layout of so many rows is taken: rows, columns, rhythm, order."""
READ = 0.6
"""A word this like a name is taken for it."""
_MARGIN = 0.12
_BEFORE_MM, _INTO, _PULSE_MM = 8.0, 0.45, (1.5, 12.0)
_EXTRA, _WRONG, _ANY, _SURE = 0.6, 0.5, 0.55, 0.75
_ON_BORDER_MM, _STROKE_MM = 0.6, 1.2
_HALF_S, _HALF_PEN_MM, _NEAR_MM, _HEAVY_MM = 0.5, 0.13, 0.35, 0.7


class FoundLead(NamedTuple):
    """One lead's place on a flat page.

    Attributes:
        name: In PTB's spelling; `lead1`, `lead2` where no name could be read and no known layout tells it.
        sign: -1 where it is drawn upside down, as -aVR.
        row: From 0.
        left_mm: Where it begins.
        right_mm: Where it ends.
        baseline_mm: Height of 0 mV.
        start_s: Time at its left edge, from the page's first second.
        rhythm: Whether it runs through all columns of a page that has several.
        confidence: From 0 to 1 that this is its name: how like it the printed word looks, less where none was found.
    """

    name: str
    sign: int
    row: int
    left_mm: float
    right_mm: float
    baseline_mm: float
    start_s: float
    rhythm: bool
    confidence: float


class FoundLayout(NamedTuple):
    """A page's leads.

    Attributes:
        name: ROWSxCOLUMNS+RHYTHM.
        order: standard, cabrera, or named where the names on the page alone tell.
        leads: Row by row, from the left.
        mm_per_mv: Gain.
        gain_known: Whether a pulse tells it; else it is assumed.
        mm_per_s: Paper speed: it is assumed, for nothing but printed text tells it.
        score: How well names and layout agree; 1 for all, negative where others are read.
    """

    name: str
    order: str
    leads: tuple[FoundLead, ...]
    mm_per_mv: float
    gain_known: bool
    mm_per_s: float
    score: float


class _Guess(NamedTuple):
    rows: int
    columns: int
    rhythm: int
    order: str
    names: tuple[str, ...]


def find_layout(rows: Rows, words: Sequence[Word], mm_per_s: float = 25.0, mm_per_mv: float = 10.0) -> FoundLayout:
    """Fits the known layouts to rows and words.

    Args:
        rows: Of the page.
        words: Of the page.
        mm_per_s: Paper speed.
        mm_per_mv: Gain where there is no calibration pulse.
    """
    left, right = _timed(rows.left_mm, rows.right_mm, mm_per_s)
    usual = USUAL_S * mm_per_s
    if not rows.pulses and _PULSE_MM[0] < right - left - usual < _PULSE_MM[1]:
        # A pulse that was not told from its trace.
        left = right - usual
        left, right = _timed(left - _HALF_PEN_MM, right + _HALF_PEN_MM, mm_per_s)
    # Names stand over their traces; pieces of a page's edge look like an I.
    likely = [word for word in words if word.score >= READ and left - _BEFORE_MM <= word.left_mm < right]
    best, best_score, best_placed = None, -np.inf, {}
    for guess in _guesses(len(rows.baselines_mm)):
        meant = [word for word in likely if not _separates(word, guess, left, right)]
        for above in (True, False):
            placed = _placed(guess, meant, rows.baselines_mm, left, right, above)
            score = _score(guess, placed, meant, rows.baselines_mm)
            if score > best_score + 1e-9:
                best, best_score, best_placed = guess, score, placed
    assert best is not None
    if best_score < UNSURE and best.order == "named":
        usual_guess = [one for one in _guesses(len(rows.baselines_mm)) if one[:4] in USUAL]
        if usual_guess:
            best = usual_guess[0]
            meant = [word for word in likely if not _separates(word, best, left, right)]
            best_placed = _placed(best, meant, rows.baselines_mm, left, right, True)
    leads = _leads(best, best_placed, rows.baselines_mm, left, right, mm_per_s)
    known = bool(np.isfinite(rows.mm_per_mv))
    name = f"{best.rows}x{best.columns}" + (f"+{best.rhythm}" if best.rhythm else "")
    gain = rows.mm_per_mv if known else mm_per_mv
    return FoundLayout(name, best.order, leads, gain, known, mm_per_s, float(best_score))


def _timed(left: float, right: float, mm_per_s: float) -> tuple[float, float]:
    """Beginning and end of the ink less half a pen, moved to a line of the grid and to whole half seconds if near."""
    left, right = left + _HALF_PEN_MM, right - _HALF_PEN_MM
    start = float(round(left)) if abs(left - round(left)) <= _NEAR_MM else left
    # Electrocardiographs begin on a heavy line.
    start = 5.0 * round(left / 5) if abs(left - 5 * round(left / 5)) <= _HEAVY_MM else start
    half = _HALF_S * mm_per_s
    length = half * max(1, round((right - start) / half))
    if abs(right - left - length) <= _NEAR_MM:
        return start, start + length
    return start, right


def _guesses(count: int) -> list[_Guess]:
    found = []
    for columns in COLUMNS:
        for rhythm in range(0, min(count, 4) if columns > 1 else 1):
            rows = count - rhythm
            orders = ORDERS if rows * columns == len(ORDERS["standard"]) else {}
            found += [_Guess(rows, columns, rhythm, order, names) for order, names in orders.items()]
            if rhythm == 0 or orders:
                found.append(_Guess(rows, columns, rhythm, "named", ()))
    return found


def _separates(word: Word, guess: _Guess, left: float, right: float) -> bool:
    """Whether it is a stroke on the border of two columns: these separate leads, and look like an I."""
    step = (right - left) / guess.columns
    border = (word.left_mm + word.right_mm) / 2 - left
    inner = 0.5 * step < border < (guess.columns - 0.5) * step
    near = abs(border - step * round(border / max(step, 1e-9))) < _ON_BORDER_MM
    return inner and near and word.right_mm - word.left_mm < _STROKE_MM


def _placed(
    guess: _Guess, words: Sequence[Word], baselines: np.ndarray, left: float, right: float, above: bool
) -> dict[tuple[int, int], Word]:
    """The word of every place (row, column), the likeliest where there are several."""
    placed: dict[tuple[int, int], Word] = {}
    for word in words:
        row = _row_of(word, baselines, above)
        columns = guess.columns if row < guess.rows else 1
        step = (right - left) / columns
        column = int(np.floor((word.left_mm - left + _BEFORE_MM) / step)) if step > 0 else 0
        into = word.left_mm - left - column * step
        if not 0 <= column < columns or into > _INTO * step:
            continue
        if (row, column) not in placed or placed[row, column].score < word.score:
            placed[row, column] = word
    return placed


def _row_of(word: Word, baselines: np.ndarray, above: bool) -> int:
    middle = (word.top_mm + word.bottom_mm) / 2
    if above:
        return min(int(np.searchsorted(baselines, middle - 2.0)), len(baselines) - 1)
    return int(np.argmin(np.abs(baselines - middle)))


def _score(guess: _Guess, placed: dict[tuple[int, int], Word], words: Sequence[Word], baselines: np.ndarray) -> float:
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
            wrong = word.score > right_score + _MARGIN
            # What is half hidden resembles many names.
            total += right_score - (_WRONG if wrong and word.score > _SURE else 0.0)
    sure = [word for word in words if word.score > _SURE and _in_rows(word, baselines)]
    lost = sum(all(word is not other for other in placed.values()) for word in sure)
    places = guess.rows * guess.columns + guess.rhythm
    # Unless names say otherwise, the commonest is meant.
    prior = 0.03 * ((guess.columns == 4) + (guess.order == "standard") + (guess.rhythm == 1) * (guess.columns == 4))
    return (total - _EXTRA * lost) / places + prior


def _in_rows(word: Word, baselines: np.ndarray) -> bool:
    spacing = float(np.median(np.diff(baselines))) if len(baselines) > 1 else 30.0
    return bool(baselines[0] - 0.75 * spacing < word.bottom_mm < baselines[-1] + 0.6 * spacing)


def _leads(
    guess: _Guess,
    placed: dict[tuple[int, int], Word],
    baselines: np.ndarray,
    left: float,
    right: float,
    mm_per_s: float,
) -> tuple[FoundLead, ...]:
    found: list[FoundLead] = []
    used: set[str] = set()
    for row, base in enumerate(baselines):
        rhythm = row >= guess.rows
        columns = 1 if rhythm else guess.columns
        step = (right - left) / columns
        for column in range(columns):
            word = placed.get((row, column))
            expected = ""
            if rhythm and guess.columns > 1:
                expected = RHYTHM[min(row - guess.rows, len(RHYTHM) - 1)]
            elif guess.names:
                expected = guess.names[column * guess.rows + row]
            name, confidence = _named(word, expected)
            if not rhythm and name in used:
                name, confidence = (expected, 0.2) if expected and expected not in used else ("", 0.0)
            name = name or f"lead{len(found) + 1}"
            if not rhythm:
                used.add(name)
            begin = left + column * step
            found.append(
                FoundLead(
                    name.removeprefix("-"),
                    -1 if name.startswith("-") else 1,
                    row,
                    begin,
                    begin + step,
                    float(base),
                    (begin - left) / mm_per_s,
                    rhythm,
                    confidence,
                )
            )
    return tuple(found)


def _named(word: Word | None, expected: str) -> tuple[str, float]:
    """A place's name and how sure it is."""
    if word is None:
        return expected, 0.4 if expected else 0.0
    if expected and word.score <= word.score_of(expected) + _MARGIN:
        return expected, float(np.clip(word.score_of(expected), 0, 1))
    # The layout as a whole is right more often than one word that resembles another name.
    if expected and word.score < 0.85:
        return expected, 0.4
    return word.name, float(np.clip(word.score, 0, 1))
