"""What a cardiologist reads off an ECG: rate, intervals, amplitudes, by slice, in one lead."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ecg_synth.data.parallel import read_all
from ecg_synth.metrics.delineation import PRIMARY, delineate, qrs_bounds
from ecg_synth.metrics.extractors import EXTRACTORS
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.signals.heart_rate import find_beats
from ecg_synth.signals.resample import resample

# PTB-XL's rate, so that PTB at 1000 Hz is read alike; medians move by 1 ms, and time is the same.
WORK_HZ = 500.0
# A wave that rises less than this over the level before QRS is not seen on paper: a quarter of a millimeter.
SEEN_MV = 0.025
# A beat whose R peak is this near to an end may have its P or T wave beyond it, and is not asked for one.
P_ROOM_S, T_ROOM_S = 0.25, 0.45
BASELINE_S = 0.02
ST_S = 0.06
# Of `read_all`: a slice takes about 20 ms.
CHUNK, MANY = 50, 600


class Feature(NamedTuple):
    """A column of the extractor `"clinical"`.

    Attributes:
        name: Its key in `metrics.json`.
        title: In words.
        unit: Its unit, empty for shares and counts.
    """

    name: str
    title: str
    unit: str


FEATURES = (
    Feature("heart_rate", "heart rate", "/min"),
    Feature("sdnn", "SDNN", "ms"),
    Feature("rmssd", "RMSSD", "ms"),
    Feature("pr", "PR", "ms"),
    Feature("qrs", "QRS", "ms"),
    Feature("qt", "QT", "ms"),
    Feature("qtc", "QTc (Fridericia)", "ms"),
    Feature("p_mv", "P amplitude", "mV"),
    Feature("r_mv", "R amplitude", "mV"),
    Feature("s_mv", "S amplitude", "mV"),
    Feature("t_mv", "T amplitude", "mV"),
    Feature("st_mv", "ST level (J + 60 ms)", "mV"),
    Feature("missing_p", "share of beats without P", ""),
    Feature("missing_t", "share of beats without T", ""),
    Feature("beats", "beats found", ""),
)
COLUMN = {feature.name: number for number, feature in enumerate(FEATURES)}
FAILURES = ("no beat found", "neither P nor T found")


def clinical_lead(leads: Iterable[str]) -> int:
    """Returns which lead is read: II, as cardiologists do, or I, or the first."""
    leads = tuple(leads)
    return next((leads.index(lead) for lead in ("ii", "i") if lead in leads), 0)


def working_rate(lead_mv: np.ndarray, fs: float) -> tuple[np.ndarray, float]:
    """Returns a lead, float64 (samples,), at the whole divisor of its rate nearest above 500 Hz, and that rate."""
    divisor = max(1, int(fs // WORK_HZ))
    return resample(lead_mv.astype(np.float64)[:, None], fs, fs / divisor)[:, 0], fs / divisor


def clinical_features(lead_mv: np.ndarray, fs: float, method: str = PRIMARY) -> np.ndarray:
    """Returns the `FEATURES` of one slice: medians over its beats, amplitudes over the level just before QRS.

    Heart rate and QTc need 2 beats, SDNN and RMSSD 3. QTc is QT / RR^(1/3) (Fridericia, Acta Med. Scand. 53, 1920).
    R is the largest and S, after it, the smallest value within QRS. ST is the mean of 20 ms, 60 ms after QRS ends. A
    wave is missing where NeuroKit2 finds none or it rises less than 0.025 mV.

    Args:
        lead_mv: (samples,) in mV, of one lead, without NaN.
        fs: Sampling rate in Hz.
        method: The delineator of P and T.

    Returns:
        float64 (features,); NaN where there is nothing to measure.
    """
    row = np.full(len(FEATURES), np.nan)
    lead_mv, fs = working_rate(lead_mv, fs)
    peaks = find_beats(lead_mv, fs)
    row[COLUMN["beats"]] = len(peaks)
    if not len(peaks):
        return row
    ms = 1000 / fs
    rr = np.diff(peaks) * ms
    onset, offset = qrs_bounds(lead_mv, fs, peaks)
    waves = delineate(lead_mv, fs, peaks, method).points
    baseline = _level(lead_mv, onset - BASELINE_S * fs, onset)
    highest, lowest = _r_and_s(lead_mv, onset, offset)
    heights = {wave: _at(lead_mv, waves[f"{wave}_peak"]) - baseline for wave in ("p", "t")}
    middle = offset + ST_S * fs
    qt = _median(waves["t_offset"] - onset) * ms
    before = onset - waves["p_onset"]
    found = {
        # A P wave that begins within QRS is none.
        "pr": _median(before[before > 0]) * ms,
        "qrs": _median(offset - onset) * ms,
        "qt": qt,
        "p_mv": _median(heights["p"]),
        "r_mv": _median(highest - baseline),
        "s_mv": _median(lowest - baseline),
        "t_mv": _median(heights["t"]),
        "st_mv": _median(_level(lead_mv, middle - BASELINE_S / 2 * fs, middle + BASELINE_S / 2 * fs) - baseline),
        "missing_p": _missing(heights["p"], (peaks >= P_ROOM_S * fs) & np.isfinite(baseline)),
        "missing_t": _missing(heights["t"], (peaks < len(lead_mv) - T_ROOM_S * fs) & np.isfinite(baseline)),
    }
    if len(rr):
        found |= {"heart_rate": 60_000 / float(np.median(rr)), "qtc": qt / float(np.cbrt(np.median(rr) / 1000))}
    if len(rr) > 1:
        found |= {"sdnn": float(rr.std(ddof=1)), "rmssd": float(np.sqrt(np.mean(np.diff(rr) ** 2)))}
    for name, value in found.items():
        row[COLUMN[name]] = value
    return row


def failure_shares(features: np.ndarray) -> dict[str, float]:
    """Returns the share of slices that failed, by reason of `FAILURES`; `features` as the extractor returns them."""
    beats, points = features[:, COLUMN["beats"]], features[:, [COLUMN["p_mv"], COLUMN["t_mv"]]]
    shares = (beats == 0, (beats > 0) & np.isnan(points).all(axis=1))
    return {reason: float(share.mean()) for reason, share in zip(FAILURES, shares, strict=True)}


def _median(values: np.ndarray) -> float:
    values = values[np.isfinite(values)]
    return float(np.median(values)) if len(values) else float("nan")


def _missing(heights: np.ndarray, asked: np.ndarray) -> float:
    return float(np.mean(~(np.abs(heights[asked]) >= SEEN_MV))) if asked.any() else float("nan")


def _at(lead_mv: np.ndarray, places: np.ndarray) -> np.ndarray:
    known = np.isfinite(places)
    return np.where(known, lead_mv[np.where(known, places, 0).astype(np.int64)], np.nan)


def _level(lead_mv: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Means of the samples from each start to each stop, NaN beyond the ends of the lead."""
    levels = np.full(len(starts), np.nan)
    for number, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        if start >= 0 and stop < len(lead_mv):
            levels[number] = lead_mv[round(start) : round(stop) + 1].mean()
    return levels


def _r_and_s(lead_mv: np.ndarray, onset: np.ndarray, offset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    heights = np.full((2, len(onset)), np.nan)
    for number in np.flatnonzero(np.isfinite(onset)):
        qrs = lead_mv[int(onset[number]) : int(offset[number]) + 1]
        heights[:, number] = qrs.max(), qrs[qrs.argmax() :].min()
    return heights[0], heights[1]


def _rows(leads_mv: np.ndarray, fs: float, method: str) -> np.ndarray:
    return np.stack([clinical_features(lead, fs, method) for lead in leads_mv])


class ClinicalExtractor:
    """`FEATURES` of the lead that `clinical_lead` chooses; nothing to fit.

    Args:
        method: The delineator of P and T.
    """

    name = "clinical"

    def __init__(self, method: str = PRIMARY):
        self.method = method

    def __call__(self, signals: SignalSet) -> np.ndarray:
        """Returns float64 (n, features), NaN where there is nothing to measure; many slices in several processes."""
        lead = signals.signal_mv[:, :, clinical_lead(signals.leads)]
        return read_all(functools.partial(_rows, fs=signals.fs, method=self.method), lead, CHUNK, MANY)


@EXTRACTORS.register("clinical")
def _clinical(train: SignalSet, seed: int) -> ClinicalExtractor:
    return ClinicalExtractor()
