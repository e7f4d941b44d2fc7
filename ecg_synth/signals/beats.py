"""Slices that know their beats: cut at R peaks, or cut anywhere with the R peaks that fall into them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ecg_synth.errors import InputError
from ecg_synth.signals.r_peaks import find_r_peaks
from ecg_synth.signals.slicing import Slices, cut


def aligned_starts(r_peaks: np.ndarray, n_samples: int, length: int, stride: int, before: int) -> np.ndarray:
    """Where slices begin that have an R peak at their sample `before`.

    Args:
        r_peaks: Increasing sample numbers of the R peaks.
        n_samples: Samples of the recording.
        length: Samples a slice.
        stride: The next slice begins at the first R peak at least so many samples after the last one; with `length`
            slices do not overlap.
        before: Samples from the start of a slice to its R peak.

    Returns:
        Increasing int64 (slices,); slices that would reach beyond the recording are left out.
    """
    starts: list[int] = []
    for start in (np.asarray(r_peaks, dtype=np.int64) - before).tolist():
        if 0 <= start <= n_samples - length and (not starts or start >= starts[-1] + stride):
            starts.append(start)
    return np.array(starts, dtype=np.int64)


def cut_with_beats(
    signal_mv: np.ndarray,
    fs: float,
    length: int,
    record_name: str = "",
    stride: int | None = None,
    aligned_before: int | None = None,
    find: bool = True,
) -> Slices:
    """Cuts a recording as `slicing.cut` does, or at R peaks, and notes the R peaks of each slice.

    Args:
        signal_mv: (samples, leads) in mV, NaN where invalid.
        fs: Its rate in Hz.
        length: Samples a slice.
        record_name: Named in errors.
        stride: Samples from the start of a slice to that of the next, at least, where they are aligned; None is
            `length`.
        aligned_before: Samples from the start of a slice to an R peak; None lets slices begin every `stride` samples.
        find: Look for R peaks; without, there is none.

    Returns:
        The slices without NaN. Aligned, a recording without R peaks has none, and `slice_index` is the sample at which
        a slice begins.

    Raises:
        InputError: `length` or `stride` is not positive, or `length` is longer than the recording.
    """
    if not find:
        return cut(signal_mv, length, record_name, stride)
    peaks = find_r_peaks(signal_mv, fs)
    stride = length if stride is None else stride
    if aligned_before is None:
        slices = cut(signal_mv, length, record_name, stride)
        starts = slices.slice_index * stride
    else:
        starts = aligned_starts(peaks, len(signal_mv), length, stride, aligned_before)
        slices = cut(signal_mv, length, record_name, stride, starts)
        starts = slices.slice_index
    return slices._replace(r_peaks=tuple(peaks - start for start in starts), found=len(peaks))


def r_peaks_of(slices_mv: np.ndarray, fs: float, r_peaks: Sequence[np.ndarray] | None) -> Sequence[np.ndarray]:
    """Returns the R peaks of each slice (slices, length, leads) in mV, as sample numbers in it.

    Args:
        slices_mv: The slices.
        fs: Their rate in Hz.
        r_peaks: Those known, one list a slice; None looks for them slice by slice.

    Raises:
        InputError: The number of lists is another than that of slices.
    """
    if r_peaks is None:
        return [find_r_peaks(signal_mv, fs) for signal_mv in slices_mv]
    if len(r_peaks) != len(slices_mv):
        raise InputError(
            f"R peaks must be one list a slice. Received: {len(r_peaks)} lists for {len(slices_mv)} slices."
        )
    return r_peaks
