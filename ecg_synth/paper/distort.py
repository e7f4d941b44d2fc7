"""Distortions: what they are, and the order in which a page suffers them.

A new one is one class in one file and one line, `@DISTORTIONS.register("name")`. There are four kinds, in this order:

- `OnPaper` happens to the sheet, before it is looked at: ink, stains, folds. It may hide samples.
- `Geometric` moves what is seen: a backward map in mm. All of them are composed into one `Mesh`.
- `Light` falls on what is seen: shares of light on a coarse raster, multiplied together.
- `InCamera` changes the values of pixels and moves none.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ecg_synth.errors import InputError
from ecg_synth.paper.grid import Color
from ecg_synth.paper.mesh import Backward, Mesh, Picture
from ecg_synth.paper.sheet import LABELS, Sheet, darken
from ecg_synth.registry import Registry

Parameters = dict[str, Any]
"""What was drawn, as JSON holds it; it determines the distortion entirely."""


class Distortion:
    """Base of all; an instance has no state."""

    stage: ClassVar[str]

    def draw(self, strength: float, stream: np.random.Generator, size_mm: tuple[float, float]) -> Parameters:
        """Draws what is to happen to a sheet of `size_mm`; strength 0 is hardly seen, 1 is heavy."""
        raise NotImplementedError


class OnPaper(Distortion):
    """Happens to the sheet."""

    stage = "paper"

    def apply(self, sheet: Sheet, given: Parameters) -> None:
        """Draws on the sheet; what hides ink is labelled 'overlay'."""
        raise NotImplementedError


class Frame(NamedTuple):
    """What a geometric distortion makes of a picture of some size.

    Attributes:
        size_mm: Width and height afterwards.
        backward: Positions in mm afterwards -> before.
    """

    size_mm: tuple[float, float]
    backward: Backward


class Geometric(Distortion):
    """Moves what is seen."""

    stage = "geometry"

    def frame(self, size_mm: tuple[float, float], given: Parameters) -> Frame:
        """Returns the map for a picture of `size_mm`."""
        raise NotImplementedError


class Light(Distortion):
    """Falls on what is seen."""

    stage = "light"

    def field(self, places: np.ndarray, given: Parameters) -> np.ndarray:
        """Returns the share of light at places (rows, columns, 2), each from 0 to 1 of width and height.

        The shape is (rows, columns, 1), or with 3 colors.
        """
        raise NotImplementedError


class InCamera(Distortion):
    """Changes the values of pixels."""

    stage = "camera"

    def apply(self, image: np.ndarray, given: Parameters, px_per_mm: float) -> np.ndarray:
        """Returns the picture, uint8 (height, width, 3), of the same size; it may be `image`, written over."""
        raise NotImplementedError


DISTORTIONS: Registry[type[Distortion]] = Registry("distortion")
STAGES = ("paper", "geometry", "light", "camera")
LIGHT_RASTER = (128, 96)
BAND_PX = 64
"""Rows that are looked through at once, so that they stay in the processor's cache."""


@dataclass(frozen=True)
class Drawn:
    """One distortion that happens.

    Attributes:
        name: Key of `DISTORTIONS`.
        strength: From 0 to 1.
        given: The parameters really drawn.
    """

    name: str
    strength: float
    given: Parameters

    @property
    def distortion(self) -> Any:
        """The object that does it."""
        return DISTORTIONS[self.name]()

    def as_json(self) -> dict[str, Any]:
        """Returns it as it is written beside the image."""
        return {"name": self.name, "stage": self.distortion.stage, "strength": self.strength, "parameters": self.given}


def stream_of(seed: int, number: int, name: str) -> np.random.Generator:
    """Returns the random numbers of one thing in one image: one more distortion leaves those of all others alone."""
    return np.random.default_rng([seed, number, zlib.crc32(name.encode())])


def draw_all(strengths: Mapping[str, float], seed: int, number: int, size_mm: tuple[float, float]) -> list[Drawn]:
    """Draws the parameters of the distortions named, in the order of their stages, else of `strengths`.

    Raises:
        InputError: A name is unknown, or a strength is not from 0 to 1.
    """
    for name, strength in strengths.items():
        if not 0 <= strength <= 1:
            raise InputError(f"A distortion's strength must be from 0 to 1. Received: {name}={strength!r}.")
    names = sorted(strengths, key=lambda name: STAGES.index(DISTORTIONS[name].stage))
    return [
        Drawn(name, strengths[name], DISTORTIONS[name]().draw(strengths[name], stream_of(seed, number, name), size_mm))
        for name in names
        if strengths[name] > 0
    ]


def parse_strengths(items: Sequence[str]) -> dict[str, float]:
    """Returns `("rotate=0.5", "shadow")` as names and strengths; a name alone is of strength 0.5.

    Raises:
        InputError: An item has another form, or a name is unknown.
    """
    strengths = {}
    for item in items:
        name, _, value = item.partition("=")
        DISTORTIONS[name]
        try:
            strengths[name] = float(value or 0.5)
        except ValueError:
            raise InputError(f"A distortion is written NAME=STRENGTH. Received: {item!r}.") from None
    return strengths


def compose(drawn: Sequence[Drawn], sheet: Sheet) -> Mesh | None:
    """Composes the geometric ones among `drawn` into one map; None where there is none."""
    frames, size_mm = [], sheet.size_mm
    for one in drawn:
        if one.distortion.stage == "geometry":
            frames.append(one.distortion.frame(size_mm, one.given))
            size_mm = frames[-1].size_mm
    if not frames:
        return None
    px_per_mm = sheet.scale.px_per_mm

    def backward(points_px: np.ndarray) -> np.ndarray:
        points = points_px / px_per_mm
        for frame in reversed(frames):
            points = frame.backward(points)
        return points * px_per_mm

    return Mesh.of(backward, sheet.scale.size_px(size_mm))


def apply_on_paper(sheet: Sheet, drawn: Sequence[Drawn]) -> None:
    """Does to the sheet what happens on paper."""
    for one in drawn:
        if one.distortion.stage == "paper":
            one.distortion.apply(sheet, one.given)


def apply_light(image: np.ndarray, drawn: Sequence[Drawn]) -> np.ndarray:
    """Lets all lights and shadows fall on a picture at once; it is written over."""
    columns, rows = LIGHT_RASTER
    places = np.stack(np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows), axis=-1)
    share = np.ones((rows, columns, 1))
    ours = [one for one in drawn if one.distortion.stage == "light"]
    for one in ours:
        share = share * one.distortion.field(places, one.given)
    # A camera exposes for what is brightest.
    return darken(image, share / share.max(), image) if ours else image


def apply_in_camera(image: np.ndarray, drawn: Sequence[Drawn], px_per_mm: float) -> np.ndarray:
    """Does to the pixels what camera and scanner do; they are written over."""
    for one in drawn:
        if one.distortion.stage == "camera":
            image = one.distortion.apply(image, one.given, px_per_mm)
    return image


def look(sheet: Sheet, mesh: Mesh | None, background: Color) -> tuple[np.ndarray, np.ndarray]:
    """Returns picture and labels as they are seen through the mesh, on a background."""
    image, labels = sheet.shaded(), sheet.labels
    bands = [slice(top, top + BAND_PX) for top in range(0, len(labels), BAND_PX)]
    torn = [band for band in bands if (labels[band] == LABELS["off_page"]).any()]
    if torn and image is sheet.image:
        image = image.copy()
    for band in torn:
        image[band][labels[band] == LABELS["off_page"]] = background
    if mesh is not None:
        beside = Picture(image, background, True), Picture(labels, LABELS["off_page"], False)
        image, labels = mesh.draw(*beside)
    return image, labels
