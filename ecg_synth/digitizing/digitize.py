"""One picture of an ECG -> its leads in mV; nothing is told but the picture."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ecg_synth.config import DigitizeConfig
from ecg_synth.digitizing.darkness import ink_darkness
from ecg_synth.digitizing.einthoven import consistent
from ecg_synth.digitizing.find_page import Found, pages_in
from ecg_synth.digitizing.flat import FlatPage
from ecg_synth.digitizing.ink import Ink, ink_of
from ecg_synth.digitizing.layout import FoundLayout, FoundLead, find_layout
from ecg_synth.digitizing.reading import Reading, read_leads
from ecg_synth.digitizing.rows import find_rows
from ecg_synth.digitizing.words import words_of
from ecg_synth.errors import InputError

Look = Callable[[FlatPage], Ink]
UPRIGHT = 0.3
"""A layout with this score has its names the right way up."""
_TURNS = (0, 2, 1, 3)
_TRACE, _LEAST_MM2 = 0.5, 10.0
MOST_ROWS = 24
"""More rows of traces are none: a grid was taken for another, and text or its lines for traces."""


@dataclass(frozen=True, eq=False)
class Digitized:
    """What was read from a picture.

    Attributes:
        flat: The page laid flat.
        grid: What was found of its grid.
        quarters: By how many quarters of a circle it had to be turned, counterclockwise.
        layout: Its leads' places.
        readings: One a lead of the layout, in its order: as drawn, so upside down for -aVR.
        sig_name: Names of the columns of `p_signal`, each once.
        p_signal: float64 (samples, leads) in mV; NaN where the page shows no time of a lead, or nothing could be read.
        fs: Samples a second.
        disagreement_mv: Of simultaneous limb leads with Einthoven's law, root mean square; NaN if not looked at.
    """

    flat: FlatPage
    grid: Found
    quarters: int
    layout: FoundLayout
    readings: list[Reading]
    sig_name: tuple[str, ...]
    p_signal: np.ndarray
    fs: float
    disagreement_mv: float


class _Seen(NamedTuple):
    """A page laid flat in one of the ways that were tried."""

    quarters: int
    grid: Found
    flat: FlatPage
    ink: Ink
    layout: FoundLayout
    dark: Callable[[], np.ndarray]


def digitize(picture: np.ndarray, config: DigitizeConfig | None = None, look: Look | None = None) -> Digitized:
    """Reads a picture of an ECG on millimetre paper.

    Args:
        picture: uint8 (height, width, 3).
        config: How; by default blindly.
        look: Tells ink apart on a flat page; by default the network.

    Raises:
        InputError: No grid is found and no scale without it, or no trace.
    """
    config = config or DigitizeConfig()
    if not (config.fs > 0 and config.mm_per_s > 0 and config.mm_per_mv >= 0 and config.dpi >= 0):
        raise InputError(
            f"Sampling rate and paper speed must be positive, the gain positive or 0 for the pulse's, the resolution "
            f"positive or 0 to find it. Received: fs={config.fs!r}, mm_per_s={config.mm_per_s!r}, "
            f"mm_per_mv={config.mm_per_mv!r}, dpi={config.dpi!r}."
        )
    look = look or (lambda page: ink_of(page, config.weights or None))
    best: _Seen | None = None
    turns = _TURNS if config.turned else (0,)
    pages = pages_in(picture, config.mm_per_s, config.dpi)
    for (upright, grid), quarters in ((page, quarters) for page in pages for quarters in turns):
        flat = upright.turned(quarters) if quarters else upright
        ink = look(flat)
        dark: Callable[[], np.ndarray] = functools.cache(functools.partial(ink_darkness, flat, ink))
        layout = _layout_of(ink, dark, config, grid.on_lines)
        if layout is not None and (best is None or layout.score > best.layout.score + 0.1):
            best = _Seen(quarters, grid, flat, ink, layout, dark)
        if best is not None and best.layout.score >= UPRIGHT:
            break
    if best is None:
        raise InputError(
            "A page must show at least one ECG trace; a grid was found, and none on it, or more than "
            f"{MOST_ROWS} rows of what may be one. Received: a picture of {picture.shape[1]} x {picture.shape[0]} "
            "pixels. Show the page whole and sharp."
        )
    quarters, grid, flat, ink, layout, dark = best
    readings = read_leads(flat, ink, layout.leads, config.fs, layout.mm_per_s, layout.mm_per_mv, dark=dark())
    names, signal = joined(layout.leads, readings, config.fs)
    apart = float("nan")
    if config.einthoven:
        signal, apart = consistent(signal, names)
    return Digitized(flat, grid, quarters, layout, readings, names, signal, config.fs, apart)


def _layout_of(ink: Ink, dark: Callable[[], np.ndarray], config: DigitizeConfig, on_lines: bool) -> FoundLayout | None:
    if np.count_nonzero(ink.trace > _TRACE) < _LEAST_MM2 * 64:
        return None
    rows = find_rows(ink.trace, ink.pulse, dark, on_lines)
    if rows is None or len(rows.baselines_mm) > MOST_ROWS:
        return None
    if config.mm_per_mv:
        rows = rows._replace(mm_per_mv=config.mm_per_mv)
    return find_layout(rows, words_of(ink), config.mm_per_s)


def joined(leads: tuple[FoundLead, ...], readings: list[Reading], fs: float) -> tuple[tuple[str, ...], np.ndarray]:
    """Puts readings on one axis of time; a rhythm row fills what its lead's own place does not show.

    Returns:
        Names and float64 (samples, leads).
    """
    names = tuple(dict.fromkeys(lead.name for lead in leads))
    ends = [round(lead.start_s * fs) + len(one.signal_mv) for lead, one in zip(leads, readings, strict=True)]
    signal = np.full((max(ends), len(names)), np.nan)
    for lead, one in sorted(zip(leads, readings, strict=True), key=lambda pair: pair[0].rhythm):
        first = round(lead.start_s * fs)
        place = signal[first : first + len(one.signal_mv), names.index(lead.name)]
        place[:] = np.where(np.isfinite(place), place, lead.sign * one.signal_mv)
    return names, signal
