"""Shares of power by frequency: Jensen-Shannon divergence, PSD-MMD and PSD-PRD."""

from __future__ import annotations

import numpy as np

from ecg_synth.metrics.discrepancy import MOST, rbf_of_views
from ecg_synth.metrics.distances import sample_distances
from ecg_synth.metrics.divergence import jensen_shannon
from ecg_synth.metrics.extractors import EXTRACTORS
from ecg_synth.metrics.judged import View
from ecg_synth.metrics.metric import metric
from ecg_synth.metrics.signal_set import SignalSet

TOP_HZ = 100.0


def power_shares(signal_mv: np.ndarray, fs: float) -> np.ndarray:
    """Returns the share of each frequency in the power of each lead, 0 everywhere for a flat one.

    Welch's estimate with Hamming windows of 1 s that overlap by half, divided by its sum: the PSD of the metrics
    PSD-MMD and PSD-PRD (the SynthECG framework, github.com/pedrodevog/SynthECG, metrics/PSD.py, with windows of 5 s of
    10), here up to 100 Hz.

    Args:
        signal_mv: `(n, length, leads)` in mV.
        fs: Sampling rate in Hz.

    Returns:
        float64 `(n, leads, frequencies)`.
    """
    from scipy import signal

    window = min(signal_mv.shape[1], round(fs))
    frequencies, power = signal.welch(signal_mv, fs, window="hamming", nperseg=window, axis=1)
    power = power[:, frequencies <= TOP_HZ].astype(np.float64).transpose(0, 2, 1)
    total = power.sum(axis=2, keepdims=True)
    return np.divide(power, total, out=np.zeros_like(power), where=total > 0)


def spectrum_prd(between: np.ndarray, norms: np.ndarray, other_norms: np.ndarray) -> float:
    """Returns PSD-PRD: the mean over all pairs of 100 sqrt(|p - q|^2 / ((|p|^2 + |q|^2) / 2)), in %.

    From 0 to 200 (141 for non-negative p and q that share no frequency); symmetric. Two real sets are far from 0, and a
    set of one mean spectrum comes nearer to the real ones than they are to one another: read it beside its floor
    (SynthECG, metrics/PRD.py).

    Args:
        between: `(n, m)`: Euclidean distances of two sets of power shares.
        norms: `(n,)`: their norms.
        other_norms: `(m,)`.
    """
    squares = (norms[:, None] ** 2 + other_norms[None, :] ** 2) / 2
    return float(100 * np.sqrt(np.divide(between**2, squares, out=np.zeros_like(between), where=squares > 0)).mean())


class PowerExtractor:
    """`power_shares` as features, lead by frequency in a row; nothing to fit."""

    name = "power"

    def __call__(self, signals: SignalSet) -> np.ndarray:
        """Returns `power_shares` of each slice in one row."""
        return power_shares(signals.signal_mv, signals.fs).reshape(len(signals), -1)


@EXTRACTORS.register("power")
def _power(train: SignalSet, seed: int) -> PowerExtractor:
    return PowerExtractor()


@metric(
    "js_spectrum",
    "Jensen-Shannon divergence of the spectra",
    "fidelity",
    "lower",
    "Lin, IEEE Trans. Inf. Theory 37, 1991; Welch, IEEE Trans. Audio 15, 1967",
    (0.0, 1.0),
    unit="bit",
)
def _js_spectrum(reference: View, candidate: View) -> float:
    leads = len(reference.judged.signals.leads)
    means = [view.features("power").mean(axis=0).reshape(leads, -1) for view in (reference, candidate)]
    return jensen_shannon(*means)


@metric("psd_mmd", "squared MMD of the spectra (PSD-MMD)", "fidelity", "lower", "SynthECG; Gretton et al.", (-1.0, 2.0))
def _psd_mmd(reference: View, candidate: View) -> float:
    return rbf_of_views(reference, candidate, "power")


@metric(
    "psd_prd",
    "PRD of the spectra of all pairs (PSD-PRD; a set of mean slices scores best)",
    "paired",
    "lower",
    "SynthECG",
    (0.0, 200.0),
    unit="%",
)
def _psd_prd(reference: View, candidate: View) -> float:
    reference, candidate = reference.fewer(MOST), candidate.fewer(MOST)
    norms = [np.linalg.norm(view.features("power"), axis=1) for view in (candidate, reference)]
    return spectrum_prd(sample_distances(candidate, reference, "power"), *norms)
