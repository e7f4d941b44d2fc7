"""Histogram equalization: levels stand dense where amplitudes are frequent."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ecg_synth.codec.histogram import BIN_MV, LIMIT_MV, histogram_of
from ecg_synth.codec.levels import top_of
from ecg_synth.codec.polyline import Polyline
from ecg_synth.codec.standardization import STANDARDIZATIONS, Standardization
from ecg_synth.errors import InputError

KNOTS = 64
"""Pieces of the map, each holding as many of the training samples."""


@STANDARDIZATIONS.register("equalized")
class Equalized(Standardization):
    """Global histogram equalization, per lead, fitted on the training slices (P1's outlook).

    The map from mV to levels is the straight lines between quantiles, `knots` at `heights`: at `strength` 1 each of 64
    equal shares of the samples gets as many levels, at 0 it is min-max. Between the two it is their mean, weighted: the
    rare peaks of the QRS complex, which plain equalization presses into a level or two, then keep a share
    1 - `strength` of min-max's levels. The map rises everywhere, so that decoding inverts it.

    Args:
        knots: Per lead, rising amplitudes in mV; the first and last are the bounds. None until fitted.
        heights: Per lead, where the knots stand between the lowest (0) and the highest (1) level. None until fitted.
        strength: How much is equalized, from 0 to 1.
        a: The lowest level of a sample: 0, or 1 where level 0 is NULL.
        bits: Bits a level: 8 or 16.

    Raises:
        InputError: The strength is outside [0, 1], or knots and heights do not rise together from 0 to 1.
    """

    name = "equalized"
    needs_fit = True

    def __init__(
        self,
        knots: Sequence[Sequence[float]] | None = None,
        heights: Sequence[Sequence[float]] | None = None,
        strength: float = 0.5,
        a: int = 0,
        bits: int = 8,
    ):
        super().__init__(a, bits)
        if not 0 <= strength <= 1:
            raise InputError(f"The strength of equalization is from 0 to 1. Received: strength={strength!r}.")
        self.strength = float(strength)
        self.knots, self.heights = _lists(knots), _lists(heights)
        if (self.knots is None) != (self.heights is None):
            raise InputError(f"Give both knots and heights or neither. Received: knots={knots!r}, heights={heights!r}.")
        for x, y in zip(self.knots or (), self.heights or (), strict=True):
            rises = len(x) == len(y) >= 2 and np.all(np.diff(x) > 0) and np.all(np.diff(y) > 0)
            if not rises or (y[0], y[-1]) != (0.0, 1.0):
                raise InputError(
                    f"Each lead's knots and heights must rise together, the heights from 0 to 1. "
                    f"Received: knots={x} mV, heights={y}."
                )

    def fit(self, batches: Iterable[np.ndarray], n_leads: int) -> Equalized:
        """See the base class; a lead that never changes gets bounds one bin apart."""
        histogram = histogram_of(batches, n_leads)
        quantiles = histogram.quantiles(np.linspace(0, 1, KNOTS + 1).tolist())
        shares = np.cumsum(histogram.counts, axis=1) / histogram.counts.sum(axis=1, keepdims=True)
        knots, heights = [], []
        for lead in range(n_leads):
            # Where one amplitude holds more than a share of all samples, several quantiles are one knot.
            x = np.unique(quantiles[lead])
            y = shares[lead, np.rint((x + LIMIT_MV) / BIN_MV).astype(np.intp)]
            if len(x) == 1:
                x, y = np.array([x[0], x[0] + 0.001]), np.array([0.0, 1.0])
            # The extremes themselves may stand half a bin further out than their bins' centers.
            x[0], x[-1] = x[0] - BIN_MV / 2, x[-1] + BIN_MV / 2
            y = self.strength * (y - y[0]) / (y[-1] - y[0]) + (1 - self.strength) * (x - x[0]) / (x[-1] - x[0])
            y[-1] = 1.0
            knots.append(x.tolist())
            heights.append(y.tolist())
        return Equalized(knots, heights, self.strength, self.a, self.bits)

    def _count(self, values: np.ndarray, raw: np.ndarray, offset: np.ndarray) -> None:
        """See the base class; as with min-max, a value half a level beyond a bound still rounds to it."""
        self._map(values.shape[1])  # refuses other leads than it is fitted to
        for lead, line in enumerate(self._lines):
            raw[:, lead] = line(values[:, lead])
        raw *= self.steps
        np.rint(raw, out=raw)

    @functools.cached_property
    def _lines(self) -> list[Polyline]:
        """From mV to heights; -1 and 2 where a value lies beyond the bounds."""
        lines = []
        for x, y in zip(self.knots or (), self.heights or (), strict=True):
            low, high = (0.5 / self.steps * (x[k + 1] - x[k]) / (y[k + 1] - y[k]) for k in (0, -2))
            lines.append(Polyline([x[0] - low, *x, x[-1] + high], [0.0, *y, 1.0], left=-1.0, right=2.0))
        return lines

    def table(self, n_leads: int) -> np.ndarray:
        """See the base class."""
        share = np.maximum(np.arange(top_of(self.bits) + 1) - self.a, 0) / self.steps
        return np.stack([np.interp(share, y, x) for x, y in self._map(n_leads)]).astype(np.float32)

    def get_config(self) -> dict[str, Any]:
        """See the base class."""
        return {
            "name": self.name,
            "knots": self.knots,
            "heights": self.heights,
            "strength": self.strength,
            "a": self.a,
            "bits": self.bits,
        }

    def _map(self, n_leads: int) -> list[tuple[list[float], list[float]]]:
        if self.knots is None or self.heights is None:
            raise InputError(
                f"The standardization {self.name!r} has no knots yet. Call codec.fit(slices) on the training slices "
                f"first."
            )
        if len(self.knots) != n_leads:
            raise InputError(
                f"The standardization {self.name!r} has knots for {len(self.knots)} leads. Received: {n_leads} leads."
            )
        return list(zip(self.knots, self.heights, strict=True))


def _lists(rows: Sequence[Sequence[float]] | None) -> list[list[float]] | None:
    return None if rows is None else [[float(value) for value in row] for row in rows]
