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


def copied(signals: SignalSet, train: SignalSet, degree: float = 1.0, seed: int = 0) -> SignalSet:
    """Returns the slices with a share of them replaced by copies of training slices and 1 % of noise.

    It is in no registry: nothing that compares a candidate with other real slices may be expected to see it, since the
    copies are real ECGs of other patients. Privacy metrics, which know the training slices, have to.

    Args:
        signals: Whole slices.
        train: The slices that are copied; their patients come with them.
        degree: Share of the slices that are replaced, 0 to 1.
        seed: Seed of the draw.
    """
    stream = np.random.default_rng(seed)
    replaced = np.flatnonzero(_share(len(signals), degree, stream))
    source = stream.choice(len(train), len(replaced), replace=len(replaced) > len(train))
    copies = train.signal_mv[source]
    deviation = copies.std(axis=1, keepdims=True)
    changed, groups = signals.signal_mv.copy(), signals.groups.astype(object)
    changed[replaced] = copies + 0.01 * deviation * stream.standard_normal(copies.shape)
    groups[replaced] = train.groups[source]
    return signals.with_signal(changed, groups=groups.astype(str), name=f"{signals.name}, copied {degree:g}")


def _share(count: int, degree: float, stream: np.random.Generator) -> np.ndarray:
    """Returns which of the slices are broken, bool `(count,)`: a larger degree of one seed breaks the same and more."""
    return stream.permutation(count) < round(degree * count)


@FAULTS.register("noise")
def _noise(signals: SignalSet, degree: float, seed: int) -> np.ndarray:
    """White noise of each slice's own deviation takes the place of the ECG; at 1 nothing else is left."""
    deviation = signals.signal_mv.std(axis=1, keepdims=True)
    noise = np.random.default_rng(seed).standard_normal(signals.signal_mv.shape) * deviation
    return np.sqrt(1 - degree) * signals.signal_mv + np.sqrt(degree) * noise


@FAULTS.register("mode_drop")
def _mode_drop(signals: SignalSet, degree: float, seed: int) -> np.ndarray:
    """The slices of the highest deviation are missing, three quarters at 1; copies of the others stand in for them."""
    stream = np.random.default_rng(seed)
    order = np.argsort(signals.signal_mv.std(axis=1).mean(axis=1), kind="stable")
    kept = order[: max(1, round(len(order) * (1 - 0.75 * degree)))]
    dropped = order[len(kept) :]
    changed = signals.signal_mv.copy()
    changed[dropped] = signals.signal_mv[stream.choice(kept, len(dropped))]
    return changed


@FAULTS.register("collapse")
def _collapse(signals: SignalSet, degree: float, seed: int) -> np.ndarray:
    """A share of the slices are copies of five of them; at 1 there are no others."""
    stream = np.random.default_rng(seed)
    few = stream.choice(len(signals), min(5, len(signals)), replace=False)
    replaced = np.flatnonzero(_share(len(signals), degree, stream))
    changed = signals.signal_mv.copy()
    changed[replaced] = signals.signal_mv[stream.choice(few, len(replaced))]
    return changed


@FAULTS.register("reversal")
def _reversal(signals: SignalSet, degree: float, seed: int) -> np.ndarray:
    """A share of the slices run backwards."""
    chosen = _share(len(signals), degree, np.random.default_rng(seed))
    return np.where(chosen[:, None, None], signals.signal_mv[:, ::-1], signals.signal_mv)


@FAULTS.register("lead_swap")
def _lead_swap(signals: SignalSet, degree: float, seed: int) -> np.ndarray:
    """The first two leads of a share of the slices have changed places; of one lead nothing is broken."""
    order = np.arange(len(signals.leads))
    order[:2] = order[:2][::-1]
    chosen = _share(len(signals), degree, np.random.default_rng(seed))
    return np.where(chosen[:, None, None], signals.signal_mv[:, :, order], signals.signal_mv)


@FAULTS.register("wander")
def _wander(signals: SignalSet, degree: float, seed: int) -> np.ndarray:
    """The baseline wanders with the breath: a sine of 0.2 to 0.5 Hz, of 0.5 mV at 1 and another phase in each lead."""
    stream = np.random.default_rng(seed)
    count, length, leads = signals.signal_mv.shape
    rate = stream.uniform(0.2, 0.5, (count, 1, 1))
    phase = stream.uniform(0, 2 * np.pi, (count, 1, leads))
    t = np.arange(length)[None, :, None] / signals.fs
    return signals.signal_mv + 0.5 * degree * np.sin(2 * np.pi * rate * t + phase)


@FAULTS.register("scaling")
def _scaling(signals: SignalSet, degree: float, seed: int) -> np.ndarray:
    """All amplitudes are too large, twice as large at 1."""
    return signals.signal_mv * (1 + degree)


@FAULTS.register("stretch")
def _stretch(signals: SignalSet, degree: float, seed: int) -> np.ndarray:
    """Time runs slower, 1.5 times at 1, as if resampled to a wrong rate; the middle of each slice is kept."""
    from scipy.interpolate import CubicSpline

    t = np.arange(signals.length)
    middle = (signals.length - 1) / 2
    return CubicSpline(t, signals.signal_mv, axis=1)(middle + (t - middle) / (1 + 0.5 * degree))


@FAULTS.register("smoothing")
def _smoothing(signals: SignalSet, degree: float, seed: int) -> np.ndarray:
    """A Gaussian low-pass filter, of 20 ms deviation at 1, which halves what is above 9 Hz."""
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(signals.signal_mv, 0.02 * degree * signals.fs, axis=1, mode="nearest")
