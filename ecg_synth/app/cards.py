"""What the page shows of ECGs, as HTML: pictures, labels, readings. Every name that comes from outside is escaped."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from ecg_synth.app import readings
from ecg_synth.app.drawing import SPEED, common_reach, draw_image, draw_strip, png
from ecg_synth.app.ecg import Ecg
from ecg_synth.paper.geometry import printed_name

TAGS = {"synthetic": "SYNTHETIC", "measured": "MEASURED", "simulated": "SIMULATED"}
HEADINGS = {
    "synthetic": "Synthetic: made by a neural network",
    "measured": "Measured on patients",
    "simulated": "Simulated: computed from a model of the heart",
}


def picture(pixels: np.ndarray, alt: str, css: str) -> str:
    """Returns an `<img>` that carries its PNG."""
    return picture_of(png(pixels), alt, css)


def picture_of(content: bytes, alt: str, css: str) -> str:
    """Returns an `<img>` of a PNG; the address holds the picture itself, and no name."""
    data = base64.b64encode(content).decode("ascii")
    return f'<img class="{css}" alt="{escape(alt)}" src="data:image/png;base64,{data}">'


def problem(text: str) -> str:
    """Returns an error as the page shows it."""
    return f'<p class="problem" role="alert">{escape(text)}</p>'


def show(groups: Sequence[Sequence[Ecg]], leads: Sequence[str], with_images: bool) -> str:
    """Returns groups of ECGs beside one another, and a table of their clinical readings.

    Args:
        groups: ECGs of one origin each, none empty.
        leads: Leads to draw; none draws all.
        with_images: Shows the image that the network sees beside each.

    Raises:
        InputError: An ECG has not one of the leads.
    """
    reach = common_reach([ecg for group in groups for ecg in group])
    parts, tables = [], {}
    for group in groups:
        origin = group[0].origin
        read = readings.read(group)
        tables[f"{origin}, {len(group)}"] = read
        cards = [_card(ecg, row, reach, leads, with_images) for ecg, row in zip(group, read, strict=True)]
        parts.append(f'<section class="{origin}"><h3>{HEADINGS[origin]}</h3><div class="cards">{"".join(cards)}</div>')
        parts.append("</section>")
    scale = f'<p class="note">{SPEED}: a small square is 40 ms and 0.1 mV. Not for clinical use.</p>'
    lead = printed_name(_read_lead(groups[0][0]))
    return f'<div class="groups">{"".join(parts)}</div>{scale}{_table(tables, lead)}'


def _read_lead(ecg: Ecg) -> str:
    from ecg_synth.metrics.clinical import clinical_lead

    return ecg.leads[clinical_lead(ecg.leads)]


def _card(ecg: Ecg, row: np.ndarray, reach: tuple[float, float], leads: Sequence[str], with_images: bool) -> str:
    tag, words = TAGS[ecg.origin], readings.in_words(row)
    of_class = f", class {ecg.class_name}" if ecg.class_name else ""
    strip = draw_strip(ecg, reach, f"{tag} ECG, not for clinical use", leads)
    alt = f"{tag} ECG on millimetre paper, {ecg.source}{of_class}: {words}"
    image = picture(draw_image(ecg.image), f"{tag} image, as the network sees it", "seen") if with_images else ""
    caption = f'<span class="tag">{tag}</span> {escape(ecg.source + of_class)}'
    return (
        f'<figure class="card"><figcaption>{caption}</figcaption>'
        f'<div class="pictures">{picture(strip, alt, "strip")}{image}</div>'
        f'<p class="readings">{escape(words)}</p></figure>'
    )


def _table(tables: Mapping[str, np.ndarray], lead: str) -> str:
    heading, rows = readings.summary(tables)
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in heading)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'
        for name, *cells in rows
    )
    caption = f"Readings of lead {lead} by a program (docs/clinic.md); a dash: nothing to measure"
    return f'<table class="readings"><caption>{escape(caption)}</caption><tr>{head}</tr>{body}</table>'
