"""Two of NeuroKit2's delineators on the same beats: how often each fails, and how far apart they are."""

from __future__ import annotations

import numpy as np

from ecg_synth.metrics.clinical import clinical_lead, working_rate
from ecg_synth.metrics.delineation import PRIMARY, SECOND, delineate
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.signals.heart_rate import find_beats

# Interval: the points that it is between.
INTERVALS = {"pr": ("p_onset", "qrs_onset"), "qrs": ("qrs_onset", "qrs_offset"), "qt": ("qrs_onset", "t_offset")}


def compare_delineators(
    signals: SignalSet, methods: tuple[str, ...] = (PRIMARY, SECOND)
) -> dict[str, dict[str, float]]:
    """Delineates every beat by each method, with NeuroKit2's own QRS.

    Args:
        signals: The slices, of which `clinical_lead` is read.
        methods: Names of delineators, see `delineate`.

    Returns:
        By method: `failed`, the share of slices with beats in which it raised an error; `pr`, `qrs` and `qt`, the share
        of beats without that interval; `pr_ms`, `qrs_ms` and `qt_ms`, its median. NaN where there is no beat.
    """
    leads_mv = signals.signal_mv[:, :, clinical_lead(signals.leads)]
    read = [working_rate(lead, signals.fs) for lead in leads_mv]
    beats = [find_beats(lead, fs) for lead, fs in read]
    found = {}
    for method in methods:
        waves = [
            (fs, delineate(lead, fs, peaks, method))
            for (lead, fs), peaks in zip(read, beats, strict=True)
            if len(peaks)
        ]
        of = {"failed": float(np.mean([bool(wave.failure) for _, wave in waves])) if waves else float("nan")}
        for name, (start, stop) in INTERVALS.items():
            ms = [(wave.points[stop] - wave.points[start]) * 1000 / fs for fs, wave in waves]
            together = np.concatenate([*ms, np.zeros(0)])
            there = together[np.isfinite(together)]
            of[name] = 1 - len(there) / len(together) if len(together) else float("nan")
            of[f"{name}_ms"] = float(np.median(there)) if len(there) else float("nan")
        found[method] = of
    return found
