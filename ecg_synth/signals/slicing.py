"""Cutting a recording into slices of equal length."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ecg_synth.errors import InputError


class Slices(NamedTuple):
    """The usable slices of one recording.

    Attributes:
        signal_mv: (slices, length, leads) in mV.
        slice_index: (slices,) int64: the number of each slice in the recording; it begins at sample
            slice_index * stride. Where the starts were given, it is the sample at which the slice begins.
        dropped_nan: How many slices were left out because a sample was invalid (NaN).
        flat: How many of the kept slices have a lead that never changes.
        clipped: How many of the kept slices have a lead resting at its extreme for `CLIP_RUN` samples or more.
        r_peaks: For each slice the R peaks as sample numbers in it; empty when none were looked for. The recording's
            other R peaks are there too, below 0 and beyond the slice's end: a beat may begin in a slice whose R peak
            stands in the next.
        found: How many R peaks the recording has.
    """

    signal_mv: np.ndarray
    slice_index: np.ndarray
    dropped_nan: int
    flat: int
    clipped: int
    r_peaks: tuple[np.ndarray, ...] = ()
    found: int = 0


# An amplifier at its rail gives the same extreme value many times in a row; a QRS peak does so for a few samples.
CLIP_RUN = 20


def count_slices(n_samples: int, length: int, stride: int | None = None) -> int:
    """Number of whole slices in a recording; the tail is dropped (P1, 3.3.2)."""
    return max(0, (n_samples - length) // (stride or length) + 1)


def cut(
    signal_mv: np.ndarray,
    length: int,
    record_name: str = "",
    stride: int | None = None,
    starts: np.ndarray | None = None,
) -> Slices:
    """Cuts a recording into slices and drops the tail (P1, 3.3.2).

    Args:
        signal_mv: (samples, leads) in mV, NaN where invalid.
        length: Samples a slice.
        record_name: Named in errors.
        stride: Samples from the start of a slice to that of the next; None is `length`: no overlap, no gap.
        starts: Where slices begin, instead of every `stride` samples; whole slices only.

    Returns:
        The slices without NaN, with counts of what was dropped and what looks wrong.

    Raises:
        InputError: `length` or `stride` is not positive, or `length` is longer than the recording.
    """
    n_samples = signal_mv.shape[0]
    stride = length if stride is None else stride
    if length < 1:
        raise InputError(f"A slice needs at least one sample. Received: length={length}.")
    if stride < 1:
        raise InputError(f"Slices must begin at least one sample apart. Received: stride={stride}.")
    n = count_slices(n_samples, length, stride)
    if n == 0:
        raise InputError(
            f"A slice must not be longer than its record. Received: length={length} samples, "
            f"record {record_name or '(unnamed)'} with {n_samples} samples. Choose a shorter length or a longer record."
        )
    # (slices, leads, length): lead by lead, so that every step here and in the codec reads memory in order.
    windows = np.lib.stride_tricks.sliding_window_view(signal_mv, length, axis=0)
    windows = windows[::stride] if starts is None else windows[starts]
    valid = ~np.isnan(windows).any(axis=(1, 2))
    kept = windows[valid]
    highest, lowest = kept.max(axis=2, initial=-np.inf), kept.min(axis=2, initial=np.inf)
    flat = (highest == lowest).any(axis=1)
    clipped = (_rests_at(kept, highest) | _rests_at(kept, lowest)) & ~flat
    slices = kept.transpose(0, 2, 1)
    index = np.flatnonzero(valid) if starts is None else starts[valid]
    return Slices(slices, index, int((~valid).sum()), int(flat.sum()), int(clipped.sum()))


def _rests_at(slices: np.ndarray, extreme: np.ndarray) -> np.ndarray:
    """(slices, leads, length) and (slices, leads) -> (slices,) bool: a lead rests there for `CLIP_RUN` samples."""
    found = np.zeros(len(slices), dtype=bool)
    # Every run that long takes in a multiple of its length: the other leads need no closer look.
    probes = slices[:, :, ::CLIP_RUN] == extreme[:, :, None]
    near = np.nonzero(probes.any(axis=2))
    count = np.cumsum(slices[near] == extreme[near][:, None], axis=1, dtype=np.int32)
    count = np.pad(count, ((0, 0), (1, 0)))
    rests = (count[:, CLIP_RUN:] - count[:, :-CLIP_RUN] == CLIP_RUN).any(axis=1)
    found[near[0][rests]] = True
    return found
