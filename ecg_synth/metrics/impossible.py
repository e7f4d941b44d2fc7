"""Slices that no heart and no electrocardiograph makes, one by one, with the limit that they break."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ecg_synth.metrics.clinical import COLUMN
from ecg_synth.metrics.extractors import EXTRACTORS
from ecg_synth.metrics.judged import View
from ecg_synth.metrics.signal_set import SignalSet

# A plateau is a run of one value this far from the median, where a clipped wave stands and a quiet baseline does not.
PLATEAU_MV = 0.5
SLOPE_S = 0.004
CHUNK = 256
TRACES = ("amplitude", "height", "slope", "plateau")


@dataclass(frozen=True)
class Limit:
    """What a slice may measure.

    Attributes:
        name: Key of the reason in `metrics.json`.
        title: What is measured, in words.
        unit: Its unit.
        low: Smallest possible value.
        high: Largest possible value.
        source: Where the limits come from.
    """

    name: str
    title: str
    unit: str
    low: float
    high: float
    source: str


_IEC = "what IEC 60601-2-27 asks an ECG monitor to show: 5 mV either way, slopes to 320 mV/s"
LIMITS = (
    Limit("beats", "beats in the slice", "", 1, np.inf, "2 s without a beat is asystole"),
    Limit("heart_rate", "heart rate", "/min", 20, 300, "slowest escape rhythms and 1:1 atrial flutter"),
    Limit(
        "qrs",
        "QRS",
        "ms",
        30,
        250,
        "a newborn's 40 ms, and room for this reading's error; beyond 250 ms the lead is as steep all around",
    ),
    Limit("qt", "QT", "ms", 200, 700, "short and long QT syndromes"),
    Limit("amplitude", "largest deflection", "mV", 0, 5, _IEC),
    Limit("height", "peak to peak in the flattest lead", "mV", 0.05, np.inf, "half a millimeter of paper"),
    Limit("slope", "steepest slope", "mV/s", 0, 320, _IEC),
    Limit("plateau", "longest clipped plateau", "ms", 0, 40, "a wave's top bends; only a limiter holds it level"),
)


@dataclass(frozen=True)
class Impossible:
    """One limit that one slice breaks.

    Attributes:
        index: The slice's number.
        limit: The limit.
        value: What was measured.
    """

    index: int
    limit: Limit
    value: float

    def as_dict(self) -> dict[str, Any]:
        """Returns it for `metrics.json`."""
        limit = self.limit
        sides = {"low": limit.low, "high": None if np.isinf(limit.high) else limit.high}
        return {"index": self.index, "reason": limit.name, "value": self.value, **sides, "unit": limit.unit}


def trace_measures(signal_mv: np.ndarray, fs: float) -> np.ndarray:
    """Returns what `LIMITS` asks of the traces themselves.

    Args:
        signal_mv: (n, length, leads) in mV with each lead's median at 0.
        fs: Sampling rate in Hz.

    Returns:
        float64 (n, 4), the worst lead's: largest deflection in mV, smallest peak to peak in mV, steepest slope in mV/s
        over 4 ms, longest plateau in ms.
    """
    signal_mv = signal_mv.astype(np.float64)
    step = max(1, round(SLOPE_S * fs))
    slopes = np.abs(signal_mv[:, step:] - signal_mv[:, :-step]) * (fs / step)
    return np.column_stack(
        [
            np.abs(signal_mv).max(axis=(1, 2)),
            np.ptp(signal_mv, axis=1).min(axis=1),
            slopes.max(axis=(1, 2), initial=0.0),
            _plateaus(signal_mv) * (1000 / fs),
        ]
    )


def _plateaus(signal_mv: np.ndarray) -> np.ndarray:
    """Samples of the longest run at the top or the bottom of any lead, 0 where these are near the median."""
    longest = np.zeros(len(signal_mv))
    for end in (signal_mv.max(axis=1, keepdims=True), signal_mv.min(axis=1, keepdims=True)):
        there = (np.abs(signal_mv - end) < 1e-6) & (np.abs(end) > PLATEAU_MV)
        run = np.zeros((len(signal_mv), signal_mv.shape[2]))
        for sample in range(signal_mv.shape[1]):
            run = (run + 1) * there[:, sample]
            np.maximum(longest, run.max(axis=1), out=longest)
    return longest


def find_impossible(clinical: np.ndarray, traces: np.ndarray) -> list[Impossible]:
    """Returns every limit that a slice breaks, in the order of the slices; what is missing breaks none.

    Args:
        clinical: (n, features) as the extractor `"clinical"` returns them.
        traces: (n, 4) as `trace_measures` returns them.
    """
    found = []
    for limit in LIMITS:
        column = traces[:, TRACES.index(limit.name)] if limit.name in TRACES else clinical[:, COLUMN[limit.name]]
        for index in np.flatnonzero((column < limit.low) | (column > limit.high)):
            found.append(Impossible(int(index), limit, float(column[index])))
    return sorted(found, key=lambda one: one.index)


def impossible_in(view: View) -> list[Impossible]:
    """Returns `find_impossible` of a view."""
    return find_impossible(view.features("clinical"), view.features("trace_measures"))


class TraceExtractor:
    """`trace_measures` as features; nothing to fit."""

    name = "trace_measures"

    def __call__(self, signals: SignalSet) -> np.ndarray:
        """Returns float64 (n, 4)."""
        # Float64 copies of a few slices at a time.
        starts = range(0, len(signals), CHUNK)
        return np.concatenate([trace_measures(signals.signal_mv[n : n + CHUNK], signals.fs) for n in starts])


@EXTRACTORS.register("trace_measures")
def _traces(train: SignalSet, seed: int) -> TraceExtractor:
    return TraceExtractor()
