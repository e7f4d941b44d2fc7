"""Spectra, in decibels."""

from __future__ import annotations

import numpy as np

from ecg_synth.metrics.extractors import EXTRACTORS
from ecg_synth.metrics.judged import View
from ecg_synth.metrics.metric import metric
from ecg_synth.metrics.signal_set import SignalSet

BAND_HZ = (1.0, 100.0)
# Beside the power of each bin, in mV^2/Hz, so that a flat slice has a logarithm.
FLOOR_POWER = 1e-12


def log_spectra(signal_mv: np.ndarray, fs: float, band_hz: tuple[float, float] = BAND_HZ) -> np.ndarray:
    """Returns the power spectra in dB, 10 log10 of mV^2/Hz, Hann window over the whole slice.

    Args:
        signal_mv: `(n, length, leads)` in mV.
        fs: Sampling rate in Hz.
        band_hz: Lowest and highest frequency that is kept, in Hz.

    Returns:
        float64 `(n, frequencies, leads)`.
    """
    from scipy import signal

    frequencies, power = signal.periodogram(signal_mv, fs, window="hann", axis=1)
    kept = (frequencies >= band_hz[0]) & (frequencies <= band_hz[1])
    return 10 * np.log10(power[:, kept].astype(np.float64) + FLOOR_POWER)


def spectrum_error(left_db: np.ndarray, right_db: np.ndarray) -> float:
    """Returns the mean absolute difference of two mean spectra in dB.

    Args:
        left_db: `(n, frequencies, leads)`, as `log_spectra` returns them.
        right_db: `(m, frequencies, leads)`.
    """
    return float(np.abs(left_db.mean(axis=0) - right_db.mean(axis=0)).mean())


class SpectrumExtractor:
    """Log power spectra in dB as features, frequency by lead in a row; nothing to fit."""

    name = "spectrum"

    def __call__(self, signals: SignalSet) -> np.ndarray:
        """Returns `log_spectra` of each slice in one row."""
        return log_spectra(signals.signal_mv, signals.fs).reshape(len(signals), -1)


@EXTRACTORS.register("spectrum")
def _spectrum(train: SignalSet, seed: int) -> SpectrumExtractor:
    return SpectrumExtractor()


@metric(
    "spectrum_db",
    "error of the mean log spectrum, 1-100 Hz",
    "fidelity",
    "lower",
    "mean over frequencies of |mean log power, real - synthetic|",
    unit="dB",
)
def _spectrum_db(reference: View, candidate: View) -> float:
    left, right = (view.features("spectrum")[:, :, None] for view in (reference, candidate))
    return spectrum_error(left, right)
