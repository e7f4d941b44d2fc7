"""What `strips.py` measures of strips of 10 s: at their borders, in their rhythm and beats, and beside patients'.

- jump, slope: mean |x[t+1] - x[t]| and |x[t+1] - 2 x[t] + x[t-1]| within 3 ms of a border over that 20 to 60 ms beside
  it; 1.0: none can be measured. Borders: ends of slices, windows or known parts; of `steady` the places where what was
  moved meets; of others, and of patients, multiples of a slice.
- told: AUROC of a classifier (MiniRocket, folds by strip) of 0.4 s around a border against 0.4 s elsewhere, for
  `steady` against the same phase of the beat in the strips before beats were moved; 0.5: chance.
- RR CV, %: deviation over mean of a strip's RR intervals (median of strips); HR SD: between strips; long, short: share
  of RR intervals above 1.5 and below 0.5 of the strip's median.
- own, other: correlation of the median beats of a strip's first and last third (median), and of different strips';
  whose: how often a strip's first third is more like its own last third than like another's (0.5: chance).
- RR apart: of slices of three beats or more, how much two RR intervals in a row differ over their mean (median).
- wander: power of 0.05 to 0.5 Hz, dB.
- c2st: AUROC of the judge's classifier, four windows of 2,025 samples cut at random from each strip, through P1's
  codec, against the same of fold 8; as many samples whatever the run's slices have.
"""

from __future__ import annotations

import numpy as np

from ecg_synth.codec import EcgImageCodec
from ecg_synth.metrics import clinical
from ecg_synth.metrics.random_features import RandomFeatures
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.metrics.two_sample import area_under_roc, held_out_scores

SECONDS, FS = 10.0, 1000.0
# Of a window, in samples.
LENGTH = 2025


def peaks_of(strips):
    """R peaks of each strip's first lead in s."""
    found = []
    for strip in strips[..., 0]:
        lead, fs = clinical.working_rate(strip, FS)
        found.append(clinical.find_beats(lead, fs) / fs)
    return found


def seams(strips, borders, beside):
    """Jump and slope at borders over those beside them, and how well a classifier tells borders."""
    ratios = []
    for order in (1, 2):
        at, near = [], []
        for strip, places in zip(np.abs(np.diff(strips[..., 0], order, axis=1)), borders, strict=True):
            for place in places[(places > 200) & (places < len(strip) - 200)]:
                at.append(strip[place - 3 : place + 3].mean())
                near.append(np.concatenate([strip[place - 60 : place - 20], strip[place + 20 : place + 60]]).mean())
        ratios.append(np.mean(at) / np.mean(near))
    stream = np.random.default_rng(0)
    elsewhere = beside or (strips, [stream.integers(300, strips.shape[1] - 300, len(p)) for p in borders])
    windows, groups, at_border = [], [], []
    for kind, (signals, all_places) in enumerate((elsewhere, (strips, borders))):
        for number, (strip, places) in enumerate(zip(signals[: len(strips)], all_places, strict=False)):
            for place in places[(places > 200) & (places < len(strip) - 200)]:
                windows.append(strip[place - 200 : place + 200])
                groups.append(number)
                at_border.append(kind == 1)
    at_border = np.array(at_border)
    made = SignalSet.of(np.stack(windows), FS)
    scores = held_out_scores(RandomFeatures(made, 0).kernels(made), at_border, np.array(groups), 0)
    return [*ratios, area_under_roc(scores[~at_border], scores[at_border])]


def rhythm_and_beats(strips):
    """HR, HR SD, RR CV, long, short, own, other, whose and wander."""
    peaks = peaks_of(strips)
    rr = [np.diff(found) for found in peaks if len(found) > 4]
    rates = np.array([60 / np.median(found) for found in rr])
    shares = np.concatenate([found / np.median(found) for found in rr])
    thirds = [
        (mean_beat(s[:, 0], p, 0, 1 / 3), mean_beat(s[:, 0], p, 2 / 3, 1)) for s, p in zip(strips, peaks, strict=True)
    ]
    first, last = (
        np.stack(beats) for beats in zip(*[t for t in thirds if t[0] is not None and t[1] is not None], strict=True)
    )
    alike = np.corrcoef(first, last)[: len(first), len(first) :]
    own, others = np.diag(alike), alike[~np.eye(len(alike), dtype=bool)].reshape(len(alike), -1)
    signals = strips[..., 0] - strips[..., 0].mean(axis=1, keepdims=True)
    power = np.abs(np.fft.rfft(signals * np.hanning(signals.shape[1]), axis=1)) ** 2
    frequencies = np.fft.rfftfreq(signals.shape[1], 1 / FS)
    wander = 10 * np.log10(power[:, (frequencies >= 0.05) & (frequencies < 0.5)].mean())
    return [
        rates.mean(),
        rates.std(),
        100 * np.median([found.std() / found.mean() for found in rr]),
        100 * (shares > 1.5).mean(),
        100 * (shares < 0.5).mean(),
        np.median(own),
        np.median(others),
        (own[:, None] > others).mean(),
        wander,
    ]


def rr_apart(slices):
    """Median difference of two RR intervals in a row over their mean, of slices of three beats or more."""
    rr = [np.diff(found)[:2] for found in peaks_of(slices) if len(found) > 2]
    return np.median([abs(one - other) / (one + other) * 2 for one, other in rr])


def mean_beat(lead, peaks, start, stop):
    """Median beat of a part of a strip, from 0.25 s before R to 0.45 s after; None of fewer than two."""
    places = (peaks[(peaks >= start * SECONDS) & (peaks < stop * SECONDS)] * FS).astype(int)
    beats = [lead[p - 250 : p + 450] for p in places if p >= 250 and p + 450 <= len(lead)]
    return np.median(beats, axis=0) if len(beats) > 1 else None


class Judge:
    """c2st of windows of strips against windows of the test strips.

    Args:
        trained: Strips that the features are fitted on.
        test: The strips that others are held against.
        patients: Of each of them.
    """

    def __init__(self, trained, test, patients):
        self.codec = EcgImageCodec(("i",), length=LENGTH, fs=FS)
        self.features = RandomFeatures(self.windows(trained)[0], 0)
        self.real, where = self.windows(test)
        self.patients = patients[where]

    def windows(self, strips):
        """Four windows cut out of each strip, through the codec, and which strip each is of."""
        stream, length = np.random.default_rng(0), LENGTH
        starts = stream.integers(0, strips.shape[1] - 4 * length + 1, len(strips))
        cut = [
            strip[s + k * length : s + (k + 1) * length]
            for strip, s in zip(strips, starts, strict=True)
            for k in range(4)
        ]
        signals = self.codec.decode(self.codec.encode_slices(np.stack(cut)).images)
        return SignalSet.of(signals, self.codec.fs, self.codec.leads), np.repeat(np.arange(len(strips)), 4)

    def __call__(self, strips, groups=None):
        """c2st of strips; `groups`: the patient of each, where they are patients'."""
        made, where = self.windows(strips)
        return self.compare(made, self.strangers(where) if groups is None else groups[where])

    def strangers(self, numbers):
        """A patient for each strip of a number, and no real one."""
        return np.array([f"strip {number}" for number in numbers])

    def compare(self, made, whose):
        """c2st of slices, of each `whose` it is."""
        kernels = np.concatenate([self.features.kernels(signals) for signals in (self.real, made)])
        synthetic = np.arange(len(kernels)) >= len(self.real)
        _, all_groups = np.unique(np.concatenate([self.patients, whose]), return_inverse=True)
        scores = held_out_scores(kernels, synthetic, all_groups, 0)
        return area_under_roc(scores[~synthetic], scores[synthetic])
