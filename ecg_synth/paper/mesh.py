"""The one map from an image back to its sheet: a mesh, bilinear within its cells.

However many geometric distortions there are, they are composed at the nodes of a mesh, and the picture is sampled once.
The mesh is not an approximation of the map: it is the map, by which both the picture is drawn (each pixel's place is
bilinear in its cell, to 0.0002 pixels) and the truth is carried, so that the two agree whatever the
distance of the nodes.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np

Backward = Callable[[np.ndarray], np.ndarray]
"""Positions (n, 2) after a distortion -> positions before it."""

CELL_PX = 48
"""Distance of the nodes."""
_STEPS, _NEAR_PX = 30, 1e-6
BLOCK_CELLS = 20
"""Cells that are sampled in one call: their maps stay in the processor's cache, and single precision is enough."""


class Picture(NamedTuple):
    """What is to be seen through a mesh.

    Attributes:
        pixels: uint8 (height, width) or (height, width, 3) of the sheet.
        outside: Color or label where the image shows no part of the sheet.
        smooth: Bilinear, for pictures; else the nearest pixel, for labels.
    """

    pixels: np.ndarray
    outside: tuple[int, ...] | int
    smooth: bool


class Block(NamedTuple):
    """A part of an image, and where its pixels lie on the sheet.

    Attributes:
        image: Rows and columns of the image.
        sheet: Rows and columns of the sheet that hold all of it; empty where there are none.
        x: float32 (rows, columns): as OpenCV counts, from the center of the first of those columns.
        y: Likewise, from that of the first row.
    """

    image: tuple[slice, slice]
    sheet: tuple[slice, slice]
    x: np.ndarray
    y: np.ndarray


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
        found = wanted @ self._affine[:2] + self._affine[2]
        for _ in range(_STEPS):
            at, along_x, along_y = self._evaluate(found)
            off = wanted - at
            if not (np.abs(off) > _NEAR_PX).any():
                break
            area = along_x[:, 0] * along_y[:, 1] - along_x[:, 1] * along_y[:, 0]
            with np.errstate(divide="ignore", invalid="ignore"):
                step_x = (off[:, 0] * along_y[:, 1] - off[:, 1] * along_y[:, 0]) / area
                step_y = (off[:, 1] * along_x[:, 0] - off[:, 0] * along_x[:, 1]) / area
            found = found + np.stack([step_x, step_y], axis=1)
        else:
            off = wanted - self._evaluate(found)[0]
        reached = (np.abs(off) <= 1e-3).all(axis=1)
        return np.where(reached[:, None], found, np.nan)

    def draw(self, *pictures: Picture) -> list[np.ndarray]:
        """Samples pictures of one sheet, once each; at the sheet's edge they mix with what is outside.

        Returns:
            Of each, uint8 of the image's size.
        """
        width, height = self.size
        drawn = [np.empty((height, width, *one.pixels.shape[2:]), dtype=np.uint8) for one in pictures]
        scratch = np.empty(4 * self.cell_px * BLOCK_CELLS * self.cell_px, dtype=np.uint8)
        for block in self._blocks(pictures[0].pixels.shape[1::-1]):
            for one, seen in zip(pictures, drawn, strict=True):
                part, to = one.pixels[block.sheet], seen[block.image]
                if not part.size:
                    to[...] = one.outside
                    continue
                how = cv2.INTER_LINEAR if one.smooth else cv2.INTER_NEAREST
                edge: dict[str, Any] = {"borderMode": cv2.BORDER_CONSTANT, "borderValue": one.outside}
                if seen.ndim == 2:
                    cv2.remap(part, block.x, block.y, how, dst=to, **edge)
                else:
                    # OpenCV samples four channels in less than half the time of three.
                    part, four = cv2.cvtColor(part, cv2.COLOR_RGB2RGBA), _shaped(scratch, (*block.x.shape, 4))
                    cv2.cvtColor(cv2.remap(part, block.x, block.y, how, dst=four, **edge), cv2.COLOR_RGBA2RGB, dst=to)
        return drawn

    def _blocks(self, sheet_size: tuple[int, ...]) -> Iterator[Block]:
        """The image in parts; the arrays of one are written over for the next, while they are in the cache."""
        xs, ys = (_edges(length, self.cell_px) for length in self.size)
        x, left, width = self._cell(np.arange(self.size[0]) + 0.5, self.size[0])
        share = (np.arange(self.size[0]) + 0.5 - x) / width
        nodes = np.ascontiguousarray(np.moveaxis(self.nodes, 2, 0))
        # (2, rows + 1, width): the nodes' rows, at the middle of every column.
        across = nodes[:, :, left] + (nodes[:, :, left + 1] - nodes[:, :, left]) * share - 0.5
        shares = [_shares_down(int(height)) for height in np.diff(ys)]
        scratch = np.empty(2 * self.cell_px * BLOCK_CELLS * self.cell_px, dtype=np.float32)
        for first in range(0, len(xs) - 1, BLOCK_CELLS):
            last = min(first + BLOCK_CELLS, len(xs) - 1)
            columns = slice(xs[first], xs[last])
            # A bilinear cell lies between its corners; two pixels more hold all neighbors.
            rows_low, rows_high = (most(self.nodes[:, first : last + 1], axis=1) for most in (np.min, np.max))
            low = np.clip(np.floor(np.minimum(rows_low[:-1], rows_low[1:])) - 2, 0, sheet_size).astype(int)
            high = np.clip(np.ceil(np.maximum(rows_high[:-1], rows_high[1:])) + 2, 0, sheet_size).astype(int)
            for row, (top, bottom) in enumerate(itertools.pairwise(ys)):
                edges = (across[:, row : row + 2, columns] - low[row][:, None, None]).astype(np.float32)
                at = np.matmul(shares[row], edges, out=_shaped(scratch, (2, bottom - top, edges.shape[2])))
                held = slice(low[row, 1], high[row, 1]), slice(low[row, 0], high[row, 0])
                yield Block((slice(top, bottom), columns), held, at[0], at[1])

    def _evaluate(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Positions on the sheet, and their derivatives along the image's x and y."""
        x, left, width = self._cell(points[:, 0], self.size[0])
        y, top, height = self._cell(points[:, 1], self.size[1])
        across, down = ((points[:, 0] - x) / width)[:, None], ((points[:, 1] - y) / height)[:, None]
        cells = self._cells.take(top * (self.nodes.shape[1] - 1) + left, axis=0)
        corner, right, below, twist = np.moveaxis(cells, 1, 0)
        along_y = below + twist * across
        return (
            corner + right * across + along_y * down,
            (right + twist * down) / width[:, None],
            along_y / height[:, None],
        )

    @functools.cached_property
    def _cells(self) -> np.ndarray:
        """Of each cell (cells, 4, 2): its corner, the way to its right and lower neighbor, and the rest to the last."""
        nodes = self.nodes
        corner, right, below = nodes[:-1, :-1], nodes[:-1, 1:] - nodes[:-1, :-1], nodes[1:, :-1] - nodes[:-1, :-1]
        return np.stack([corner, right, below, nodes[1:, 1:] - nodes[1:, :-1] - right], axis=2).reshape(-1, 4, 2)

    def _cell(self, positions: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Start, index and length of the cell of each position; of NaN the first."""
        last = (length - 1) // self.cell_px
        with np.errstate(invalid="ignore"):
            index = np.fmin(np.fmax(positions // self.cell_px, 0), last).astype(np.intp)
        start = index * self.cell_px
        return start, index, np.minimum(length - start, self.cell_px)

    @functools.cached_property
    def _affine(self) -> np.ndarray:
        """(3, 2): the affine map that fits the nodes best, turned round."""
        xs, ys = (_edges(length, self.cell_px) for length in self.size)
        image = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
        known = np.column_stack([self.nodes.reshape(-1, 2), np.ones(image.shape[0])])
        return np.linalg.lstsq(known, image, rcond=None)[0]


def _edges(length: int, cell_px: int) -> np.ndarray:
    return np.append(np.arange(0, length, cell_px), length)


@functools.lru_cache(maxsize=16)
def _shares_down(height: int) -> np.ndarray:
    """float32 (height, 2): how much the upper and the lower edge of a cell count at the middle of its rows."""
    down = (np.arange(height) + 0.5) / height
    return np.stack([1 - down, down], axis=1).astype(np.float32)


def _shaped(scratch: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """An array of that shape in memory that is there."""
    return scratch[: math.prod(shape)].reshape(shape)
