"""What is judged: slices in millivolts, whoever made them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ecg_synth.data.slice_set import ORIGINS, UNKNOWN_LABEL
from ecg_synth.errors import InputError, check_choice, check_seed


@dataclass(frozen=True, eq=False)
class SignalSet:
    """Slices in mV with what is known of each; made by `of` and `with_signal`, which bring medians to 0 mV.

    Attributes:
        signal_mv: float32 `(n, length, leads)` in mV.
        fs: Sampling rate in Hz.
        leads: Names of the leads.
        groups: `(n,)`: the patient of each slice; what is not of a patient is a group of its own.
        labels: int64 `(n,)`: index into `class_names`; -1 means unknown.
        class_names: Names of the classes.
        origin: `"measured"`, `"simulated"` or `"synthetic"`.
        name: What to call the set in a report.

    Raises:
        InputError: A shape, a value or the origin is not as above, or there is no slice.
    """

    signal_mv: np.ndarray
    fs: float
    leads: tuple[str, ...]
    groups: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    origin: str
    name: str

    def __post_init__(self) -> None:
        shape = self.signal_mv.shape
        if len(shape) != 3 or shape[0] == 0 or shape[2] != len(self.leads):
            raise InputError(
                f"Slices must be (n, length, {len(self.leads)}) for the leads {self.leads!r}, at least one of them. "
                f"Received: signal_mv.shape={shape} in {self.name!r}."
            )
        if self.labels.shape != shape[:1] or self.groups.shape != shape[:1]:
            raise InputError(
                f"Labels and groups must be one a slice, ({shape[0]},). Received: labels.shape={self.labels.shape}, "
                f"groups.shape={self.groups.shape} in {self.name!r}."
            )
        if not np.isfinite(self.signal_mv).all():
            bad = int((~np.isfinite(self.signal_mv)).any(axis=(1, 2)).sum())
            raise InputError(
                f"Every sample must be a finite number of mV. Received: {bad} of {shape[0]} slices of {self.name!r} "
                f"with NaN or infinity. Leave these slices out."
            )
        check_choice("origin", self.origin, ORIGINS)

    @classmethod
    def of(
        cls,
        signal_mv: np.ndarray,
        fs: float,
        leads: tuple[str, ...] = ("i",),
        name: str = "slices",
        origin: str = "synthetic",
        groups: np.ndarray | None = None,
        labels: np.ndarray | None = None,
        class_names: tuple[str, ...] = (),
    ) -> SignalSet:
        """Returns a set of an array `(n, length, leads)`, or `(n, length)` of one lead, in mV; see `centered`."""
        signal_mv = np.asarray(signal_mv)
        signal_mv = signal_mv[..., None] if signal_mv.ndim == 2 else signal_mv
        count = len(signal_mv)
        return cls(
            centered(signal_mv),
            fs,
            leads,
            np.arange(count) if groups is None else np.asarray(groups),
            np.full(count, UNKNOWN_LABEL, np.int64) if labels is None else np.asarray(labels, np.int64),
            class_names,
            origin,
            name,
        )

    def __len__(self) -> int:
        return len(self.signal_mv)

    @property
    def length(self) -> int:
        """Samples a slice."""
        return self.signal_mv.shape[1]

    def take(self, index: np.ndarray) -> SignalSet:
        """Returns the slices that `index` (numbers or a mask) chooses, in its order."""
        return replace(self, signal_mv=self.signal_mv[index], groups=self.groups[index], labels=self.labels[index])

    def draw(self, count: int, seed: int) -> SignalSet:
        """Returns `count` slices drawn without replacement, in their own order; all of them when there are no more."""
        return self if count >= len(self) else self.take(self.draw_index(count, seed))

    def draw_index(self, count: int, seed: int) -> np.ndarray:
        """Returns the numbers of the slices that `draw` returns."""
        if count >= len(self):
            return np.arange(len(self))
        stream = np.random.default_rng(check_seed(seed))
        return np.sort(stream.choice(len(self), count, replace=False))

    def with_signal(self, signal_mv: np.ndarray, **changes: Any) -> SignalSet:
        """Returns the same set with other samples, centered, and other fields where they are given."""
        return replace(self, signal_mv=centered(signal_mv), **changes)


def centered(signal_mv: np.ndarray) -> np.ndarray:
    """Returns slices in mV with the median of every lead of every slice at 0, float32.

    The level of a generated slice is its decoder's choice, so that of a measured one must not give it away.

    Args:
        signal_mv: `(n, length, leads)` in mV.
    """
    signal_mv = np.asarray(signal_mv, np.float32)
    return signal_mv - np.median(signal_mv, axis=1, keepdims=True)


def check_alike(*sets: SignalSet) -> None:
    """Raises `InputError` when sets differ in length, rate or leads, which no metric could compare."""
    first = sets[0]
    for other in sets[1:]:
        for what in ("length", "fs", "leads"):
            if getattr(first, what) != getattr(other, what):
                raise InputError(
                    f"Sets are compared slice against slice: one length, one rate, the same leads. Received: "
                    f"{what}={getattr(first, what)!r} in {first.name!r}, {what}={getattr(other, what)!r} in "
                    f"{other.name!r}. Prepare the real ones as the model's were, or choose leads that both have."
                )
