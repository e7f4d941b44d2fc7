"""The codec of tables: rows of binary and continuous columns <-> small images, with 0 kept for NULL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ecg_synth.codec.interface import EncodedImages, ImageCodec
from ecg_synth.codec.numbers import decimals_of, number_text
from ecg_synth.codec.placements import PLACEMENTS
from ecg_synth.config import TableImageConfig
from ecg_synth.errors import InputError, check_choice

KINDS = ("binary", "continuous")
NULL = 0
LOWEST, HIGHEST = 1, 255
# The middle of 1 and 255: what a generated image has at or above it is a 1.
THRESHOLD = 128


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        name: Its name.
        kind: `"binary"` (0 or 1) or `"continuous"`.
    """

    name: str
    kind: str


class TableImageCodec(ImageCodec):
    """Turns rows of a table into square grey images and back (P1, 3.3.1 eq. 2 with a = 1, and 3.3.2).

    A continuous value x becomes 1 + round((x - lower) / (upper - lower) * 254) between the bounds of its column, a
    binary one 1 or 255; pixels without a column are 0. So NULL is never the lowest value. The 254 steps are P1's
    255 - a.

    Args:
        columns: The columns in the table's order, each a `Column` or a pair (name, kind).
        placement: A name in `PLACEMENTS`.
        side: Height and width of the image in pixels.
        bounds: (lower, upper) by name of each continuous column; None until `fit`.
        decimals: Decimal places by name of each continuous column, for writing rows as the table has them; None where
            they are not known.

    Raises:
        InputError: A name or kind is unknown or given twice, the columns are more than the pixels, or the bounds are
            not those of the continuous columns.
    """

    channels = 1

    def __init__(
        self,
        columns: Iterable[Column | tuple[str, str] | list[str]],
        placement: str = TableImageConfig.placement,
        side: int = TableImageConfig.side,
        bounds: Mapping[str, tuple[float, float]] | None = None,
        decimals: Mapping[str, int | None] | None = None,
    ):
        self.columns = tuple(Column(*column) for column in columns)
        self.placement = placement
        self.side = int(side)
        self.image_shape = (self.side, self.side)
        _check_columns(self.columns, self.side)
        self.is_binary = np.array([column.kind == "binary" for column in self.columns])
        self.position = PLACEMENTS[placement](self.is_binary, self.side).astype(np.int32)
        self._null = np.setdiff1d(np.arange(self.side**2), self.position)
        self.bounds = None if bounds is None else _check_bounds(self.columns, bounds)
        self.decimals = None if decimals is None else dict(decimals)

    def fit(self, rows: np.ndarray) -> TableImageCodec:
        """Returns a codec with the minimum, the maximum and the decimal places of each continuous column.

        Args:
            rows: (rows, columns): the training rows, and no others, else the codec knows what a test should ask.

        Raises:
            InputError: There is no row, or the rows are not this table's.
        """
        rows = self._check_rows(rows)
        if not len(rows):
            raise InputError("Bounds cannot be fitted on no row at all. Received: 0 rows. Give the training rows.")
        lower, upper = rows.min(axis=0).tolist(), rows.max(axis=0).tolist()
        continuous = {column.name: k for k, column in enumerate(self.columns) if column.kind == "continuous"}
        bounds = {name: (lower[k], upper[k]) for name, k in continuous.items()}
        decimals = {name: decimals_of(rows[:, k]) for name, k in continuous.items()}
        return TableImageCodec(self.columns, self.placement, self.side, bounds, decimals)

    def to_text(self, rows: np.ndarray) -> list[list[str]]:
        """Writes rows as the table has them: 0 and 1 in binary columns, continuous ones to its decimal places.

        Args:
            rows: (rows, columns), for example decoded ones.

        Raises:
            InputError: The rows are not this table's.
        """
        rows = self._check_rows(rows)
        places = [0 if column.kind == "binary" else (self.decimals or {}).get(column.name) for column in self.columns]
        return [[number_text(value, place) for value, place in zip(row, places, strict=True)] for row in rows.tolist()]

    def encode(self, rows: np.ndarray) -> EncodedImages:
        """Encodes rows of the table.

        Args:
            rows: (rows, columns), any real type; binary columns hold 0 and 1.

        Returns:
            Images (rows, side, side, 1), and which rows held a value that no level of its column stands for.

        Raises:
            InputError: The shape is another, a value is not finite, a binary one is neither 0 nor 1, or the bounds
                are not fitted.
        """
        rows = self._check_rows(rows)
        lower, span = self._lower_and_span()
        # A constant column has one level, its lowest; what differs from it is beyond its bounds.
        constant = span == 0
        raw = np.rint((rows - lower) / np.where(constant, 1.0, span) * (HIGHEST - LOWEST)) + LOWEST
        raw = np.where(constant, np.sign(rows - lower) * HIGHEST + LOWEST, raw)
        # A value half a level beyond a bound still rounds to it: only what lies further is cut.
        saturated = np.asarray(((raw < LOWEST) | (raw > HIGHEST)).any(axis=1))
        images = np.full((len(rows), self.side**2), NULL, dtype=np.uint8)
        images[:, self.position] = np.clip(raw, LOWEST, HIGHEST).astype(np.uint8)
        return EncodedImages(images.reshape(-1, self.side, self.side, 1), saturated)

    def decode(self, images: np.ndarray) -> np.ndarray:
        """Decodes images to rows: binary columns exactly, continuous ones to half a level, (upper - lower) / 508.

        A generated image may hold any level. Binary columns are 1 from level 128 on, the middle; a continuous column
        takes level 0, which stands for no value, as its lowest. The NULL area does not count.

        Args:
            images: uint8 (n, side, side, 1), from data or from a generator.

        Returns:
            float64 (n, columns).

        Raises:
            InputError: The images have another shape or type, or the bounds are not fitted.
        """
        levels = self.check_images(images).reshape(-1, self.side**2)[:, self.position]
        return np.take_along_axis(self.table, levels.T.astype(np.intp), axis=1).T

    @property
    def table(self) -> np.ndarray:
        """What a level means: float64 (columns, 256). Read by `decode`, and by TensorFlow's graphs as well.

        Raises:
            InputError: The bounds are not fitted.
        """
        lower, span = (part[:, None] for part in self._lower_and_span())
        levels = np.arange(HIGHEST + 1, dtype=np.float64)
        values = lower + (np.maximum(levels, LOWEST) - LOWEST) / (HIGHEST - LOWEST) * span
        return np.where(self.is_binary[:, None], levels >= THRESHOLD, values)

    @property
    def null_pixels(self) -> np.ndarray:
        """See the base class: the pixels that no column stands on."""
        return self._null

    def null_area(self, images: np.ndarray) -> np.ndarray:
        """Returns bool (n,): whether every pixel that no column stands on is exactly 0, as in data (P1, fig. 5)."""
        images = self.check_images(images)
        return (images.reshape(-1, self.side**2)[:, self._null] == NULL).all(axis=1)

    def get_config(self) -> dict[str, Any]:
        """See the base class; fitted bounds included."""
        return {
            "codec": "table",
            "columns": [list(column) for column in self.columns],
            "placement": self.placement,
            "side": self.side,
            "bounds": None if self.bounds is None else {name: list(pair) for name, pair in self.bounds.items()},
            "decimals": self.decimals,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> TableImageCodec:
        """Rebuilds the codec that `get_config` described."""
        return cls(**{key: value for key, value in config.items() if key != "codec"})

    def _lower_and_span(self) -> tuple[np.ndarray, np.ndarray]:
        if self.bounds is None:
            raise InputError(
                "The table codec has no bounds yet. Received: bounds=None. Call codec.fit(rows) on the training rows "
                "first, or give (lower, upper) of every continuous column."
            )
        pairs = np.array([self.bounds.get(column.name, (0.0, 1.0)) for column in self.columns])
        return pairs[:, 0], pairs[:, 1] - pairs[:, 0]

    def _check_rows(self, rows: np.ndarray) -> np.ndarray:
        try:
            rows = np.asarray(rows, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise InputError(f"Rows must be numbers, as many in each. Received: {error}.") from None
        if rows.ndim != 2 or rows.shape[1] != len(self.columns):
            raise InputError(f"Rows must be (rows, {len(self.columns)}). Received: shape={rows.shape}.")
        self._refuse(~np.isfinite(rows), rows, "be finite", "Leave the row out, or fill the value in.")
        other = self.is_binary & (rows != 0) & (rows != 1)
        self._refuse(other, rows, "be 0 or 1, for the column is binary", "Correct the row, or call it continuous.")
        return rows

    def _refuse(self, wrong: np.ndarray, rows: np.ndarray, rule: str, remedy: str) -> None:
        for row, column in np.argwhere(wrong)[:1]:
            name = self.columns[column].name
            raise InputError(f"A value must {rule}. Received: {name}={rows[row, column]:g} in row {row}. {remedy}")


def _check_columns(columns: tuple[Column, ...], side: int) -> None:
    if not columns:
        raise InputError("A table codec needs at least one column. Received: columns=().")
    names = [column.name for column in columns]
    for column in columns:
        check_choice("kind", column.kind, KINDS)
        if names.count(column.name) > 1:
            raise InputError(f"Columns must have different names. Received: {column.name!r} twice.")
    if len(columns) > side**2:
        raise InputError(
            f"Each column needs a pixel of its own. Received: {len(columns)} columns, side={side} ({side**2} pixels). "
            f"Choose a side of at least {int(np.ceil(np.sqrt(len(columns))))}."
        )


def _check_bounds(
    columns: tuple[Column, ...], bounds: Mapping[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    wanted = [column.name for column in columns if column.kind == "continuous"]
    if set(bounds) != set(wanted):
        raise InputError(
            f"Bounds must be given for every continuous column and no other: {', '.join(wanted)}. "
            f"Received: {', '.join(bounds) or 'none'}."
        )
    for name, (lower, upper) in bounds.items():
        if not (np.isfinite([lower, upper]).all() and lower <= upper):
            raise InputError(
                f"A column's lower bound must not be above its upper bound, and both finite. "
                f"Received: {name}=({lower}, {upper})."
            )
    return {name: (float(bounds[name][0]), float(bounds[name][1])) for name in wanted}
