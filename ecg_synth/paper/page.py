"""One record -> one picture of it on paper, with its truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ecg_synth.config import PaperConfig
from ecg_synth.errors import InputError, check_choice, check_seed
from ecg_synth.paper.distort import (
    Drawn,
    apply_in_camera,
    apply_light,
    apply_on_paper,
    compose,
    draw_all,
    look,
    parse_strengths,
    stream_of,
)
from ecg_synth.paper.grid import PaperStyle
from ecg_synth.paper.mesh import Mesh
from ecg_synth.paper.presets import ANY_BACKGROUND, BACKGROUNDS, PRESETS
from ecg_synth.paper.render import render
from ecg_synth.paper.sheet import Sheet
from ecg_synth.signals.record import EcgRecord


@dataclass(frozen=True, eq=False)
class Page:
    """A picture of a record, and all that is known about it.

    Attributes:
        record: What is drawn.
        config: How.
        number: Of the image, mixed into the seed.
        image: uint8 (height, width, 3).
        labels: uint8 (height, width): what is seen at each pixel, see `sheet.LABELS`.
        sheet: The page before it was photographed.
        mesh: Map from the image to the sheet; None where they are the same.
        drawn: The distortions, with the parameters really drawn.
        background: Color beside the page.
    """

    record: EcgRecord
    config: PaperConfig
    number: int
    image: np.ndarray
    labels: np.ndarray
    sheet: Sheet
    mesh: Mesh | None
    drawn: Sequence[Drawn]
    background: tuple[int, int, int]

    def to_image(self, points_px: np.ndarray) -> np.ndarray:
        """Returns where positions (n, 2) of the sheet are seen in the image; NaN where they are not."""
        return np.array(points_px) if self.mesh is None else self.mesh.to_image(points_px)


def make_page(record: EcgRecord, config: PaperConfig, number: int = 0, style: PaperStyle | None = None) -> Page:
    """Draws and distorts a record; the same record, configuration and number give the same bytes.

    Args:
        record: The ECG: measured, simulated or synthetic alike.
        config: Layout, looks and distortions.
        number: Of the image: each has its own random numbers.
        style: Colors and lines that are in no list; they stand instead of `config.paper`.

    Raises:
        InputError: The configuration has a value that does not exist, or the record lacks a lead.
    """
    strengths = strengths_of(config)
    check_seed(config.seed)
    sheet = render(record, config, stream_of(config.seed, number, "page"), style)
    drawn = draw_all(strengths, config.seed, number, sheet.size_mm)
    apply_on_paper(sheet, drawn)
    mesh = compose(drawn, sheet)
    colors = ANY_BACKGROUND if config.distortions else BACKGROUNDS.get(config.preset, ANY_BACKGROUND)
    background = colors[int(stream_of(config.seed, number, "background").integers(len(colors)))]
    image, labels = look(sheet, mesh, background)
    if drawn and image is sheet.image:
        image = image.copy()
    image = apply_in_camera(apply_light(image, drawn), drawn, sheet.scale.px_per_mm)
    return Page(record, config, number, image, labels, sheet, mesh, drawn, background)


def strengths_of(config: PaperConfig) -> Mapping[str, float]:
    """Returns the strengths that a configuration asks for.

    Raises:
        InputError: The preset or a distortion is unknown, or a strength is not from 0 to 1.
    """
    if not 0 <= config.strength <= 1:
        raise InputError(f"The strength of a preset must be from 0 to 1. Received: strength={config.strength!r}.")
    preset = PRESETS[check_choice("preset", config.preset, PRESETS)]
    named = parse_strengths(config.distortions) if config.distortions else preset
    return {name: strength * config.strength for name, strength in named.items()}
