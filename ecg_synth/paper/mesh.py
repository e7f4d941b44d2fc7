"""The one map from an image back to its sheet: a mesh, bilinear within its cells.

However many geometric distortions there are, they are composed at the nodes of a mesh, and the picture is sampled once.
The mesh is not an approximation of the map: it is the map, by which both the picture is drawn (Pillow's QUAD transform
is bilinear in each cell) and the truth is carried, so that the two agree whatever the distance of the nodes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

Backward = Callable[[np.ndarray], np.ndarray]
"""Positions (n, 2) after a distortion -> positions before it."""

CELL_PX = 48
"""Distance of the nodes."""
_STEPS, _NEAR_PX = 30, 1e-6


@dataclass(frozen=True)
class Mesh:
    """A map from continuous pixel positions of an image to those of its sheet.

    Attributes:
        size: Width and height of the image in pixels.
        nodes: float64 (rows + 1, columns + 1, 2): positions on the sheet of the corners of the cells.
        cell_px: Side of a cell; the last of a row or column may be smaller.
    """

    size: tuple[int, int]
    nodes: np.ndarray
    cell_px: int = CELL_PX

    @classmethod
    def of(cls, backward: Backward, size: tuple[int, int], cell_px: int = CELL_PX) -> Mesh:
        """Takes the positions that `backward` gives for the nodes of an image of `size`."""
        xs, ys = (_edges(length, cell_px) for length in size)
        grid = np.stack(np.meshgrid(xs, ys), axis=-1).astype(np.float64)
        return cls(size, backward(grid.reshape(-1, 2)).reshape(grid.shape), cell_px)

    def to_sheet(self, points: np.ndarray) -> np.ndarray:
        """Returns where positions (n, 2) of the image lie on the sheet; the outer cells go on beyond the edges."""
        return self._evaluate(points)[0]

    def to_image(self, points: np.ndarray) -> np.ndarray:
        """Returns where positions (n, 2) of the sheet are seen in the image, also beyond its edges: Newton's method.

        A position that the map does not reach, or NaN, gives NaN.
        """
        wanted = np.asarray(points, dtype=np.float64)
        found = self._first_guess(wanted)
        for _ in range(_STEPS):
            at, along_x, along_y = self._evaluate(found)
            off = wanted - at
            size = np.abs(off).max(axis=1)
            if not (size > _NEAR_PX).any():
                break
            area = along_x[:, 0] * along_y[:, 1] - along_x[:, 1] * along_y[:, 0]
            with np.errstate(divide="ignore", invalid="ignore"):
                step_x = (off[:, 0] * along_y[:, 1] - off[:, 1] * along_y[:, 0]) / area
                step_y = (off[:, 1] * along_x[:, 0] - off[:, 0] * along_x[:, 1]) / area
            found = found + np.stack([step_x, step_y], axis=1)
        reached = np.abs(wanted - self._evaluate(found)[0]).max(axis=1) <= 1e-3
        return np.where(reached[:, None], found, np.nan)

    def draw(self, image: np.ndarray, outside: tuple[int, ...] | int, smooth: bool) -> np.ndarray:
        """Samples a sheet's picture once.

        Args:
            image: uint8 (height, width) or (height, width, 3) of the sheet.
            outside: Value where the image shows no part of the sheet.
            smooth: Bilinear, for pictures; else the nearest pixel, for labels.

        Returns:
            uint8 of the image's size.
        """
        how = Image.Resampling.BILINEAR if smooth else Image.Resampling.NEAREST
        drawn = Image.fromarray(image).transform(
            self.size, Image.Transform.MESH, self._quads(), how, fill=0, fillcolor=outside
        )
        return np.asarray(drawn)

    def _quads(self) -> list[tuple[tuple[int, ...], tuple[float, ...]]]:
        xs, ys = (_edges(length, self.cell_px).tolist() for length in self.size)
        # Pillow's order: upper left, lower left, lower right, upper right.
        nodes = self.nodes
        quads = np.concatenate([nodes[:-1, :-1], nodes[1:, :-1], nodes[1:, 1:], nodes[:-1, 1:]], axis=-1)
        boxes = [
            (left, top, right, bottom)
            for top, bottom in itertools.pairwise(ys)
            for left, right in itertools.pairwise(xs)
        ]
        return list(zip(boxes, map(tuple, quads.reshape(-1, 8).tolist()), strict=True))

    def _evaluate(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Positions on the sheet, and their derivatives along the image's x and y."""
        x, left, width = self._cell(points[:, 0], self.size[0])
        y, top, height = self._cell(points[:, 1], self.size[1])
        across, down = ((points[:, 0] - x) / width)[:, None], ((points[:, 1] - y) / height)[:, None]
        upper_left, upper_right = self.nodes[top, left], self.nodes[top, left + 1]
        lower_left, lower_right = self.nodes[top + 1, left], self.nodes[top + 1, left + 1]
        upper, lower = upper_right - upper_left, lower_right - lower_left
        at = (upper_left + upper * across) * (1 - down) + (lower_left + lower * across) * down
        along_x = (upper * (1 - down) + lower * down) / width[:, None]
        along_y = (lower_left - upper_left + (lower - upper) * across) / height[:, None]
        return at, along_x, along_y

    def _cell(self, positions: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        edges = _edges(length, self.cell_px)
        with np.errstate(invalid="ignore"):
            index = np.nan_to_num(positions / self.cell_px, nan=0.0, posinf=0.0, neginf=0.0)
        index = np.clip(np.floor(index), 0, len(edges) - 2).astype(np.intp)
        return edges[index].astype(np.float64), index, (edges[index + 1] - edges[index]).astype(np.float64)

    def _first_guess(self, wanted: np.ndarray) -> np.ndarray:
        """The affine map that fits the nodes best, turned round."""
        xs, ys = (_edges(length, self.cell_px) for length in self.size)
        image = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
        known = np.column_stack([self.nodes.reshape(-1, 2), np.ones(image.shape[0])])
        fitted = np.linalg.lstsq(known, image, rcond=None)[0]
        return np.column_stack([wanted, np.ones(len(wanted))]) @ fitted


def _edges(length: int, cell_px: int) -> np.ndarray:
    return np.append(np.arange(0, length, cell_px), length)
