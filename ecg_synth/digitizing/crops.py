"""What the network of `ink` is trained on: crops of our own pages, laid flat a little wrongly, with their labels."""

from __future__ import annotations

import colorsys
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ecg_synth.config import PaperConfig
from ecg_synth.digitizing.flat import PX_PER_MM, lay_flat
from ecg_synth.paper.distort import DISTORTIONS
from ecg_synth.paper.geometry import MM_PER_INCH
from ecg_synth.paper.grid import Color, PaperStyle
from ecg_synth.paper.mesh import Mesh
from ecg_synth.paper.page import Page, make_page
from ecg_synth.paper.presets import PRESETS
from ecg_synth.paper.sheet import LABELS, TRACE
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.simulate import draw_patient
from ecg_synth.signals.simulate.patients import POPULATIONS
from ecg_synth.signals.simulate.record import simulate_record
from ecg_synth.signals.wfdb_io import read_record

LAYOUTS = ("3x4+1", "3x4+1", "3x4", "3x4+3", "6x2", "6x2+1", "12x1")
DPI = (90, 320)
SECONDS, FS = 10.0, 500.0
BESIDE_MM = 6.0
"""Crops reach this far beyond a page's edges."""
NODE_PX = 32
EMPTY_KEPT = 0.3
"""Share of the crops without any ink that is kept."""
# How wrong the geometry of a page that was found blindly may be, within one crop.
TURN_RAD, STRETCH, WOBBLE_MM, WOBBLE_LENGTH_MM = 0.006, 0.008, 0.12, 20.0


class Crops(NamedTuple):
    """Examples.

    Attributes:
        images: uint8 (n, side, side, 3) at `PX_PER_MM`.
        labels: uint8 (n, side, side): 0, or 1 + the index in `network.CLASSES`.
    """

    images: np.ndarray
    labels: np.ndarray


def page_crops(records: Path | None, names: Sequence[str], number: int, count: int, side: int, seed: int) -> Crops:
    """Draws one page and cuts crops from it; the same arguments give the same bytes.

    Args:
        records: Folder of records; None simulates them.
        names: Of the records; page `number` shows one of them.
        number: Of the page.
        count: Crops.
        side: In pixels, a multiple of 32.
        seed: Of everything random.

    Raises:
        InputError: The record cannot be read, or not be drawn.
    """
    stream = np.random.default_rng([seed, number, 8])
    record = _record(records, names, number, stream, seed)
    page = make_page(record, _draw_config(stream, number), number, draw_style(stream))
    images: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    while len(images) < count:
        image, label = _crop(page, side, stream)
        if label.any() or stream.random() < EMPTY_KEPT:
            images.append(image)
            labels.append(label)
    return Crops(np.stack(images), np.stack(labels))


def _record(
    records: Path | None, names: Sequence[str], number: int, stream: np.random.Generator, seed: int
) -> EcgRecord:
    if records is None:
        diagnosis = list(POPULATIONS)[int(stream.integers(len(POPULATIONS)))]
        record = simulate_record(draw_patient(diagnosis, None, number + 1, seed), SECONDS, FS, seed)
    else:
        record = read_record(records / names[int(stream.integers(len(names)))])
    # Hearts differ more than simulated ones, and amplifiers too.
    gain = np.exp(stream.normal(0, 0.35))
    shake = np.exp(stream.uniform(np.log(0.001), np.log(0.03))) * stream.normal(size=record.p_signal.shape)
    return dataclasses.replace(record, p_signal=record.p_signal * gain + shake)


def _draw_config(stream: np.random.Generator, number: int) -> PaperConfig:
    distortions: tuple[str, ...] = ()
    if stream.random() < 0.4:
        # Not the sets that we know, but any.
        chosen = [name for name in DISTORTIONS if stream.random() < 0.3]
        distortions = tuple(f"{name}={stream.uniform(0.1, 0.9):.3f}" for name in chosen)
    return PaperConfig(
        layout=str(stream.choice(LAYOUTS)),
        order=str(stream.choice(("standard", "standard", "cabrera"))),
        page=str(stream.choice(("a4", "letter"))),
        mm_per_mv=float(stream.choice((5.0, 10.0, 10.0, 10.0, 20.0))),
        mm_per_s=float(stream.choice((25.0, 25.0, 25.0, 50.0))),
        dpi=int(stream.integers(*DPI)),
        trace_mm=float(np.exp(stream.uniform(np.log(0.12), np.log(0.7)))),
        font=str(stream.choice(("sans", "serif", "mono"))),
        header=bool(stream.random() < 0.8),
        separators=bool(stream.random() < 0.6),
        pulse=bool(stream.random() < 0.8),
        preset=str(stream.choice(list(PRESETS))),
        strength=float(stream.uniform(0.4, 1)),
        distortions=distortions,
        seed=number,
    )


def draw_style(stream: np.random.Generator) -> PaperStyle:
    """Draws colors and lines of a paper as anybody's program may have them: any hue of grid, most colors of ink."""
    hue, gray = float(stream.random()), stream.random() < 0.2
    if stream.random() < 0.4:
        # Most papers are red.
        hue = float(stream.normal(0.0, 0.03) % 1)

    def of(value: float, saturation: float, hue: float = hue) -> Color:
        red, green, blue = colorsys.hsv_to_rgb(hue, 0.0 if gray else saturation, value)
        return round(255 * red), round(255 * green), round(255 * blue)

    paper = of(stream.uniform(0.93, 1), stream.uniform(0, 0.08))
    thin = of(stream.uniform(0.8, 0.98), stream.uniform(0.1, 0.4))
    heavy_value = stream.uniform(0.55, 0.8) if gray else stream.uniform(0.65, 0.95)
    thick = of(heavy_value, stream.uniform(0.25, 0.65))
    red, green, blue = (
        (stream.uniform(0, 0.25),) * 3
        if stream.random() < 0.7
        else colorsys.hsv_to_rgb(stream.random(), stream.uniform(0.5, 1), stream.uniform(0.2, 0.7))
    )
    ink = round(255 * red), round(255 * green), round(255 * blue)
    thin_mm = float(stream.choice((0.0, 1.0, 1.0, 1.0, 1.0)) * stream.uniform(0.06, 0.2))
    thick_mm = float(stream.choice((0.0, 1.0, 1.0, 1.0, 1.0, 1.0)) * stream.uniform(0.1, 0.35))
    return PaperStyle(paper, thin, thick, ink, thin_mm, thick_mm)


def _crop(page: Page, side: int, stream: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    width, height = page.sheet.size_mm
    left = stream.uniform(-BESIDE_MM, max(0.0, width + BESIDE_MM - side / PX_PER_MM))
    top = stream.uniform(-BESIDE_MM, max(0.0, height + BESIDE_MM - side / PX_PER_MM))
    wrong = _wrong(stream)

    def to_picture(points: np.ndarray) -> np.ndarray:
        on_page_mm = wrong(points / PX_PER_MM) + np.array([left, top])
        return page.to_image(page.sheet.scale.to_px(on_page_mm))

    mesh = Mesh.of(to_picture, (side, side), NODE_PX)
    picture, labels, moved = _around(page, mesh)
    flat = lay_flat(picture, moved)
    seen = flat.sample(labels, smooth=False, outside=LABELS["off_page"])
    classes = np.zeros_like(seen)
    classes[seen >= TRACE] = 1
    classes[seen == LABELS["text"]] = 2
    classes[seen == LABELS["pulse"]] = 3
    return np.round(flat.image * 255).astype(np.uint8), classes


def _wrong(stream: np.random.Generator):
    """An error of the geometry: a turn, a stretch, and a slow wobble, in mm."""
    turn, (stretch_x, stretch_y) = stream.normal(0, TURN_RAD), 1 + stream.normal(0, STRETCH, 2)
    matrix = np.array([[stretch_x, -turn], [turn, stretch_y]])
    waves = stream.normal(0, 1 / WOBBLE_LENGTH_MM, (3, 2))
    phase, move = stream.uniform(0, 2 * np.pi, 3), stream.normal(0, WOBBLE_MM / np.sqrt(3), (3, 2))

    def wrong(points: np.ndarray) -> np.ndarray:
        return points @ matrix.T + np.sin(2 * np.pi * points @ waves.T + phase) @ move

    return wrong


def _around(page: Page, mesh: Mesh) -> tuple[np.ndarray, np.ndarray, Mesh]:
    """The part of a picture that a crop shows: resampling prepares all that it is given."""
    margin = round(4 * page.sheet.scale.dpi / MM_PER_INCH / PX_PER_MM) + 8
    height, width = page.labels.shape
    finite = mesh.nodes[np.isfinite(mesh.nodes).all(axis=-1)]
    if not len(finite):
        return page.image[:1, :1], page.labels[:1, :1], mesh
    low = np.clip(np.floor(finite.min(axis=0)) - margin, 0, (width - 1, height - 1)).astype(int)
    high = np.clip(np.ceil(finite.max(axis=0)) + margin, low + 1, (width, height)).astype(int)
    part = slice(low[1], high[1]), slice(low[0], high[0])
    return page.image[part], page.labels[part], Mesh(mesh.size, mesh.nodes - low, mesh.cell_px)
