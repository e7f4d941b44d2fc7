"""Changing the sampling rate."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from ecg_synth.errors import InputError


def resample(signal_mv: np.ndarray, fs: float, target_fs: float) -> np.ndarray:
    """Resamples with SciPy's polyphase filter (`scipy.signal.resample_poly`, Kaiser window).

    The ends are held at their edge value so that a baseline offset makes no step there. A NaN spreads over the
    filter's support, so that no invalid sample turns into a number.

    Args:
        signal_mv: (samples, leads) in mV.
        fs: Its rate in Hz.
        target_fs: The wanted rate in Hz.

    Returns:
        (ceil(samples * target_fs / fs), leads) in mV, of the same dtype.

    Raises:
        InputError: A rate is not positive, or their ratio has no small integers (numerator or denominator over 1000).
    """
    if not (fs > 0 and target_fs > 0):
        raise InputError(f"Sampling rates must be positive. Received: fs={fs} Hz, target_fs={target_fs} Hz.")
    if fs == target_fs:
        return signal_mv
    ratio = (Fraction(target_fs).limit_denominator(10**6) / Fraction(fs).limit_denominator(10**6)).limit_denominator(
        1000
    )
    if ratio.numerator > 1000 or abs(float(ratio) * fs / target_fs - 1) > 1e-9:
        raise InputError(
            f"The ratio of the sampling rates must be one of integers up to 1000. "
            f"Received: fs={fs} Hz, target_fs={target_fs} Hz."
        )
    # SciPy's signal package takes a second to import: only those who resample pay for it.
    from scipy.signal import resample_poly

    return resample_poly(signal_mv, ratio.numerator, ratio.denominator, axis=0, padtype="edge").astype(signal_mv.dtype)
