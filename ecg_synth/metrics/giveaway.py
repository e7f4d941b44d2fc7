"""What gives synthetic slices away: the classifier two-sample test, asked of one part of a slice at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ecg_synth.metrics.case import Judgement
from ecg_synth.metrics.random_features import RandomFeatures
from ecg_synth.metrics.section import SECTIONS, Section, Table
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.metrics.two_sample import area_under_roc, held_out_scores
from ecg_synth.plots_judge import giveaway_figure
from ecg_synth.signals.r_peaks import find_r_peaks

# Of a slice, in Hz: baseline, P and T, QRS, its edges, muscles and mains, and what only a fast converter sees.
BANDS_HZ = ((0.0, 1.0), (1.0, 5.0), (5.0, 15.0), (15.0, 40.0), (40.0, 100.0), (100.0, np.inf))
# Around the R peak, in s.
PHASES_S = {"P": (-0.25, -0.08), "QRS": (-0.06, 0.06), "ST and T": (0.08, 0.45)}
BEAT_POINTS = 24
MOST = 500
THRESHOLDS_FROM = 200

Part = Callable[[SignalSet], SignalSet]


@SECTIONS.register("giveaway")
def giveaway(judgement: Judgement) -> Section:
    """Returns how well a classifier tells candidate, and floor, from the reference by each part alone."""
    sets = {
        "train": judgement.train.signals.draw(THRESHOLDS_FROM, judgement.seed),
        "reference": judgement.reference.signals.draw(MOST, judgement.seed),
        "candidate": judgement.candidate.signals.draw(MOST, judgement.seed),
        "floor": judgement.floor.signals.draw(MOST, judgement.seed),
    }
    found = {name: _by_kernels(sets, part, judgement.seed) for name, part in parts(sets["train"]).items()}
    peaks = {role: r_peaks_of(sets[role]) for role in ("reference", "candidate", "floor")}
    for name, span in PHASES_S.items():
        features = {role: mean_beats(sets[role], peaks[role], span) for role in peaks}
        found[f"{name}: mean beat, {1000 * span[0]:.0f} to {1000 * span[1]:.0f} ms"] = _told(sets, features)
    rhythms = {role: rhythm(peaks[role], sets[role].fs) for role in peaks}
    found["beats: how many, and how far apart"] = _told(sets, rhythms)
    worst = max(found, key=lambda name: found[name][0] - found[name][1])
    text = [
        "AUROC of a classifier that sees one part of a slice alone, in folds that keep patients together: 0.5 is "
        "chance, 1 is told every time. The floor: real slices of other patients. What tells says where to mend; "
        "parts that do not tell apart may still do so together.",
        f"What gives the slices away most: {worst} ({found[worst][0]:.2f}; floor {found[worst][1]:.2f}).",
    ]
    rows = [[name, *values] for name, values in found.items()]
    origin = judgement.candidate.signals.origin
    return Section(
        "What gives it away",
        text,
        [Table("AUROC by part", ["what the classifier sees", origin, "floor"], rows)],
        {"AUROC by part": giveaway_figure(found, f"told from real by one part alone ({origin})")},
        {"auroc": {name: {"candidate": values[0], "floor": values[1]} for name, values in found.items()}},
    )


def parts(like: SignalSet) -> dict[str, Part]:
    """Returns what is left of slices by name: whole ones, bands of frequencies, and slices of one amplitude."""
    made: dict[str, Part] = {"all of it": lambda signals: signals}
    for low, high in BANDS_HZ:
        if low < like.fs / 2:
            top = "" if high >= like.fs / 2 else f" to {high:g}"
            made[f"{low:g}{top} Hz" if top else f"above {low:g} Hz"] = _band(low, high)
    made["amplitudes made alike"] = lambda signals: signals.with_signal(
        signals.signal_mv / np.maximum(signals.signal_mv.std(axis=1, keepdims=True), 1e-6)
    )
    return made


def _band(low: float, high: float) -> Part:
    def keep(signals: SignalSet) -> SignalSet:
        spectrum = np.fft.rfft(signals.signal_mv, axis=1)
        frequencies = np.fft.rfftfreq(signals.length, 1 / signals.fs)
        spectrum[:, (frequencies < low) | (frequencies >= high)] = 0
        return signals.with_signal(np.fft.irfft(spectrum, signals.length, axis=1))

    return keep


def r_peaks_of(signals: SignalSet) -> list[np.ndarray]:
    """Returns the sample numbers of the R peaks of each slice."""
    return [find_r_peaks(slice_mv, signals.fs) for slice_mv in signals.signal_mv]


def mean_beats(signals: SignalSet, r_peaks: Sequence[np.ndarray], span_s: tuple[float, float]) -> np.ndarray:
    """Returns the mean of each slice's beats around the R peak, float64 `(n, BEAT_POINTS * leads)`.

    Args:
        signals: Slices; one without a whole beat has zeros.
        r_peaks: The R peaks of each.
        span_s: From where to where, in s from the R peak.
    """
    points = np.round(np.linspace(span_s[0], span_s[1], BEAT_POINTS) * signals.fs).astype(int)
    found = np.zeros((len(signals), BEAT_POINTS, len(signals.leads)))
    for beat, slice_mv, peaks in zip(found, signals.signal_mv, r_peaks, strict=True):
        whole = peaks[(peaks + points[0] >= 0) & (peaks + points[-1] < signals.length)]
        if len(whole):
            beat[:] = slice_mv[whole[:, None] + points].mean(axis=0)
    return found.reshape(len(signals), -1)


def rhythm(r_peaks: Sequence[np.ndarray], fs: float) -> np.ndarray:
    """Returns number of beats, and mean, deviation and range of the times between them in s, float64 `(n, 4)`.

    Args:
        r_peaks: The R peaks of each slice; times are 0 where there are fewer than two.
        fs: Sampling rate in Hz.
    """
    found = np.zeros((len(r_peaks), 4))
    for row, peaks in zip(found, r_peaks, strict=True):
        times = np.diff(peaks) / fs
        row[0] = len(peaks)
        if len(times):
            row[1:] = times.mean(), times.std(), np.ptp(times)
    return found


def _by_kernels(sets: dict[str, SignalSet], part: Part, seed: int) -> tuple[float, float]:
    seen = {role: part(signals) for role, signals in sets.items()}
    extractor = RandomFeatures(seen["train"], seed)
    return _told(sets, {role: extractor.kernels(seen[role]).astype(np.float64) for role in seen})


def _told(sets: dict[str, SignalSet], features: dict[str, np.ndarray]) -> tuple[float, float]:
    """AUROC of the candidate against the reference, and of the floor."""
    values = []
    for role in ("candidate", "floor"):
        both = np.concatenate([features["reference"], features[role]])
        synthetic = np.arange(len(both)) >= len(features["reference"])
        names = np.concatenate([sets["reference"].groups.astype(str), sets[role].groups.astype(str)])
        _, groups = np.unique(names, return_inverse=True)
        scores = held_out_scores(both, synthetic, groups, seed=0)
        values.append(area_under_roc(scores[~synthetic], scores[synthetic]))
    return values[0], values[1]
