"""A record drawn on millimetre paper."""

from __future__ import annotations

import numpy as np

from ecg_synth.config import PaperConfig
from ecg_synth.errors import InputError, check_choice
from ecg_synth.paper.geometry import Panel, Scale
from ecg_synth.paper.grid import PAPERS, PaperStyle
from ecg_synth.paper.ink import FONTS, text_path
from ecg_synth.paper.layout import MARGIN_MM, PULSE_FEET_MM, PULSE_SECONDS, Layout, lay_out
from ecg_synth.paper.sheet import LABELS, TRACE, Sheet, Trace, Words
from ecg_synth.signals.record import EcgRecord

ORIGINS = {
    "measured": "MEASURED ECG of record {name}; the name is made up",
    "simulated": "SIMULATED ECG, record {name}; nobody's, the name is made up",
    "synthetic": "SYNTHETIC ECG, record {name}, made by a network; the name is made up",
}
"""What the header says of a record's source."""

# Words that name nobody.
FIRST = ("Quill", "Maple", "Comet", "Juniper", "Pebble", "Saffron", "Tundra", "Velvet", "Willow", "Zephyr")
LAST = ("Testcase", "Sampleton", "Mockford", "Placeholder", "Specimen", "Exampleson", "Dummyfield", "Nonesuch")

TITLE_MM, HEADER_MM, FOOTER_MM = 3.4, 3.4, 3.0
PULSE_MV = 1.0
PEN_MM = (0.2, 0.5)


def render(
    record: EcgRecord, config: PaperConfig, stream: np.random.Generator, style: PaperStyle | None = None
) -> Sheet:
    """Draws a record on paper, flat and clean.

    Args:
        record: The ECG; its first seconds are shown.
        config: Layout and looks.
        stream: Draws what the configuration leaves open: the made-up name, random colors and pens.
        style: Colors and lines that are in no list; they stand instead of `config.paper`.

    Returns:
        The sheet with the exact pixel position of every sample.

    Raises:
        InputError: The configuration has a value that does not exist, or the record lacks a lead.
    """
    scale = Scale(config.mm_per_s, config.mm_per_mv, config.dpi)
    # All are drawn, asked for or not, so that one choice does not change the others.
    paper_drawn, pen_drawn = str(stream.choice(list(PAPERS)[:-1])), float(stream.uniform(*PEN_MM))
    person = f"{stream.choice(LAST)}, {stream.choice(FIRST)}"
    paper = check_choice("paper", config.paper, (*PAPERS, "random"))
    check_choice("font", config.font, FONTS)
    if config.trace_mm and not 0.05 <= config.trace_mm <= 2:
        raise InputError(f"A pen is 0.05 to 2 mm wide, or 0 for any. Received: trace_mm={config.trace_mm!r}.")
    layout = lay_out(config, record.sig_name, record.duration)
    style = style or PAPERS[paper_drawn if paper == "random" else paper]
    sheet = Sheet(layout.size_mm, scale, style, config.font)
    if config.header:
        _header(sheet, record, config, person)
    pen_mm = config.trace_mm or pen_drawn
    if config.pulse:
        for row in range(layout.rows):
            _pulse(sheet, layout, row, pen_mm)
    for number, panel in enumerate(layout.panels):
        _trace(sheet, record, panel, number, pen_mm)
        _names(sheet, panel, config)
    return sheet


def _trace(sheet: Sheet, record: EcgRecord, panel: Panel, number: int, pen_mm: float) -> None:
    shown = panel.samples(record.fs, len(record.p_signal))
    signal_mv = record.select([panel.lead])[shown, 0].astype(np.float64)
    seconds = np.arange(shown.start, shown.stop) / record.fs
    points_mm = panel.to_mm(seconds, signal_mv, sheet.scale)
    points_mm[np.isnan(signal_mv)] = np.nan
    sheet.stroke(points_mm, pen_mm, sheet.style.ink, TRACE + number)
    sheet.traces.append(Trace(panel, shown.start, sheet.scale.to_px(points_mm), signal_mv))


def _names(sheet: Sheet, panel: Panel, config: PaperConfig) -> None:
    box = panel.box
    sheet.write(panel.title, (box.left + 1.0, box.top + 0.22 * box.height), TITLE_MM, "lead")
    if config.separators and panel.start_s > 0:
        middle = panel.baseline_mm
        ys = middle - 7.0, middle - 4.0, np.nan, middle + 4.0, middle + 7.0
        sheet.stroke(np.array([(box.left, y) for y in ys]), 0.3, sheet.style.ink, LABELS["separator"])


def _pulse(sheet: Sheet, layout: Layout, row: int, pen_mm: float) -> None:
    box = layout.pulse_box(row)
    base = next(panel for panel in layout.panels if panel.row == row).baseline_mm
    width = PULSE_SECONDS * sheet.scale.mm_per_s
    top = base - PULSE_MV * sheet.scale.mm_per_mv
    left = box.left + PULSE_FEET_MM / 2
    xs, ys = (
        (box.left + 0.5, left, left, left + width, left + width, box.right - 0.5),
        (base, base, top, top, base, base),
    )
    sheet.stroke(np.stack([xs, ys], axis=-1), pen_mm, sheet.style.ink, LABELS["pulse"])
    corners = np.array([(xs[0], top), (xs[-1], top), (xs[-1], base), (xs[0], base)])
    sheet.words.append(Words("pulse", f"{PULSE_MV:g} mV", sheet.scale.to_px(corners)))


def _header(sheet: Sheet, record: EcgRecord, config: PaperConfig, person: str) -> None:
    source = ORIGINS[record.origin].format(name=record.record_name)
    _fitting(sheet, source, 9.0, HEADER_MM, "header")
    about = f"Name: {person} (made up)     {record.fs:g} Hz     not for clinical use"
    _fitting(sheet, about, 15.0, HEADER_MM, "header")
    footer = f"{config.mm_per_s:g} mm/s    {config.mm_per_mv:g} mm/mV    {config.layout}"
    _fitting(sheet, footer, sheet.size_mm[1] - 4.0, FOOTER_MM, "footer")


def _fitting(sheet: Sheet, text: str, y_mm: float, height_mm: float, kind: str) -> None:
    """Writes a line, smaller where the page is too narrow for it: what a page is must be read on every page."""
    room = sheet.size_mm[0] - 2 * MARGIN_MM
    height_mm *= min(1.0, room / max(text_path(text, sheet.font, height_mm)[1].right, 1e-9))
    sheet.write(text, (MARGIN_MM, y_mm), height_mm, kind)
