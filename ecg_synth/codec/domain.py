"""Domains: what a slice is made of before it becomes levels: its samples, or their frequencies.

To add one, subclass `Domain` and register it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ecg_synth.codec.ops import Ops
from ecg_synth.errors import InputError
from ecg_synth.registry import Registry


class Domain:
    """Time itself, and the base of the others: the samples as they are.

    Attributes:
        needs_fit: `fit` must run before anything is encoded.
    """

    name = "time"
    needs_fit = False

    def fit(self, batches: Iterable[np.ndarray], n_leads: int) -> Domain:
        """Returns a copy with what it needs to know of the batches, each (slices, length, leads) in mV."""
        return self

    def forward(self, slices_mv: np.ndarray) -> np.ndarray:
        """Maps (slices, length, leads) in mV to as many values of the domain."""
        return slices_mv

    def inverse(self, values: Any, ops: Ops) -> Any:
        """Maps float32 values (leads, slices, length) of the domain to mV."""
        return values

    def get_config(self) -> dict[str, Any]:
        """Returns what rebuilds this object: its name and its constructor's arguments."""
        return {"name": self.name}


DOMAINS: Registry[type[Domain]] = Registry("domain")
DOMAINS.register("time")(Domain)


@DOMAINS.register("dct")
class Dct(Domain):
    """Frequencies, low ones first: the orthonormal DCT-II of each lead, each band in units of its own.

    The DCT has no jump at the slice's ends, as the Fourier transform has, and is real, so that `length` samples become
    `length` coefficients. Coefficient k stands for k * fs / (2 * length) Hz; coefficient 0 is the mean times
    sqrt(length). An ECG's coefficients shrink a thousandfold with k: they are divided by the largest one of their band
    in the training slices, and lie in [-1, 1] there. Bands widen with frequency.

    Because the transform is orthonormal, the root mean square error of a slice in mV is that of its coefficients.

    Args:
        scale: Per lead, the largest coefficient of each band in mV; None until fitted.
    """

    name = "dct"
    needs_fit = True

    def __init__(self, scale: Sequence[Sequence[float]] | None = None):
        self.scale = None if scale is None else [[float(value) for value in of_lead] for of_lead in scale]

    def fit(self, batches: Iterable[np.ndarray], n_leads: int) -> Dct:
        """See the base class.

        Raises:
            InputError: There is no slice.
        """
        largest: np.ndarray | None = None
        for batch in batches:
            if len(batch):
                highest = np.abs(_dct(batch)).max(axis=0)
                largest = highest if largest is None else np.maximum(largest, highest)
        if largest is None:
            raise InputError("Scales cannot be fitted on no slice at all. Give at least one slice.")
        starts = np.flatnonzero(np.diff(bands(len(largest)), prepend=-1))
        # A band that is always 0 still needs a unit; a nanovolt is below every converter's step.
        return Dct(np.maximum(np.maximum.reduceat(largest, starts, axis=0), 1e-6).T.tolist())

    def forward(self, slices_mv: np.ndarray) -> np.ndarray:
        """See the base class: coefficients in units of their band."""
        return _dct(slices_mv) / self._scale(slices_mv.shape[1], slices_mv.shape[2]).T

    def inverse(self, values: Any, ops: Ops) -> Any:
        """See the base class."""
        scale = self._scale(values.shape[-1], values.shape[0]).astype(np.float32)
        return ops.idct(values * scale[:, None, :])

    def get_config(self) -> dict[str, Any]:
        """See the base class."""
        return {"name": self.name, "scale": self.scale}

    def _scale(self, length: int, n_leads: int) -> np.ndarray:
        band_of = bands(length)
        if self.scale is None:
            raise InputError(
                f"The domain {self.name!r} has no scales yet. Call codec.fit(slices) on the training slices first."
            )
        shape = {len(of_lead) for of_lead in self.scale}
        if len(self.scale) != n_leads or shape != {band_of[-1] + 1}:
            raise InputError(
                f"The domain {self.name!r} needs a scale for each lead and band: {n_leads} leads, {band_of[-1] + 1} "
                f"bands for a length of {length}. Received: {len(self.scale)} leads, {sorted(shape)} bands."
            )
        return np.asarray(self.scale)[:, band_of]


def bands(length: int) -> np.ndarray:
    """Returns the band of every coefficient, int (length,): each of the first alone, then 8 bands an octave."""
    edges = np.unique(np.floor(2.0 ** (np.arange(8 * np.ceil(np.log2(length)) + 1) / 8)).astype(np.int64))
    return np.searchsorted(edges, np.arange(length), side="right")


def _dct(slices_mv: np.ndarray) -> np.ndarray:
    from scipy import fft

    return fft.dct(slices_mv, type=2, norm="ortho", axis=1)
