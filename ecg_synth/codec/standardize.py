"""Standardizations: mV to grey levels and back.

Each one maps a sample to a level in [0, 255] and owns a table of what a level means in mV. Decoding is a look-up in
that table, plus the slice's offset where the levels count from the slice's own minimum; NumPy and the TensorFlow
graph read the same table. To add one, subclass `Standardization` and register it.

P1's `a` is the lowest level of a sample: 0, or 1 where level 0 is NULL, a pixel that holds no sample. A generator may
still put level 0 where a sample stands; it is decoded as level a.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from ecg_synth.codec.histogram import histogram_of
from ecg_synth.errors import InputError
from ecg_synth.registry import Registry

LEVELS = 256
TOP = LEVELS - 1
TOLERANCE = 5e-5
"""In levels. Decimal mV are not exact in binary: without it 0.2 - (-0.3) could round up to the next level, and so could
decoded values, whole levels apart in float32, when a window of them is encoded again."""


class Standardized(NamedTuple):
    """Levels of some slices.

    Attributes:
        levels: uint8 (slices, length, leads).
        offset: float32 (slices, leads) in mV, to be added on decoding.
        saturated: bool (slices,): a sample lay beyond the range and was cut to it.
    """

    levels: np.ndarray
    offset: np.ndarray
    saturated: np.ndarray


class Standardization:
    """Base class: the constructor's arguments are the attributes and the config.

    Attributes:
        a: The lowest level of a sample: 0, or 1 and more where level 0 is NULL.
        keeps_offset: The slice's own minimum is taken away and kept beside the image.
        needs_fit: `fit` must run before anything is encoded.
    """

    name = ""
    keeps_offset = False
    needs_fit = False

    def __init__(self, a: int = 0):
        if isinstance(a, bool) or a not in range(LEVELS // 2):
            raise InputError(
                f"The lowest level of a sample must be 0, or from 1 to {LEVELS // 2 - 1} where level 0 means NULL. "
                f"Received: a={a!r}."
            )
        self.a = int(a)

    @property
    def steps(self) -> int:
        """Levels above the lowest one: 255 - a."""
        return TOP - self.a

    def fit(self, batches: Iterable[np.ndarray], n_leads: int) -> Standardization:
        """Returns a copy whose bounds are those of the batches, each (slices, length, leads) in mV."""
        return self

    def encode(self, slices_mv: np.ndarray) -> Standardized:
        """Maps (slices, length, leads) in mV to levels."""
        raise NotImplementedError

    def table(self, n_leads: int) -> np.ndarray:
        """Returns what each level means: float32 (leads, 256) in mV, before the offset."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Returns what rebuilds this object: its name and its constructor's arguments."""
        raise NotImplementedError

    def _levels(self, raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cuts whole numbers that count from the lowest level, in place; also says which slices had to be cut."""
        saturated = (raw.min(axis=(1, 2)) < 0) | (raw.max(axis=(1, 2)) > self.steps)
        np.clip(raw, 0, self.steps, out=raw)
        raw += self.a
        return raw.astype(np.uint8), saturated


STANDARDIZATIONS: Registry[type[Standardization]] = Registry("standardization")


@STANDARDIZATIONS.register("adapted")
class Adapted(Standardization):
    """P1's adapted range, eq. 3: ceil((x - min(slice)) / range_mv * (255 - a) + a), saturated at 255.

    Level a + k, k > 0, holds the samples in ((k - 1), k] * range_mv / (255 - a) above the slice's minimum and is
    decoded to the middle of that interval, so that the error is at most half a level and an image decoded and encoded
    again is the same image. Level a is the minimum itself.

    Args:
        range_mv: The span of levels a..255 in mV (P1: 2.5).
        a: The lowest level of a sample: 0, or 1 where level 0 is NULL.

    Raises:
        InputError: `range_mv` is not positive, or `a` is below 0 or above 127.
    """

    name = "adapted"
    keeps_offset = True

    def __init__(self, range_mv: float = 2.5, a: int = 0):
        super().__init__(a)
        if not range_mv > 0:
            raise InputError(f"The range must be positive. Received: range_mv={range_mv!r} mV.")
        self.range_mv = float(range_mv)

    def encode(self, slices_mv: np.ndarray) -> Standardized:
        """See the base class; `offset` is the minimum of each lead of the slice."""
        minimum = slices_mv.min(axis=1, keepdims=True)
        raw = (slices_mv - minimum) * (self.steps / self.range_mv)
        raw -= TOLERANCE
        levels, saturated = self._levels(np.ceil(raw, out=raw))
        return Standardized(levels, minimum[:, 0, :].astype(np.float32), saturated)

    def table(self, n_leads: int) -> np.ndarray:
        """See the base class; the same for every lead."""
        middle = np.maximum(np.arange(LEVELS) - self.a - 0.5, 0.0) * self.range_mv / self.steps
        return np.tile(middle.astype(np.float32), (n_leads, 1))

    def get_config(self) -> dict[str, Any]:
        """See the base class."""
        return {"name": self.name, "range_mv": self.range_mv, "a": self.a}


class _Bounded(Standardization):
    """P1's eq. 2 between fixed bounds a lead: round((x - lower) / (upper - lower) * (255 - a) + a), saturated."""

    needs_fit = True
    _quantiles = (0.0, 1.0)

    def __init__(self, lower: Iterable[float] | None = None, upper: Iterable[float] | None = None, a: int = 0):
        super().__init__(a)
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
        return type(self)(lower, np.maximum(upper, lower + 0.001), self.a)

    def encode(self, slices_mv: np.ndarray) -> Standardized:
        """See the base class; `offset` is 0."""
        lower, upper = self._bounds(slices_mv.shape[2])
        raw = (slices_mv - lower) / (upper - lower)
        raw *= self.steps
        # A value half a level beyond a bound still rounds to it: only what lies further is cut.
        levels, saturated = self._levels(np.rint(raw, out=raw))
        offset = np.zeros((slices_mv.shape[0], slices_mv.shape[2]), dtype=np.float32)
        return Standardized(levels, offset, saturated)

    def table(self, n_leads: int) -> np.ndarray:
        """See the base class."""
        lower, upper = self._bounds(n_leads)
        share = np.maximum(np.arange(LEVELS) - self.a, 0) / self.steps
        return (lower[:, None] + share * (upper - lower)[:, None]).astype(np.float32)

    def get_config(self) -> dict[str, Any]:
        """See the base class."""
        return {"name": self.name, "lower": self.lower, "upper": self.upper, "a": self.a}

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
    """

    name = "minmax"


@STANDARDIZATIONS.register("quantile")
class Quantile(_Bounded):
    """P1, 4.1: the bounds are each lead's 1 % and 99 % quantiles over the training slices; beyond is saturated.

    Args:
        lower: Lower bound a lead in mV; None until fitted.
        upper: Upper bound a lead in mV; None until fitted.
        a: The lowest level of a sample: 0, or 1 where level 0 is NULL.
    """

    name = "quantile"
    _quantiles = (0.01, 0.99)


def standardization_from_config(config: dict[str, Any]) -> Standardization:
    """Rebuilds what `get_config` described.

    Raises:
        InputError: The name is unknown or an argument is not the class's.
    """
    arguments = dict(config)
    kind = STANDARDIZATIONS[arguments.pop("name", "")]
    try:
        return kind(**arguments)
    except TypeError as error:
        raise InputError(f"The standardization {kind.name!r} cannot be built: {error}. Received: {config}.") from None
