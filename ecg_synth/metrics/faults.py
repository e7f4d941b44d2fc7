"""Real slices with one thing broken, by degrees: what bad looks like, and what the judge itself is judged by."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ecg_synth.errors import InputError
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.registry import Registry

# (slices, degree from 0: whole, to 1: wholly broken, seed) -> slices, float32 (n, length, leads) in mV.
Fault = Callable[[SignalSet, float, int], np.ndarray]
FAULTS: Registry[Fault] = Registry("fault")


def broken(signals: SignalSet, fault: str, degree: float = 1.0, seed: int = 0) -> SignalSet:
    """Returns the slices with one thing broken.

    Args:
        signals: Whole slices.
        fault: A name in `FAULTS`.
        degree: From 0, nothing broken, to 1.
        seed: Seed of whatever is drawn.

    Raises:
        InputError: There is no such fault, or the degree is not within [0, 1].
    """
    if not 0 <= degree <= 1:
        raise InputError(f"A fault's degree must be from 0 to 1. Received: degree={degree!r}.")
    break_it = FAULTS[fault]
    if degree == 0:
        return signals
    return signals.with_signal(break_it(signals, degree, seed), name=f"{signals.name}, {fault} {degree:g}")


@FAULTS.register("noise")
def _noise(signals: SignalSet, degree: float, seed: int) -> np.ndarray:
    """White noise of each slice's own deviation takes the place of the ECG; at 1 nothing else is left."""
    deviation = signals.signal_mv.std(axis=1, keepdims=True)
    noise = np.random.default_rng(seed).standard_normal(signals.signal_mv.shape) * deviation
    return np.sqrt(1 - degree) * signals.signal_mv + np.sqrt(degree) * noise
