"""A page laid flat: 8 pixels a millimetre of its grid, upright, with the exact way back to its picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ecg_synth.paper.mesh import Mesh
from ecg_synth.paper.page import Page

PX_PER_MM = 8
"""Pixels of a flat page a millimetre: 203 dpi."""
NODE_MM = 5
"""Distance of the nodes of a flat page's mesh."""
CELL_PX = NODE_MM * PX_PER_MM
_ROWS_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class FlatPage:
    """A page as if it had been scanned straight.

    Attributes:
        image: float32 (height, width, 3) in [0, 1]; time runs to the right, the grid's lines lie at whole millimetres.
        inside: bool (height, width): False where the page was not in the picture.
        mesh: Map from positions on the flat page to those in the picture, bilinear in cells of 5 mm.
    """

    image: np.ndarray
    inside: np.ndarray
    mesh: Mesh

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.shape[1], self.image.shape[0]

    def to_picture(self, points: np.ndarray) -> np.ndarray:
        """Returns where positions (n, 2) of the flat page are in the picture; continuous pixels, centers at .5."""
        return self.mesh.to_sheet(np.asarray(points, dtype=np.float64))

    def from_picture(self, points: np.ndarray) -> np.ndarray:
        """Returns where positions (n, 2) of the picture are on the flat page: the inverse; NaN where there is none."""
        return self.mesh.to_image(points)

    def sample(self, picture: np.ndarray, smooth: bool, outside: float = 0) -> np.ndarray:
        """Lays any other picture of the same size flat: labels (`smooth` False), masks, colors.

        Args:
            picture: (rows, columns) or (rows, columns, channels) in the picture's pixels.
            smooth: Cubic; else the nearest pixel.
            outside: Value beyond the picture's edges.

        Returns:
            (height, width) or (height, width, channels): float32 if smooth, else of the picture's type.
        """
        return _sample(picture, self.mesh, smooth, outside)

    def turned(self, quarters: int) -> FlatPage:
        """Returns the page turned by quarters of a circle, counterclockwise."""
        mesh = self.mesh
        size = mesh.size if quarters % 2 == 0 else mesh.size[::-1]
        return FlatPage(
            np.ascontiguousarray(np.rot90(self.image, quarters)),
            np.ascontiguousarray(np.rot90(self.inside, quarters)),
            Mesh(size, np.ascontiguousarray(np.rot90(mesh.nodes, quarters)), mesh.cell_px),
        )


def lay_flat(picture: np.ndarray, mesh: Mesh) -> FlatPage:
    """Resamples a picture once.

    Args:
        picture: uint8 (rows, columns, 3).
        mesh: Positions on the flat page -> positions in the picture.
    """
    image = np.clip(_sample(picture, mesh, smooth=True, outside=255) / np.float32(255), 0, 1)
    inside = np.empty(image.shape[:2], dtype=bool)
    for top, points in _positions(mesh):
        part = ((points >= 0) & (points <= (picture.shape[1], picture.shape[0]))).all(axis=-1)
        inside[top : top + len(points)] = part
    image[~inside] = 1.0
    return FlatPage(image, inside, mesh)


def flat_of_truth(page: Page) -> FlatPage:
    """Lays a page flat by its true geometry: for training, and for telling errors of the geometry from others."""
    return lay_flat(page.image, mesh_of_truth(page))


def mesh_of_truth(page: Page) -> Mesh:
    """Returns the map from a page's whole sheet, laid flat, to its picture.

    A position on the sheet in mm times `PX_PER_MM` is the position on the flat page.
    """
    width, height = (int(np.ceil(length * PX_PER_MM)) for length in page.sheet.size_mm)

    def to_picture(points: np.ndarray) -> np.ndarray:
        return page.to_image(page.sheet.scale.to_px(points / PX_PER_MM))

    return Mesh.of(to_picture, (width, height), CELL_PX)


def places_on_raster(mesh: Mesh, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    """Returns `mesh.to_sheet` of every pair of rising positions, float32 (len(ys), len(xs), 2), faster."""
    across, down = (_between_nodes(at, length, mesh.cell_px) for at, length in zip((xs, ys), mesh.size, strict=True))
    # Along y first: there are few nodes in a row.
    (top, share), nodes = down, mesh.nodes
    rows = nodes[top] + (nodes[top + 1] - nodes[top]) * share[:, None, None]
    left, share = across
    first, second = (rows.astype(np.float32)[:, at] for at in (left, left + 1))
    second -= first
    second *= share[:, None].astype(np.float32)
    second += first
    return second


def _between_nodes(at: np.ndarray, length: int, cell_px: int) -> tuple[np.ndarray, np.ndarray]:
    edges = np.append(np.arange(0, length, cell_px), length)
    index = np.clip(np.floor(at / cell_px), 0, len(edges) - 2).astype(np.intp)
    return index, (at - edges[index]) / (edges[index + 1] - edges[index])


def _positions(mesh: Mesh) -> Iterator[tuple[int, np.ndarray]]:
    """Yields (first row, float32 (rows, width, 2)): where the centers of a flat page's pixels are in the picture."""
    width, height = mesh.size
    columns = np.arange(width) + 0.5
    for top in range(0, height, _ROWS_AT_ONCE):
        rows = np.arange(top, min(top + _ROWS_AT_ONCE, height)) + 0.5
        yield top, places_on_raster(mesh, columns, rows)


def _sample(picture: np.ndarray, mesh: Mesh, smooth: bool, outside: float) -> np.ndarray:
    from scipy import ndimage

    channels = picture[..., None] if picture.ndim == 2 else picture
    width, height = mesh.size
    drawn = np.empty((height, width, channels.shape[2]), dtype=np.float32 if smooth else picture.dtype)
    planes = [np.ascontiguousarray(channels[..., k]) for k in range(channels.shape[2])]
    if smooth:
        planes = [_spline(plane.astype(np.float32), _picture_px_per_px(mesh)) for plane in planes]
    for top, points in _positions(mesh):
        # Array indices name pixel centers. A position that the mesh does not reach is outside.
        where = np.nan_to_num(points - 0.5, nan=-1e6).transpose(2, 0, 1)[::-1]
        for k, plane in enumerate(planes):
            ndimage.map_coordinates(
                plane,
                where,
                output=drawn[top : top + len(points), :, k],
                order=3 if smooth else 0,
                mode="constant",
                cval=outside,
                prefilter=False,
            )
    return drawn[..., 0] if picture.ndim == 2 else drawn


def _picture_px_per_px(mesh: Mesh) -> float:
    """Median length in picture pixels of one pixel of the flat page."""
    steps = np.linalg.norm(np.diff(mesh.nodes, axis=1), axis=-1)[:, :-1] / mesh.cell_px
    return float(np.nanmedian(steps)) if steps.size else 1.0


def _spline(plane: np.ndarray, ratio: float) -> np.ndarray:
    """Coefficients of the cubic spline through a plane, which is smoothed first where it is finer than the result."""
    from scipy import ndimage

    if ratio > 1.1:
        plane = ndimage.gaussian_filter(plane, 0.5 * np.sqrt(ratio**2 - 1), mode="nearest")
    return ndimage.spline_filter(plane, order=3, output=np.float32)
