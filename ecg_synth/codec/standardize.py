"""P1's standardizations: the adapted range, and fixed bounds a lead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ecg_synth.codec.histogram import BIN_MV, histogram_of
from ecg_synth.codec.levels import top_of
from ecg_synth.codec.standardization import STANDARDIZATIONS, Standardization
from ecg_synth.errors import InputError

TOLERANCE = 5e-5
"""In levels. Decimal mV are not exact in binary: without it 0.2 - (-0.3) could round up to the next level, and so could
decoded values, whole levels apart in float32, when a window of them is encoded again."""


@STANDARDIZATIONS.register("adapted")
class Adapted(Standardization):
    """P1's adapted range, eq. 3: ceil((x - min(slice)) / range_mv * (255 - a) + a), saturated at 255 (at 65,535
    with 16 bits, and so below).

    Level a + k, k > 0, holds the samples in ((k - 1), k] * range_mv / (255 - a) above the slice's minimum and is
    decoded to the middle of that interval, so that the error is at most half a level and an image decoded and encoded
    again is the same image. Level a is the minimum itself.

    Args:
        range_mv: The span of all levels in mV (P1: 2.5).
        a: The lowest level of a sample: 0, or 1 where level 0 is NULL.
        bits: Bits a level: 8 or 16.

    Raises:
        InputError: `range_mv` is not positive, or `a` is below 0 or above 127.
    """

    name = "adapted"
    keeps_offset = True

    def __init__(self, range_mv: float = 2.5, a: int = 0, bits: int = 8):
        super().__init__(a, bits)
        if not range_mv > 0:
            raise InputError(f"The range must be positive. Received: range_mv={range_mv!r} mV.")
        self.range_mv = float(range_mv)

    def _count(self, values: np.ndarray, raw: np.ndarray, offset: np.ndarray) -> None:
        """See the base class; `offset` is the minimum of each lead of the slice."""
        minimum = values.min(axis=2, keepdims=True)
        offset[...] = minimum[..., 0]
        np.subtract(values, minimum, out=raw)
        raw *= self.steps / self.range_mv
        raw -= TOLERANCE
        np.ceil(raw, out=raw)

    def table(self, n_leads: int) -> np.ndarray:
        """See the base class; the same for every lead."""
        middle = np.maximum(np.arange(top_of(self.bits) + 1) - self.a - 0.5, 0.0) * self.range_mv / self.steps
        return np.tile(middle.astype(np.float32), (n_leads, 1))

    def get_config(self) -> dict[str, Any]:
        """See the base class."""
        return {"name": self.name, "range_mv": self.range_mv, "a": self.a, "bits": self.bits}


class _Bounded(Standardization):
    """P1's eq. 2 between fixed bounds a lead: round((x - lower) / (upper - lower) * (255 - a) + a), saturated."""

    needs_fit = True
    _quantiles = (0.0, 1.0)

    def __init__(
        self, lower: Iterable[float] | None = None, upper: Iterable[float] | None = None, a: int = 0, bits: int = 8
    ):
        super().__init__(a, bits)
        self.lower = None if lower is None else [float(value) for value in lower]
        self.upper = None if upper is None else [float(value) for value in upper]
        if (self.lower is None) != (self.upper is None):
            raise InputError(f"Give both bounds or neither. Received: lower={lower!r}, upper={upper!r}.")
        if self.lower is not None and self.upper is not None:
            pairs = zip(self.lower, self.upper, strict=False)
            if len(self.lower) != len(self.upper) or not all(low < high for low, high in pairs):
                raise InputError(
                    f"Each lead's lower bound must be below its upper bound. "
                    f"Received: lower={self.lower} mV, upper={self.upper} mV."
                )

    def fit(self, batches: Iterable[np.ndarray], n_leads: int) -> Standardization:
        """See the base class; a lead that never changes gets bounds one bin apart."""
        histogram = histogram_of(batches, n_leads)
        lower, upper = (histogram.quantile(q) for q in self._quantiles)
        if self.bits > 8 and self._quantiles == (0.0, 1.0):
            # A bin is wider than a 16-bit level: the extremes themselves may stand half a bin further out.
            lower, upper = lower - BIN_MV / 2, upper + BIN_MV / 2
        return type(self)(lower, np.maximum(upper, lower + 0.001), self.a, self.bits)

    def _count(self, values: np.ndarray, raw: np.ndarray, offset: np.ndarray) -> None:
        """See the base class; a value half a level beyond a bound still rounds to it."""
        lower, upper = self._bounds(values.shape[1])
        np.subtract(values, lower[:, None], out=raw)
        raw /= (upper - lower)[:, None]
        raw *= self.steps
        np.rint(raw, out=raw)

    def table(self, n_leads: int) -> np.ndarray:
        """See the base class."""
        lower, upper = self._bounds(n_leads)
        share = np.maximum(np.arange(top_of(self.bits) + 1) - self.a, 0) / self.steps
        return (lower[:, None] + share * (upper - lower)[:, None]).astype(np.float32)

    def get_config(self) -> dict[str, Any]:
        """See the base class."""
        return {"name": self.name, "lower": self.lower, "upper": self.upper, "a": self.a, "bits": self.bits}

    def _bounds(self, n_leads: int) -> tuple[np.ndarray, np.ndarray]:
        if self.lower is None or self.upper is None:
            raise InputError(
                f"The standardization {self.name!r} has no bounds yet. Call codec.fit(slices) on the training "
                f"slices first, or give lower and upper in mV."
            )
        if len(self.lower) != n_leads:
            raise InputError(
                f"The standardization {self.name!r} has bounds for {len(self.lower)} leads. Received: {n_leads} leads."
            )
        return np.asarray(self.lower), np.asarray(self.upper)


@STANDARDIZATIONS.register("minmax")
class MinMax(_Bounded):
    """P1's eq. 2: the bounds are each lead's minimum and maximum over the training slices.

    Args:
        lower: Lower bound a lead in mV; None until fitted.
        upper: Upper bound a lead in mV; None until fitted.
        a: The lowest level of a sample: 0, or 1 where level 0 is NULL.
        bits: Bits a level: 8 or 16.
    """

    name = "minmax"


@STANDARDIZATIONS.register("quantile")
class Quantile(_Bounded):
    """P1, 4.1: the bounds are each lead's 1 % and 99 % quantiles over the training slices; beyond is saturated.

    Args:
        lower: Lower bound a lead in mV; None until fitted.
        upper: Upper bound a lead in mV; None until fitted.
        a: The lowest level of a sample: 0, or 1 where level 0 is NULL.
        bits: Bits a level: 8 or 16.
    """

    name = "quantile"
    _quantiles = (0.01, 0.99)
