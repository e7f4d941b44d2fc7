"""Whole sets at a lower sampling rate."""

from __future__ import annotations

import numpy as np

from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.signals.resample import resample


def at_rate(signals: SignalSet, fs: float) -> np.ndarray:
    """Returns the samples at `fs` Hz or at their own rate where that is lower, float32 `(n, samples, leads)` in mV."""
    count, length, leads = signals.signal_mv.shape
    if signals.fs <= fs:
        return signals.signal_mv
    rows = signals.signal_mv.transpose(1, 0, 2).reshape(length, count * leads)
    slow = resample(rows, signals.fs, fs)
    return np.ascontiguousarray(slow.reshape(len(slow), count, leads).transpose(1, 0, 2))
