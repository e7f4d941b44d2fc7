"""What every standardization shares: mV to grey levels and back.

Each one maps a sample to a level in [0, top], top = 2**bits - 1, and owns a table of what a level means in mV. Decoding
is a look-up in that table, plus the slice's offset where the levels count from the slice's own minimum; NumPy and the
TensorFlow graph read the same table. To add one, subclass `Standardization` and register it.

P1's `a` is the lowest level of a sample: 0, or 1 where level 0 is NULL, a pixel that holds no sample. A generator may
still put level 0 where a sample stands; it is decoded as level a.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from ecg_synth.codec.levels import check_bits, dtype_of, top_of
from ecg_synth.errors import InputError
from ecg_synth.registry import Registry

_BLOCK = 2**15


class Standardized(NamedTuple):
    """Levels of some slices.

    Attributes:
        levels: uint8 or uint16 (slices, length, leads).
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
        bits: Bits a level: 8 or 16.
        keeps_offset: The slice's own minimum is taken away and kept beside the image.
        needs_fit: `fit` must run before anything is encoded.
    """

    name = ""
    keeps_offset = False
    needs_fit = False

    def __init__(self, a: int = 0, bits: int = 8):
        self.bits = check_bits(bits)
        half = 2 ** (self.bits - 1)
        if isinstance(a, bool) or a not in range(half):
            raise InputError(
                f"The lowest level of a sample must be 0, or from 1 to {half - 1} where level 0 means NULL. "
                f"Received: a={a!r}."
            )
        self.a = int(a)

    @property
    def steps(self) -> int:
        """Levels above the lowest one: 2**bits - 1 - a."""
        return top_of(self.bits) - self.a

    def fit(self, batches: Iterable[np.ndarray], n_leads: int) -> Standardization:
        """Returns a copy whose bounds are those of the batches, each (slices, length, leads) in mV."""
        return self

    def encode(self, slices_mv: np.ndarray) -> Standardized:
        """Maps (slices, length, leads) in mV to levels; every slice is finite.

        Some slices at a time, so that what lies between two steps stays in the processor's cache, and each lead whole,
        so that every step reads memory in order. The levels returned have the leads before the length in memory.
        """
        n, length, n_leads = slices_mv.shape
        levels = np.empty((n, n_leads, length), dtype=dtype_of(self.bits))
        offset = np.zeros((n, n_leads), dtype=np.float32)
        saturated = np.zeros(n, dtype=bool)
        block = max(1, _BLOCK // (n_leads * length))
        buffer = np.empty((min(n, block), n_leads, length))
        for start in range(0, n, block):
            chosen = slice(start, start + block)
            values = slices_mv[chosen].transpose(0, 2, 1)
            raw = buffer[: len(values)]
            if n_leads > 1:
                np.copyto(raw, values)
                values = raw
            self._count(values, raw, offset[chosen])
            saturated[chosen] = (raw.min(axis=(1, 2)) < 0) | (raw.max(axis=(1, 2)) > self.steps)
            if saturated[chosen].any():
                np.clip(raw, 0, self.steps, out=raw)
            if self.a:
                raw += self.a
            # Whole numbers of the type's range: NumPy is only told not to look.
            np.copyto(levels[chosen], raw, casting="unsafe")
        return Standardized(levels.transpose(0, 2, 1), offset, saturated)

    def _count(self, values: np.ndarray, raw: np.ndarray, offset: np.ndarray) -> None:
        """Counts levels from the lowest one, whole numbers that may lie beyond the range.

        Args:
            values: (slices, leads, length) in mV, perhaps `raw` itself.
            raw: (slices, leads, length), to be filled.
            offset: (slices, leads) in mV, zeros, to be filled where the standardization keeps one.
        """
        raise NotImplementedError

    def table(self, n_leads: int) -> np.ndarray:
        """Returns what each level means: float32 (leads, 2**bits) in mV, before the offset."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Returns what rebuilds this object: its name and its constructor's arguments."""
        raise NotImplementedError


STANDARDIZATIONS: Registry[type[Standardization]] = Registry("standardization")
