"""How near a signal read from a picture comes to the one that was drawn: SNR as in the PhysioNet Challenge of 2024.

Each function takes one lead. What was not read is NaN: it counts in `coverage` and not in the SNR, unless asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ecg_synth.errors import InputError

MAX_LAG_S, MAX_OFFSET_MV = 0.5, 1.0
"""The Challenge accepts no larger shift."""


class Aligned(NamedTuple):
    """An estimate moved onto its reference.

    Attributes:
        estimate: (samples,) in mV; NaN where the moved estimate has no value.
        lag_s: How much later the estimate was.
        offset_mv: How much higher it was.
    """

    estimate: np.ndarray
    lag_s: float
    offset_mv: float


def snr_db(reference: np.ndarray, estimate: np.ndarray, missing_is_zero: bool = False) -> float:
    """Signal-to-noise ratio in dB: 10 log10(sum ref^2 / sum (ref - est)^2); higher is better.

    Args:
        reference: (samples,) in mV; NaN is left out.
        estimate: (samples,) in mV.
        missing_is_zero: What was not read (NaN) counts as 0 mV; else it is left out, and `coverage` tells of it.

    Returns:
        dB; inf where both are equal, NaN where there is nothing to compare or the reference is 0 throughout.

    Raises:
        InputError: The two have different shapes.
    """
    signal, noise = _powers(reference, estimate, missing_is_zero)
    return _decibel(signal, noise)


def pooled_snr_db(pairs: Sequence[tuple[np.ndarray, np.ndarray]], missing_is_zero: bool = False) -> float:
    """SNR in dB of several leads as if they were one signal: sums of powers, not a mean of ratios."""
    powers = [_powers(reference, estimate, missing_is_zero) for reference, estimate in pairs]
    return _decibel(sum(power[0] for power in powers), sum(power[1] for power in powers))


def coverage(reference: np.ndarray, estimate: np.ndarray) -> float:
    """Share of the reference's samples for which the estimate has a value; NaN for a reference without samples."""
    reference, estimate = _same_shape(reference, estimate)
    there = np.isfinite(reference)
    return float(np.isfinite(estimate)[there].mean()) if there.any() else float("nan")


def align(
    reference: np.ndarray,
    estimate: np.ndarray,
    fs: float,
    max_lag_s: float = MAX_LAG_S,
    max_offset_mv: float = MAX_OFFSET_MV,
) -> Aligned:
    """Moves an estimate by the lag and the offset that leave the least mean squared error, within the limits.

    The Challenge's limits; its own search works on a raster of levels and is coarser.

    Args:
        reference: (samples,) in mV.
        estimate: (samples,) in mV.
        fs: Sampling rate in Hz.
        max_lag_s: Largest shift in time; whole samples are tried.
        max_offset_mv: Largest shift in voltage.

    Raises:
        InputError: The two have different shapes.
    """
    reference, estimate = _same_shape(reference, estimate)
    best = Aligned(estimate, 0.0, 0.0)
    # A move may not win by what it moves out of sight.
    need = 0.5 * np.count_nonzero(np.isfinite(reference) & np.isfinite(estimate))
    least = np.inf
    most = min(int(np.floor(max_lag_s * fs)), max(0, len(reference) - 1))
    for lag in sorted(range(-most, most + 1), key=abs):
        moved = _shift(estimate, lag)
        error = moved - reference
        error = error[np.isfinite(error)]
        if not len(error) or len(error) < need:
            continue
        offset = float(np.clip(error.mean(), -max_offset_mv, max_offset_mv))
        left = float(((error - offset) ** 2).mean())
        if left < least:
            least, best = left, Aligned(moved - offset, lag / fs, offset)
    return best


def _shift(signal: np.ndarray, lag: int) -> np.ndarray:
    moved = np.full_like(signal, np.nan)
    if lag >= 0:
        moved[: len(signal) - lag] = signal[lag:]
    else:
        moved[-lag:] = signal[:lag]
    return moved


def _powers(reference: np.ndarray, estimate: np.ndarray, missing_is_zero: bool) -> tuple[float, float]:
    reference, estimate = _same_shape(reference, estimate)
    if missing_is_zero:
        estimate = np.where(np.isfinite(estimate), estimate, 0.0)
    both = np.isfinite(reference) & np.isfinite(estimate)
    return float((reference[both] ** 2).sum()), float(((reference - estimate)[both] ** 2).sum())


def _decibel(signal: float, noise: float) -> float:
    if signal == 0:
        return float("nan")
    return float("inf") if noise == 0 else 10 * float(np.log10(signal / noise))


def _same_shape(reference: np.ndarray, estimate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    reference, estimate = np.asarray(reference, dtype=np.float64), np.asarray(estimate, dtype=np.float64)
    if reference.shape != estimate.shape or reference.ndim != 1:
        raise InputError(
            f"One lead is compared with one of its length. Received: reference.shape={reference.shape}, "
            f"estimate.shape={estimate.shape}."
        )
    return reference, estimate
