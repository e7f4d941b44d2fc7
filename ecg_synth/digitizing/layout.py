"""Which lead is where on a flat page: names decide, known layouts complete them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ecg_synth.digitizing.placing import BEFORE_MM, MARGIN, Guess, Placed, Sheet, place_words, sheet_of_names
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
_PULSE_MM = (1.5, 12.0)
_HALF_S, _NEAR_MM, _HEAVY_MM = 0.5, 0.35, 0.7
INEXACT = 0.02
"""Share by which a scale without a grid may be wrong: two fifths of half a second of ten."""


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
        mm_per_mv: Gain; without a grid as exact as the speed.
        gain_known: Whether a pulse tells it; else it is assumed.
        mm_per_s: Paper speed: it is assumed, for nothing but printed text tells it. Without a grid that by which the
            traces are whole half seconds long, where it is near the one assumed.
        score: How well names and layout agree; 1 for all, negative where others are read.
    """

    name: str
    order: str
    leads: tuple[FoundLead, ...]
    mm_per_mv: float
    gain_known: bool
    mm_per_s: float
    score: float


def find_layout(rows: Rows, words: Sequence[Word], mm_per_s: float = 25.0, mm_per_mv: float = 10.0) -> FoundLayout:
    """Fits the known layouts to rows and words.

    Args:
        rows: Of the page.
        words: Of the page.
        mm_per_s: Paper speed.
        mm_per_mv: Gain where there is no calibration pulse.
    """
    known = bool(np.isfinite(rows.mm_per_mv))
    gain = rows.mm_per_mv if known else mm_per_mv
    if not rows.on_lines:
        # A scale that is wrong along the page is as wrong up and down it.
        speed = _speed(rows, mm_per_s)
        gain, mm_per_s = gain * speed / mm_per_s, speed
    pen = rows.pen_mm / 2
    left, right = _timed(rows.left_mm + pen, rows.right_mm - pen, mm_per_s, rows.on_lines)
    usual = USUAL_S * mm_per_s
    if not rows.pulses and _PULSE_MM[0] < right - left - usual < _PULSE_MM[1]:
        # A pulse that was not told from its trace.
        left = right - usual
        left, right = _timed(left, right, mm_per_s, rows.on_lines)
    # Names stand over their traces; pieces of a page's edge look like an I.
    likely = [word for word in words if word.score >= READ and left - BEFORE_MM <= word.left_mm < right]
    sheet = Sheet(rows.baselines_mm, left, right)
    best, best_score, best_placed, best_sheet = None, -np.inf, {}, sheet
    for guess in _guesses(len(rows.baselines_mm)):
        told = sheet_of_names(likely, sheet, guess.columns, _HALF_S * mm_per_s)
        for one, above in itertools.product((told, sheet) if told else (sheet,), (True, False)):
            placed, score = place_words(guess, likely, one, above)
            if score > best_score + 1e-9:
                best, best_score, best_placed, best_sheet = guess, score, placed, one
    assert best is not None
    sheet = best_sheet
    if best_score < UNSURE and best.order == "named":
        usual_guess = [one for one in _guesses(len(rows.baselines_mm)) if one[:4] in USUAL]
        if usual_guess:
            best = usual_guess[0]
            best_placed, _ = place_words(best, likely, sheet, above=True)
    leads = _leads(best, best_placed, sheet, mm_per_s)
    name = f"{best.rows}x{best.columns}" + (f"+{best.rhythm}" if best.rhythm else "")
    return FoundLayout(name, best.order, leads, gain, known, mm_per_s, float(best_score))


def _speed(rows: Rows, mm_per_s: float) -> float:
    """The paper speed by which the traces are whole half seconds long: without a grid a page's scale is not exact."""
    length = rows.right_mm - rows.left_mm - rows.pen_mm
    halves = round(length / (_HALF_S * mm_per_s))
    speed = length / (_HALF_S * halves) if halves else mm_per_s
    return speed if abs(speed / mm_per_s - 1) <= INEXACT else mm_per_s


def _timed(left: float, right: float, mm_per_s: float, on_lines: bool) -> tuple[float, float]:
    """Beginning and end of the traces, moved to a line of the grid and to whole half seconds if near."""
    start = left
    if on_lines:
        start = float(round(left)) if abs(left - round(left)) <= _NEAR_MM else left
        # Electrocardiographs begin on a heavy line.
        start = 5.0 * round(left / 5) if abs(left - 5 * round(left / 5)) <= _HEAVY_MM else start
    half = _HALF_S * mm_per_s
    length = half * max(1, round((right - start) / half))
    if abs(right - left - length) <= _NEAR_MM:
        return start, start + length
    return start, right


def _guesses(count: int) -> list[Guess]:
    found = []
    for columns in COLUMNS:
        for rhythm in range(0, min(count, 4) if columns > 1 else 1):
            rows = count - rhythm
            orders = ORDERS if rows * columns == len(ORDERS["standard"]) else {}
            found += [Guess(rows, columns, rhythm, order, names) for order, names in orders.items()]
            if rhythm == 0 or orders:
                found.append(Guess(rows, columns, rhythm, "named", ()))
    return found


def _leads(guess: Guess, placed: Placed, sheet: Sheet, mm_per_s: float) -> tuple[FoundLead, ...]:
    found: list[FoundLead] = []
    used: set[str] = set()
    left = sheet.left_mm
    for row, base in enumerate(sheet.baselines_mm):
        rhythm = row >= guess.rows
        columns = 1 if rhythm else guess.columns
        step = (sheet.right_mm - left) / columns
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
    if expected and word.score <= word.score_of(expected) + MARGIN:
        return expected, float(np.clip(word.score_of(expected), 0, 1))
    # The layout as a whole is right more often than one word that resembles another name.
    if expected and word.score < 0.85:
        return expected, 0.4
    return word.name, float(np.clip(word.score, 0, 1))
