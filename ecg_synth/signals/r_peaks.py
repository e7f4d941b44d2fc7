"""R peaks: where the beats of a recording are."""

from __future__ import annotations

import numpy as np

from ecg_synth.errors import InputError
from ecg_synth.signals.resample import resample

# The QRS complex's own frequencies; below lie baseline, P and T, above it noise of the muscles.
BAND_HZ = (5.0, 40.0)
# XQRS was made for MIT-BIH's rates: at 1000 Hz it misses four of five beats of the simulator, at 250 Hz none.
DETECT_HZ = 250.0
# A detection is moved to the largest deflection this near.
REACH_S = 0.08
# What a recording must have: XQRS learns from ten beats, or falls back to its defaults; filters need some samples.
SHORTEST_S = 1.0


def find_r_peaks(signal_mv: np.ndarray, fs: float) -> np.ndarray:
    """Finds the R peaks of a whole recording by WFDB's XQRS (`wfdb.processing.XQRS`), one list for all its leads.

    The leads are filtered to 5-40 Hz and projected onto their first principal component, one lead onto itself. XQRS
    runs on it at 250 Hz; then each beat is moved to the largest deflection within 80 ms at the full rate. The
    deflections' sign is that of most beats, so that the same wave is taken in every beat; in a lead whose QRS complex
    points down it is the S or QS wave.

    Args:
        signal_mv: (samples, leads) in mV; (samples,) for one lead. Invalid samples (NaN) are bridged by straight lines.
        fs: Its rate in Hz.

    Returns:
        Increasing int64 (peaks,): sample numbers at `fs`. Empty where there is no beat: in a flat recording, in one of
        less than 1 s, or where every sample of a lead is invalid.

    Raises:
        InputError: The shape is another, or the rate is not more than 10 Hz, which 5-40 Hz needs.
    """
    signal_mv = np.asarray(signal_mv, dtype=np.float64)
    signal_mv = signal_mv[:, None] if signal_mv.ndim == 1 else signal_mv
    if signal_mv.ndim != 2:
        raise InputError(f"A signal must be (samples, leads). Received: signal_mv.shape={signal_mv.shape}.")
    if not fs > 2 * BAND_HZ[0]:
        raise InputError(f"R peaks need a sampling rate above {2 * BAND_HZ[0]:g} Hz. Received: {fs=} Hz.")
    none = np.zeros(0, np.int64)
    invalid = np.isnan(signal_mv)
    if len(signal_mv) < SHORTEST_S * fs or invalid.all(axis=0).any():
        return none
    component = _principal(_qrs_band(_bridged(signal_mv, invalid), fs))
    if not np.ptp(component) > 1e-6:
        return none
    # wfdb takes over a second to import: only those who look for beats pay for it.
    from wfdb.processing import XQRS

    detector = XQRS(resample(component[:, None], fs, DETECT_HZ)[:, 0], DETECT_HZ)
    detector.detect(verbose=False)
    found = np.asarray(detector.qrs_inds, dtype=np.float64) * (fs / DETECT_HZ)
    peaks = _at_the_top(component, np.rint(found).astype(np.int64), max(1, round(REACH_S * fs)))
    # A peak in a hole was made by the bridge.
    return peaks[~invalid[peaks].any(axis=1)]


def _bridged(signal_mv: np.ndarray, invalid: np.ndarray) -> np.ndarray:
    if not invalid.any():
        return signal_mv
    t = np.arange(len(signal_mv))
    columns = [np.interp(t, t[~hole], lead[~hole]) for lead, hole in zip(signal_mv.T, invalid.T, strict=True)]
    return np.stack(columns, axis=1)


def _qrs_band(signal_mv: np.ndarray, fs: float) -> np.ndarray:
    # SciPy's signal package takes a second to import.
    from scipy.signal import butter, sosfiltfilt

    low, high = BAND_HZ
    sections = (
        butter(2, (low, high), "bandpass", fs=fs, output="sos")
        if fs > 2.5 * high
        else butter(2, low, "highpass", fs=fs, output="sos")
    )
    return sosfiltfilt(sections, signal_mv, axis=0)


def _principal(filtered: np.ndarray) -> np.ndarray:
    if filtered.shape[1] == 1:
        return filtered[:, 0]
    _, vectors = np.linalg.eigh(filtered.T @ filtered)
    return filtered @ vectors[:, -1]


def _at_the_top(component: np.ndarray, found: np.ndarray, reach: int) -> np.ndarray:
    """Moves each sample number to the largest deflection within `reach` samples; two beats may become one."""
    if not len(found):
        return found
    nearby = np.clip(found[:, None] + np.arange(-reach, reach + 1), 0, len(component) - 1)
    values = component[nearby]
    if np.median(values.max(axis=1) + values.min(axis=1)) < 0:
        values = -values
    return np.unique(nearby[np.arange(len(found)), values.argmax(axis=1)])
