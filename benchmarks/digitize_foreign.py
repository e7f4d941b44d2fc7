"""Pages that another program drew, read with the weights that the package brings: docs/digitize_foreign.png.

    python benchmarks/digitize_foreign.py --records ../shared/data/ptbxl --match 'records500/*' --count 4 --docs docs

Plain matplotlib draws the same records in styles that are not the package's own: other layouts, grids, colors, widths,
fonts and places of names, pulses and none. Nothing is told, and the network has seen none of them. Every page is
printed, then the table.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from digitize import PACKAGES, load
from machine import describe
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageDraw
from tabulate import tabulate

from ecg_synth.digitizing.digitize import Digitized, digitize
from ecg_synth.digitizing.write import overlay
from ecg_synth.errors import InputError
from ecg_synth.paper.geometry import printed_name
from ecg_synth.paper.scoring import align, coverage, snr_db
from ecg_synth.signals.leads import STANDARD_12
from ecg_synth.signals.record import EcgRecord

_SHOWN_PX = 620


@dataclass(frozen=True)
class Style:
    """How a page looks.

    Attributes:
        rows: Rows of `columns` leads, in the standard order from above.
        columns: Leads side by side.
        rhythm: Whether lead II runs below them.
        major: Color of the 5 mm lines.
        minor: Color of the 1 mm lines; none where empty.
        widths: Of both, in points.
        ink: Color of traces and names.
        pen: Width of traces in points.
        font: Family of the names.
        points: Size of the names.
        beside: Names stand left of the traces rather than above them.
        pulse: Whether a pulse of 1 mV stands before every row.
        dotted: Dots instead of thin lines.
        dpi: Pixels an inch.
    """

    rows: int
    columns: int
    rhythm: bool
    major: str
    minor: str
    widths: tuple[float, float]
    ink: str = "black"
    pen: float = 0.8
    font: str = "DejaVu Sans"
    points: float = 10.0
    beside: bool = False
    pulse: bool = True
    dotted: bool = False
    dpi: int = 200


STYLES = {
    "green, blue pen": Style(3, 4, True, "#6fb56f", "#c4e4c4", (0.9, 0.4), "#202060"),
    "pink, 6x2, no pulse": Style(6, 2, False, "#f28c8c", "#fbd5d5", (0.8, 0.4), pulse=False, font="DejaVu Serif"),
    "gray, thin pen": Style(3, 4, True, "#9a9a9a", "#dcdcdc", (0.7, 0.3), pen=0.45, points=8),
    "orange, thick pen": Style(3, 4, False, "#f0a040", "#fae0bc", (1.2, 0.5), pen=1.4, points=12),
    "5 mm lines alone": Style(3, 4, True, "#d87070", "", (0.7, 0.0)),
    "dotted, names beside": Style(3, 4, True, "#b06060", "#d09090", (0.7, 0.6), dotted=True, beside=True),
    "blue, 12x1, 150 dpi": Style(12, 1, False, "#7090d0", "#ccd8f0", (0.8, 0.4), points=8, dpi=150),
}


def main(argv: Sequence[str] | None = None) -> None:
    """Prints SNR, coverage and names by style, and draws the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=Path, default=None, help="folder of WFDB records; simulated ones without")
    parser.add_argument("--match", default="*")
    parser.add_argument("--count", type=int, default=4)
    parser.add_argument("--styles", nargs="+", default=list(STYLES))
    parser.add_argument("--docs", type=Path, default=None, help="write digitize_foreign.png there")
    options = parser.parse_args(argv)
    records, _ = load(options.records, options.match, options.count)
    print(describe(0, PACKAGES))
    print(f"records: {len(records)}, {records[0].origin}; drawn by matplotlib, read blind")
    lines, pictures = [], []
    for name in options.styles:
        scores = []
        for record in records:
            picture = draw(record, STYLES[name])
            try:
                read: Digitized | None = digitize(picture)
            except InputError as error:
                read = None
                print(f"{name}, {record.record_name}: {str(error)[:80]}")
            scores.append(score(record, STYLES[name], read))
            print(f"{name}, {record.record_name}: " + ("-" if read is None else shown(*scores[-1])), flush=True)
            if record is records[0]:
                pictures.append((name, picture if read is None else np.asarray(overlay(picture, read).convert("RGB"))))
        plain, aligned, covered = (np.concatenate([page[k] for page in scores]) for k in range(3))
        middle = [f"{np.nanmedian(part):.1f}" for part in (plain, aligned)]
        tenth = f"{np.nanquantile(aligned, 0.1):.1f}"
        lines.append(
            [name, len(scores), *middle, tenth, f"{np.mean(aligned > 20):.0%}", f"{covered.mean():.1%}",
             f"{np.mean(covered > 0.5):.1%}"]
        )  # fmt: skip
    header = ("style", "pages", "SNR dB, median", "aligned", "its 10 %", "> 20 dB", "coverage", "leads at their names")
    print(tabulate(lines, header, disable_numparse=True))
    if options.docs:
        contact(pictures).save(options.docs / "digitize_foreign.png", optimize=True)


def draw(record: EcgRecord, style: Style) -> np.ndarray:
    """Draws a record at 25 mm/s and 10 mm/mV; uint8 (height, width, 3)."""
    width, height = 297.0, 210.0
    figure = Figure(figsize=(width / 25.4, height / 25.4), dpi=style.dpi)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.spines[:].set_visible(False)
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    dots = {"linestyle": (0, (0.1, 1.9)), "dash_capstyle": "round"} if style.dotted else {}
    if style.minor:
        for place in np.arange(0, width, 1.0):
            axes.axvline(place, color=style.minor, linewidth=style.widths[1], **dots)
            if place < height:
                axes.axhline(place, color=style.minor, linewidth=style.widths[1], **dots)
    for place in np.arange(0, width, 5.0):
        axes.axvline(place, color=style.major, linewidth=style.widths[0])
        if place < height:
            axes.axhline(place, color=style.major, linewidth=style.widths[0])
    for lead, row, start_s, long_s in panels(style):
        base = baseline(style, row)
        left = 30.0 + 25 * start_s
        shown_samples = slice(round(start_s * record.fs), round((start_s + long_s) * record.fs))
        signal = record.select([lead])[shown_samples, 0]
        seconds = np.arange(len(signal)) / record.fs
        axes.plot(left + 25 * seconds, base + 10 * signal, color=style.ink, linewidth=style.pen)
        name = {"family": style.font, "fontsize": style.points, "color": style.ink}
        if style.beside and start_s == 0:
            axes.text(12, base + 1, printed_name(lead), **name)
        else:
            axes.text(left + 1, base + min(9.0, 0.35 * spacing(style)), printed_name(lead), **name)
        if style.pulse and start_s == 0:
            edges = np.array([[22, 0], [23, 0], [23, 10], [28, 10], [28, 0], [29, 0]]).T
            axes.plot(edges[0], base + edges[1], color=style.ink, linewidth=style.pen)
    stored = io.BytesIO()
    FigureCanvasAgg(figure).print_png(stored)
    return np.asarray(Image.open(stored).convert("RGB"))


def panels(style: Style) -> list[tuple[str, int, float, float]]:
    """Every lead's name, row, first second and length."""
    long_s = 10.0 / style.columns
    found = [
        (STANDARD_12[column * style.rows + row], row, column * long_s, long_s)
        for column in range(style.columns)
        for row in range(style.rows)
    ]
    return found + ([("ii", style.rows, 0.0, 10.0)] if style.rhythm else [])


def spacing(style: Style) -> float:
    """Millimetres between rows."""
    return 170.0 / (style.rows + style.rhythm)


def baseline(style: Style, row: int) -> float:
    """Height of a row's 0 mV, from the page's foot, on a line of the grid."""
    return round(190.0 - (row + 0.5) * spacing(style))


def score(record: EcgRecord, style: Style, read: Digitized | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """SNR in dB of every lead at its own name and time, the same aligned, and the share of it that was read."""
    found = []
    for lead, row, start_s, long_s in panels(style):
        reference = record.select([lead])[round(start_s * record.fs) : round((start_s + long_s) * record.fs), 0]
        seconds = start_s + np.arange(len(reference)) / record.fs
        estimate = np.full(len(reference), np.nan)
        rhythm = row == style.rows
        for place, one in zip(read.layout.leads, read.readings, strict=True) if read else ():
            if place.name == lead and place.rhythm == rhythm and len(one.seconds):
                at = place.start_s + one.seconds
                estimate = np.interp(seconds, at, place.sign * one.signal_mv, left=np.nan, right=np.nan)
        aligned = snr_db(reference, align(reference, estimate, record.fs).estimate)
        found.append((snr_db(reference, estimate), aligned, coverage(reference, estimate)))
    plain, aligned_db, covered = np.array(found).T
    return plain, aligned_db, covered


def shown(plain: np.ndarray, aligned: np.ndarray, covered: np.ndarray) -> str:
    """One page in a line."""
    middle = f"median {np.nanmedian(plain):.1f} dB, aligned {np.nanmedian(aligned):.1f} dB"
    return f"{middle}, coverage {np.mean(covered):.0%}, {np.mean(covered > 0.5):.0%} of the leads"


def contact(pictures: Sequence[tuple[str, np.ndarray]]) -> Image.Image:
    """One small picture of each style, with what was read drawn over it, in two columns."""
    tiles = []
    for name, picture in pictures:
        tile = Image.fromarray(picture)
        tile.thumbnail((_SHOWN_PX, _SHOWN_PX))
        ImageDraw.Draw(tile).text((4, 2), name, fill=(0, 0, 0))
        tiles.append(tile)
    wide, high = max(tile.width for tile in tiles), max(tile.height for tile in tiles)
    sheet = Image.new("RGB", (2 * wide, high * -(-len(tiles) // 2)), "white")
    for number, tile in enumerate(tiles):
        sheet.paste(tile, (number % 2 * wide, number // 2 * high))
    return sheet.quantize(128)


if __name__ == "__main__":
    main()
