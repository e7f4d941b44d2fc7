"""Small pages, their true ink, and pages that another program drew."""

import io

import numpy as np
from PIL import Image

from ecg_synth.config import PaperConfig
from ecg_synth.digitizing.flat import FlatPage, mesh_of_truth
from ecg_synth.digitizing.ink import Ink
from ecg_synth.paper.page import make_page
from ecg_synth.paper.sheet import LABELS, TRACE
from ecg_synth.signals.leads import STANDARD_12
from ecg_synth.signals.record import EcgRecord


def beats(leads=STANDARD_12, seconds=10.0, fs=250.0):
    """A record of steep pulses and slow waves that ends where it began, another height for every lead."""
    times = np.arange(round(seconds * fs)) / fs
    phase = times % 0.8
    shape = np.exp(-(((phase - 0.3) / 0.02) ** 2)) + 0.2 * np.exp(-(((phase - 0.55) / 0.05) ** 2))
    heights = np.linspace(0.6, 1.2, len(leads))
    # No trace lies on a line of the grid for long.
    wander = 0.06 * np.sin(times * np.arange(2.0, 2.0 + len(leads))[:, None]).T
    return EcgRecord("made/up_2", shape[:, None] * heights + wander, fs, tuple(leads), "nobody", origin="simulated")


def small_page(preset="clean", dpi=100, number=0, seconds=4.0, leads=STANDARD_12, **settings):
    chosen = {"layout": "1x1", "page": "strip", "seconds": seconds} | settings
    return make_page(beats(leads), PaperConfig(preset=preset, dpi=dpi, **chosen), number)


def true_look(page):
    """Tells ink apart by the page's own labels."""

    def look(flat):
        labels = page.labels
        turns = getattr(page, "turns", 0)
        seen = flat.sample(np.rot90(labels, turns), smooth=False, outside=LABELS["off_page"])
        return Ink(*(part.astype(np.float32) for part in (seen >= TRACE, seen == 2, seen == 3)))

    return look


def true_ink(page):
    """The true ink of a page laid flat by its true geometry, without its colors."""
    mesh = mesh_of_truth(page)
    nothing = np.empty((0, 0, 3), dtype=np.float32)
    return true_look(page)(FlatPage(nothing, np.empty((0, 0), dtype=bool), mesh))


def matplotlib_page(dpi=100, major="#88bb88", minor="#cce8cc", widths=(0.9, 0.4), ink="#202060", seconds=4.0):
    """A page as others draw it: matplotlib's own grid, 25 mm/s and 10 mm/mV, names beside the traces."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    record = beats(seconds=10.0)
    width_mm, height_mm = 25 * seconds + 20, 120.0
    figure = Figure(figsize=(width_mm / 25.4, height_mm / 25.4), dpi=dpi)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.spines[:].set_visible(False)
    axes.set_xlim(0, width_mm)
    axes.set_ylim(0, height_mm)
    for step, color, line in ((1, minor, widths[1]), (5, major, widths[0])):
        axes.set_xticks(np.arange(0, width_mm + 1, step), minor=step == 1)
        axes.set_yticks(np.arange(0, height_mm + 1, step), minor=step == 1)
        axes.grid(which="minor" if step == 1 else "major", color=color, linewidth=line)
    for row, lead in enumerate(("i", "ii", "iii")):
        shown = slice(0, round(seconds * record.fs))
        signal = record.select([lead])[shown, 0]
        base = 95.0 - 35.0 * row
        axes.plot(10 + np.arange(len(signal)) / record.fs * 25, base + 10 * signal, color=ink, linewidth=0.8)
        axes.text(11, base + 14, lead.upper(), fontsize=9, color=ink)
    stored = io.BytesIO()
    FigureCanvasAgg(figure).print_png(stored)
    return np.asarray(Image.open(stored).convert("RGB"))
