"""Which lead goes where on a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ecg_synth.config import PaperConfig
from ecg_synth.errors import InputError, check_choice
from ecg_synth.paper.geometry import PAGES, Box, Panel, Scale
from ecg_synth.signals.leads import CHEST, STANDARD_12, check_leads, normalize_lead

ORDERS: dict[str, tuple[str, ...]] = {
    "standard": STANDARD_12,
    "cabrera": ("avl", "i", "-avr", "ii", "avf", "iii", *CHEST),
}
MAX_SECONDS = 10.0
HEADER_MM, FOOTER_MM, MARGIN_MM = 25.0, 10.0, 10.0
PULSE_SECONDS, PULSE_FEET_MM = 0.2, 5.0
"""Before each row is the place of a calibration pulse: so long, and its feet."""
STRIP_ROW_MM = 40.0
_LAYOUT = re.compile(r"(\d+)x(\d+)(?:\+(\d+))?")


@dataclass(frozen=True)
class Layout:
    """A page and its panels.

    Attributes:
        size_mm: Width and height.
        panels: In drawing order: column by column, then the rhythm rows.
        rows: Number of rows, rhythm rows included.
        row_mm: Height of a row.
        pulse_mm: Width of the place of a pulse.
    """

    size_mm: tuple[float, float]
    panels: tuple[Panel, ...]
    rows: int
    row_mm: float
    pulse_mm: float

    def pulse_box(self, row: int) -> Box:
        """Returns the place of a row's calibration pulse."""
        first = next(panel for panel in self.panels if panel.row == row)
        return Box(first.box.left - self.pulse_mm, first.box.top, first.box.left, first.box.bottom)


def lay_out(config: PaperConfig, available: Sequence[str], duration: float) -> Layout:
    """Places the leads of a record on a page.

    The columns of one row show consecutive times, as electrocardiographs print them. Every column shows the same time:
    what the record has, up to 10 s over all columns, as far as the page holds it.

    Args:
        config: Layout, leads, page, scale and seconds.
        available: Leads of the record.
        duration: Seconds of the record.

    Raises:
        InputError: The layout is not ROWSxCOLUMNS[+RHYTHM], the leads are not as many or not in the record, or the page
            does not hold the seconds asked for.
    """
    rows, columns, rhythm_rows = parse_layout(config.layout)
    scale = Scale(config.mm_per_s, config.mm_per_mv, config.dpi)
    leads = _choose(config, rows * columns, available)
    rhythm = tuple(config.rhythm[:rhythm_rows])
    if len(rhythm) < rhythm_rows:
        raise InputError(
            f"A layout with {rhythm_rows} rhythm rows needs as many leads. Received: layout={config.layout!r}, "
            f"rhythm={config.rhythm}."
        )
    try:
        check_leads([name.removeprefix("-") for name in (*leads, *rhythm)], available, where="this record")
    except InputError as error:
        raise InputError(
            f"{error} Name leads and rhythm among these, or choose a layout of {len(available)} places, "
            f"{len(available)}x1 for example, which takes the record's own."
        ) from None
    all_rows = rows + rhythm_rows
    seconds = _seconds(config, duration)
    pulse_mm = PULSE_SECONDS * scale.mm_per_s + PULSE_FEET_MM
    if config.page == "strip":
        size = (2 * MARGIN_MM + pulse_mm + seconds * scale.mm_per_s, HEADER_MM + FOOTER_MM + all_rows * STRIP_ROW_MM)
    else:
        size = PAGES[check_choice("page", config.page, (*PAGES, "strip"))]
    holds = (size[0] - 2 * MARGIN_MM - pulse_mm) / scale.mm_per_s
    if seconds > holds + 1e-9:
        if config.seconds:
            raise InputError(
                f"A page of {size[0]:g} mm holds {holds:.2f} s at {scale.mm_per_s:g} mm/s. Received: "
                f"seconds={config.seconds!r}. Show less, or use the page 'strip'."
            )
        seconds = holds
    row_mm = (size[1] - HEADER_MM - FOOTER_MM) / all_rows
    # The first second starts on a heavy line of the grid.
    left = MARGIN_MM + pulse_mm
    if config.page != "strip":
        left = 5.0 * int((size[0] - seconds * scale.mm_per_s + pulse_mm) / 2 / 5.0)

    def panel(name: str, row: int, start: float, end: float, is_rhythm: bool) -> Panel:
        box = Box(
            left + start * scale.mm_per_s,
            HEADER_MM + row * row_mm,
            left + end * scale.mm_per_s,
            HEADER_MM + (row + 1) * row_mm,
        )
        baseline = float(round((box.top + 0.5 * row_mm) / 5.0) * 5.0)
        lead, sign = normalize_lead(name.removeprefix("-")), -1 if name.startswith("-") else 1
        return Panel(lead, sign, box, baseline, start, end, row, is_rhythm)

    step = seconds / columns
    panels = [panel(name, k % rows, (k // rows) * step, (k // rows + 1) * step, False) for k, name in enumerate(leads)]
    panels += [panel(name, rows + k, 0.0, seconds, True) for k, name in enumerate(rhythm)]
    return Layout(size, tuple(panels), all_rows, row_mm, pulse_mm)


def parse_layout(layout: str) -> tuple[int, int, int]:
    """Returns rows, columns and rhythm rows of `"3x4+1"`.

    Raises:
        InputError: It is not of that form, or has more than 24 rows or panels.
    """
    found = _LAYOUT.fullmatch(layout)
    numbers = tuple(int(number or 0) for number in found.groups()) if found else (0, 0, 0)
    if numbers[0] < 1 or numbers[1] < 1 or numbers[0] + numbers[2] > 24 or numbers[0] * numbers[1] > 24:
        raise InputError(
            f"A layout must be ROWSxCOLUMNS or ROWSxCOLUMNS+RHYTHM, for example 3x4+1, with at most 24 panels. "
            f"Received: layout={layout!r}."
        )
    return numbers[0], numbers[1], numbers[2]


def _choose(config: PaperConfig, count: int, available: Sequence[str]) -> tuple[str, ...]:
    order = ORDERS[check_choice("order", config.order, ORDERS)]
    if config.leads:
        leads = config.leads
    elif count == len(order):
        leads = order
    elif count == 1 and config.rhythm:
        # A page of one strip shows the rhythm lead, of a record that has it.
        leads = config.rhythm[:1] if normalize_lead(config.rhythm[0]) in available else tuple(available[:1])
    else:
        leads = tuple(available)
    if len(leads) != count:
        raise InputError(
            f"The layout has {count} places and there are {len(leads)} leads. Received: layout={config.layout!r}, "
            f"leads={leads}. Name {count} leads, or choose a layout of {len(leads)}."
        )
    return leads


def _seconds(config: PaperConfig, duration: float) -> float:
    if config.seconds < 0 or config.seconds > duration + 1e-9:
        raise InputError(
            f"A page can show up to the {duration:g} s of its record. Received: seconds={config.seconds!r}."
        )
    return config.seconds or min(duration, MAX_SECONDS)
