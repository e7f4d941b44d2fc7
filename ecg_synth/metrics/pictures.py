"""What the eye sees: slices side by side, beats laid over each other, spectra (P1, figs. 7, 11, 16-19)."""

from __future__ import annotations

import numpy as np

from ecg_synth.metrics.case import Judgement
from ecg_synth.metrics.section import SECTIONS, Section
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.metrics.spectra import BAND_HZ
from ecg_synth.plots_judge import beats_figure, spectra_figure
from ecg_synth.plots_signals import columns_figure
from ecg_synth.signals.r_peaks import find_r_peaks

TRACES = 8
# Around the R peak: from before the P wave to after the T wave of a normal heart.
BEAT_S = (-0.3, 0.5)
# Finding R peaks takes some milliseconds a slice.
BEATS_FROM = 200


@SECTIONS.register("pictures")
def pictures(judgement: Judgement) -> Section:
    """Returns slices drawn, not chosen, beside each other; and beats and spectra of all sets."""
    sets = {_named("reference", judgement.reference.signals): judgement.reference.signals}
    sets[_named("floor", judgement.floor.signals)] = judgement.floor.signals
    sets[_named("candidate", judgement.candidate.signals)] = judgement.candidate.signals
    first = judgement.reference.signals
    count = max(1, TRACES // len(first.leads))
    drawn = [(name, signals.draw(count, judgement.seed).signal_mv) for name, signals in sets.items()]
    frequencies = np.fft.rfftfreq(first.length, 1 / first.fs)
    frequencies = frequencies[(frequencies >= BAND_HZ[0]) & (frequencies <= BAND_HZ[1])]
    features = (judgement.reference, judgement.floor, judgement.candidate)
    spectra = {
        name: judged.features("spectrum").reshape(len(judged.signals), len(frequencies), -1)
        for name, judged in zip(sets, features, strict=True)
    }
    span = np.arange(round(BEAT_S[0] * first.fs), round(BEAT_S[1] * first.fs))
    beats = {name: beats_of(signals.draw(BEATS_FROM, judgement.seed), span) for name, signals in sets.items()}
    origin = judgement.candidate.signals.origin
    return Section(
        "To the eye",
        ["Slices were drawn by the seed, not chosen. Lines are medians, bands hold 90 % of each set."],
        figures={
            f"Real slices beside {origin} ones, drawn by the seed": columns_figure(
                drawn, first.fs, first.leads, "drawn by the seed, not chosen"
            ),
            "Beats laid over each other at the R peak": beats_figure(
                span / first.fs, beats, first.leads, f"beats of at most {BEATS_FROM} slices of each set"
            ),
            "Power spectra": spectra_figure(frequencies, spectra, first.leads, "power spectra, Hann window"),
        },
        values={"beats": {name: len(found) for name, found in beats.items()}},
    )


def beats_of(signals: SignalSet, span: np.ndarray) -> np.ndarray:
    """Returns the beats of all slices that lie wholly inside them, float32 `(beats, len(span), leads)` in mV.

    Args:
        signals: Slices.
        span: Sample numbers around an R peak to take, increasing.
    """
    found = [
        slice_mv[peak + span]
        for slice_mv in signals.signal_mv
        for peak in find_r_peaks(slice_mv, signals.fs)
        if peak + span[0] >= 0 and peak + span[-1] < signals.length
    ]
    return np.stack(found) if found else np.zeros((0, len(span), len(signals.leads)), np.float32)


def _named(role: str, signals: SignalSet) -> str:
    return f"{signals.origin}, {'other patients' if role == 'floor' else role}"
