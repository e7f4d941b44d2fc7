"""A picture -> its page laid flat, by the grid alone: neither resolution nor angle nor size is told."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ecg_synth.digitizing.density import above_surroundings, flatten_density, plane_of, shrink_picture
from ecg_synth.digitizing.flat import CELL_PX, FlatPage, lay_flat
from ecg_synth.digitizing.gridless import mesh_without_grid
from ecg_synth.digitizing.grow import ALL, FINE, PERIOD_MM, Nodes, grow
from ecg_synth.digitizing.pitch import Pitch, pitches_in
from ecg_synth.digitizing.refine import mesh_of, refine, simplified
from ecg_synth.errors import InputError
from ecg_synth.paper.mesh import Mesh

_FINEST_PX, _COARSEST_MM = 4, 650.0
_WINDOWS_MM = (7.0, 4.0, 3.0)
_FEWEST, _SCORE, _SEEDS, _ON_PAGE = 20, 0.6, 3, 0.4


class Found(NamedTuple):
    """A grid found in a picture.

    Attributes:
        mesh: Map from the flat page to the picture.
        px_per_mm: Of the picture, typically.
        degrees: By which the page is turned clockwise in the picture.
        seen: Median share of the variation that the grid explains.
        plane: In which the grid shows; "" without a grid.
        page: bool, by the mesh's nodes: where the grid is seen, and what lies within.
    """

    mesh: Mesh
    px_per_mm: float
    degrees: float
    seen: float
    plane: str
    page: np.ndarray

    @property
    def on_lines(self) -> bool:
        """Whether whole millimetres of the flat page are lines of a grid."""
        return bool(self.plane)


def pages_in(picture: np.ndarray, mm_per_s: float, dpi: float) -> Iterator[tuple[FlatPage, Found]]:
    """Yields what a picture's page may be, laid flat: by its grid, then as if it had none, which takes seconds.

    Args:
        picture: uint8 (height, width, 3).
        mm_per_s: Paper speed, which says how wide a calibration pulse is.
        dpi: Resolution of a picture without a grid; 0 to find it by the pulses.

    Raises:
        InputError: No grid is found, nor a scale without it.
    """
    missing = None
    try:
        yield find_page(picture)
    except InputError as error:
        missing = error
    without = mesh_without_grid(picture, mm_per_s, dpi)
    if without is not None:
        mesh, px_per_mm, degrees = without
        page = np.ones(mesh.nodes.shape[:2], dtype=bool)
        yield lay_flat(picture, mesh), Found(mesh, px_per_mm, degrees, 0.0, "", page)
    elif missing is not None:
        raise missing


def find_page(picture: np.ndarray) -> tuple[FlatPage, Found]:
    """Finds the grid of a picture and lays its page flat.

    Args:
        picture: uint8 (height, width, 3).

    Raises:
        InputError: No grid is found.
    """
    found = find_mesh(picture)
    flat = lay_flat(picture, found.mesh)
    # What lies beside the page is not told from it by the picture's edges.
    return dataclasses.replace(flat, inside=flat.inside & _enlarged(found.page, flat.inside.shape)), found


def _enlarged(page: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    from PIL import Image

    # Nodes are the corners of cells: half a cell beyond the page's edges.
    size = page.shape[1] * CELL_PX, page.shape[0] * CELL_PX
    large = Image.fromarray(page.astype(np.float32)).resize(size, Image.Resampling.BILINEAR)
    half = CELL_PX // 2
    return np.asarray(large)[half : half + shape[0], half : half + shape[1]] > _ON_PAGE


def _page_of(share: np.ndarray) -> np.ndarray:
    """The largest piece in which the grid is seen, without holes."""
    from scipy import ndimage

    seen = ndimage.binary_closing(np.pad(share > 0.25 * np.quantile(share, 0.8), 3), iterations=2)
    numbers, count = ndimage.label(ndimage.binary_fill_holes(seen))
    largest = 1 + int(np.argmax(np.bincount(numbers.reshape(-1))[1:])) if count else 0
    return (numbers == largest)[3:-3, 3:-3]


def find_mesh(picture: np.ndarray) -> Found:
    """Finds the grid of a picture.

    A page turned by more than 45 degrees is taken for one lying on its side. Lines of 5 mm are needed, or lines of 1 mm
    on a picture that shows less than 650 mm.

    Raises:
        InputError: No grid is found.
    """
    pitches = [one for one in pitches_in(picture) if one.score >= _SCORE]
    best = None
    for pitch in _spread(pitches):
        nodes, density, factor, harmonics = _follow(picture, pitch)
        if len(nodes.seen) >= _FEWEST and (best is None or len(nodes.seen) > len(best[0].seen)):
            best = nodes, density, factor, harmonics, pitch
        if best is not None and _covered(best[0], picture) > 0.5:
            break
    if best is None:
        raise InputError(
            "A page is laid flat by its grid, and no grid of parallel lines in two directions was found. "
            f"Received: a picture of {picture.shape[1]} x {picture.shape[0]} pixels. Scan it in color, at 100 dpi or "
            "more, so that the lines of 5 mm can be seen; of a scan that has none say the resolution (--dpi), where "
            "calibration pulses under one another do not tell it."
        )
    nodes, density, factor, harmonics, pitch = best
    dark = above_surroundings(plane_of(shrink_picture(picture, factor), "gray"), 12 * _px_per_mm(nodes))
    mesh = mesh_of(nodes._replace(picture=nodes.picture * factor))
    share = np.zeros(1)
    for window_mm in _WINDOWS_MM:
        before = mesh
        mesh, share, residual = refine(before, density, dark, factor, harmonics, window_mm)
    mesh = simplified(before, residual, share) or mesh
    slope = np.median(nodes.slope, axis=0) / factor
    degrees = float(np.degrees(np.arctan2(slope[0, 1], slope[0, 0])))
    return Found(mesh, _px_per_mm(nodes) * factor, degrees, float(np.median(share)), pitch.plane, _page_of(share))


def _px_per_mm(nodes: Nodes) -> float:
    return float(1 / np.sqrt(np.median(np.abs(np.linalg.det(nodes.slope)))))


def _spread(pitches: list[Pitch]) -> list[Pitch]:
    """Up to three places to begin at."""
    return pitches[:: max(1, len(pitches) // _SEEDS)][:_SEEDS]


def _follow(picture: np.ndarray, pitch: Pitch) -> tuple[Nodes, np.ndarray, int, tuple[int, ...]]:
    frequency = np.array([pitch.across.frequency, pitch.down.frequency])
    # Were these the heavy lines, would the picture show a page of a sensible size?
    heavy = PERIOD_MM * np.sqrt(abs(np.linalg.det(frequency))) * max(picture.shape[:2]) < _COARSEST_MM
    slope = frequency * (PERIOD_MM if heavy else 1.0)
    px_per_mm = 1 / np.sqrt(abs(np.linalg.det(slope)))
    factor = max(1, int(px_per_mm / _FINEST_PX))
    small, width = shrink_picture(picture, factor), 12 * px_per_mm / factor
    density = flatten_density(plane_of(small, pitch.plane), width)
    harmonics = ALL if heavy else FINE
    return grow(density, pitch.center / factor, slope * factor, harmonics), density, factor, harmonics


def _covered(nodes: Nodes, picture: np.ndarray) -> float:
    """Share of the picture's width and height over which the grid was followed, the lesser of both."""
    reach = np.ptp(nodes.page_mm, axis=0)
    slope = np.median(nodes.slope, axis=0)
    size = np.abs(slope) @ np.array(picture.shape[1::-1])
    return float((reach / np.maximum(size, 1e-9)).min())
