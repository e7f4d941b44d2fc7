"""The few array operations that decoding needs beside arithmetic, so that NumPy and TensorFlow run the same steps.

Code that decodes is written once against `Ops`; `ecg_synth.data.graph_ops` has the same for TensorFlow. What the steps
do between these operations is addition, subtraction and multiplication, which IEEE 754 fixes to the bit.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np


class Ops(Protocol):
    """Operations on arrays of one library."""

    def take(self, table: np.ndarray, index: Any) -> Any:
        """Looks up every integer of `index` in a table of one axis."""

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """Chooses element by element."""

    def round(self, values: Any) -> Any:
        """Returns the nearest integers, halves to even, as int32."""

    def count_up_to(self, thresholds: np.ndarray, values: Any) -> Any:
        """Returns for every value, as int32, how many of the sorted `thresholds` it reaches."""

    def unstack(self, values: Any) -> list[Any]:
        """Returns the parts along the last axis."""

    def stack(self, parts: list[Any]) -> Any:
        """Joins parts along a new last axis."""

    def idct(self, coefficients: Any) -> Any:
        """Inverts the orthonormal DCT-II along the last axis, in the type of the coefficients."""


class NumpyOps:
    """`Ops` of NumPy and SciPy."""

    def take(self, table: np.ndarray, index: Any) -> Any:
        """See `Ops`."""
        return np.take(table, index)

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """See `Ops`."""
        return np.where(condition, yes, no)

    def round(self, values: Any) -> Any:
        """See `Ops`."""
        return np.rint(values).astype(np.int32)

    def count_up_to(self, thresholds: np.ndarray, values: Any) -> Any:
        """See `Ops`."""
        return np.searchsorted(thresholds, values, side="right").astype(np.int32)

    def unstack(self, values: Any) -> list[Any]:
        """See `Ops`."""
        return list(np.moveaxis(values, -1, 0))

    def stack(self, parts: list[Any]) -> Any:
        """See `Ops`."""
        return np.stack(parts, axis=-1)

    def idct(self, coefficients: Any) -> Any:
        """See `Ops`."""
        from scipy import fft

        return fft.idct(coefficients, type=2, norm="ortho", axis=-1)
