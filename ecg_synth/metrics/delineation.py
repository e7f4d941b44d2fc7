"""Where the waves of each beat lie in one lead of a short slice.

R peaks by XQRS, the QRS complex by the slope of the lead, P and T by NeuroKit2. NeuroKit2's own QRS duration is that of
the troughs beside R, at most 100 ms: on simulated beats it does not follow the true one, on PTB-XL it does not tell
conduction disturbances from normal ECGs (docs/clinic.md).
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np

from ecg_synth.signals.heart_rate import MIRRORED_S

METHODS = ("prominence", "dwt", "peak")
PRIMARY, SECOND = METHODS[:2]
# NeuroKit2's name of each point that is used here; `peak` has no QRS, P offset or T onset.
POINTS = {
    "p_onset": "ECG_P_Onsets",
    "p_peak": "ECG_P_Peaks",
    "qrs_onset": "ECG_R_Onsets",
    "qrs_offset": "ECG_R_Offsets",
    "t_peak": "ECG_T_Peaks",
    "t_offset": "ECG_T_Offsets",
}
# NeuroKit2 delineates no beat without neighbors, so two are made up on either side, this far apart at most.
LONGEST_RR_S = 1.5
# The QRS complex lies within this of its R peak, and lasts while the slope is above this share of its largest, gaps
# aside: where R turns the slope is 0.
QRS_REACH_S = 0.13
QRS_SHARE = 0.125
QRS_GAP_S = 0.03
QRS_BAND_HZ = (5.0, 40.0)
QRS_SMOOTH_S = 0.02


class Waves(NamedTuple):
    """Points of every beat of one lead.

    Attributes:
        points: By name of `POINTS`, float64 (beats,): sample numbers, NaN where none was found within the lead.
        failure: Why there are none at all, `""` where there are.
    """

    points: dict[str, np.ndarray]
    failure: str


def qrs_bounds(lead_mv: np.ndarray, fs: float, peaks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns onset and offset of each QRS complex by the slope of the lead.

    The lead is filtered to 5-40 Hz; a complex is where, around the peak and with gaps of 30 ms at most, the absolute
    slope, smoothed over 20 ms, is above an eighth of its largest within 130 ms of the peak.

    Args:
        lead_mv: (samples,) in mV.
        fs: Sampling rate in Hz; below 100 Hz there is no upper limit of the filter.
        peaks: (beats,) sample numbers.

    Returns:
        Two float64 (beats,): sample numbers; NaN in a complex that an end of the lead cuts.
    """
    from scipy.ndimage import uniform_filter1d
    from scipy.signal import butter, sosfiltfilt

    low, high = QRS_BAND_HZ
    upper = fs > 2.5 * high
    sections = butter(2, (low, high) if upper else low, "bandpass" if upper else "highpass", fs=fs, output="sos")
    margin = round(MIRRORED_S * fs)
    filtered = sosfiltfilt(sections, np.pad(lead_mv, margin, mode="reflect"))
    slope = np.abs(np.gradient(filtered))
    slope = uniform_filter1d(slope, max(1, round(QRS_SMOOTH_S * fs)))[margin : margin + len(lead_mv)]
    reach = round(QRS_REACH_S * fs)
    bounds = np.full((2, len(peaks)), np.nan)
    for number, peak in enumerate(peaks):
        start, stop = max(0, peak - reach), min(len(lead_mv), peak + reach + 1)
        steep = np.flatnonzero(slope[start:stop] > QRS_SHARE * slope[start:stop].max(initial=0.0))
        if not len(steep):
            continue
        breaks = np.flatnonzero(np.diff(steep) > QRS_GAP_S * fs) + 1
        complexes = np.split(start + steep, breaks)
        nearest = min(complexes, key=lambda places: np.abs(places - peak).min())
        if nearest[0] > 0 and nearest[-1] < len(lead_mv) - 1:
            bounds[:, number] = nearest[[0, -1]]
    return bounds[0], bounds[1]


def delineate(lead_mv: np.ndarray, fs: float, peaks: np.ndarray, method: str = PRIMARY) -> Waves:
    """Finds P, QRS and T of every beat by `neurokit2.ecg_delineate`.

    The lead is continued by mirroring, with two made-up beats on either side, cleaned by `neurokit2.ecg_clean`, and
    what NeuroKit2 says of the lead itself is kept.

    Args:
        lead_mv: (samples,) in mV.
        fs: Sampling rate in Hz.
        peaks: Increasing (beats,): sample numbers of the R peaks.
        method: `"prominence"`, `"dwt"` or `"peak"`.
    """
    none = {point: np.full(len(peaks), np.nan) for point in POINTS}
    if not len(peaks):
        return Waves(none, "no beat found")
    import neurokit2

    rr = min(LONGEST_RR_S, float(np.median(np.diff(peaks))) / fs if len(peaks) > 1 else 1.0)
    step, margin = round(rr * fs), round((2 * rr + 0.5) * fs)
    around = np.concatenate([peaks[0] - step * np.array([2, 1]), peaks, peaks[-1] + step * np.array([1, 2])])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            clean = neurokit2.ecg_clean(np.pad(lead_mv, margin, mode="reflect"), sampling_rate=fs)
            _, found = neurokit2.ecg_delineate(clean, around + margin, sampling_rate=fs, method=method)
    # NeuroKit2 fails in many ways: IndexError, ValueError, TypeError, KeyError, ZeroDivisionError were seen.
    except Exception as error:
        return Waves(none, f"NeuroKit2: {type(error).__name__}")
    for point, name in POINTS.items():
        values = np.asarray(found.get(name, []), dtype=np.float64)
        # It leaves points out where one falls before the beginning; which ones is not known.
        if len(values) == len(around):
            values = values[2:-2] - margin
            none[point] = np.where((values >= 0) & (values < len(lead_mv)), values, np.nan)
    return Waves(none, "")
