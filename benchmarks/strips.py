"""Ways to draw 10 s from a flow of 2 s slices, beside patients' strips: seams, rhythm, one patient's beats, realness.

    python benchmarks/strips.py --records ptbxl --run pretrained:ptbxl-i --seeds 0 1 --picture docs/strips.png

- slices end to end: five slices, one after the other.
- windows, half / three quarters: one noise; at each step a strip's velocity is the mean of its windows', weighted by a
  sine (Bar-Tal et al. 2023, MultiDiffusion).
- inpainting: a slice, whose second half is known to the next; at time t what is known is (1 - t) noise + t known.
- long, all to all: the network on a grid five times as long (models/long_flow.py), its attention as it is.
- long, to the middle: all look at the middle slice: `StripSampler(..., steady=False)`.
- steady: `StripSampler`, what `ecg-synth generate --seconds 10` writes: halfway its beats are moved, and those that
  stand out are made like the others.

Real strips: lead I of PTB-XL, fold 8 (no model saw its patients); the floor is fold 7 against it.

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
- c2st: AUROC of the judge's classifier, four windows of a slice's length cut at random from each strip, through the
  codec, against the same of fold 8.
- CPU s: a strip, graphs not counted.
"""

from __future__ import annotations

import argparse
import itertools
import time

import numpy as np
from machine import JUDGE_PACKAGES, describe
from tabulate import tabulate

from ecg_synth.config import SourceConfig
from ecg_synth.metrics import clinical
from ecg_synth.metrics.random_features import RandomFeatures
from ecg_synth.metrics.signal_set import SignalSet, centered
from ecg_synth.metrics.two_sample import area_under_roc, held_out_scores
from ecg_synth.models.grid import off_grid
from ecg_synth.models.long_flow import LongFlow
from ecg_synth.plots_signals import ecg_columns
from ecg_synth.sampling import strips as sampling
from ecg_synth.sampling.load import load_sampler
from ecg_synth.sampling.strips import StripSampler
from ecg_synth.sources.databases import open_source

SECONDS, FS = 10.0, 1000.0
HEADS = ("", "jump", "slope", "told", "HR", "HR SD", "RR CV, %", "long, %", "short, %", "own", "other", "whose")
HEADS = (*HEADS, "wander", "c2st", "CPU s")
ROWS = 6


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", required=True, help="PTB-XL's folder")
    parser.add_argument("--run", default="pretrained:ptbxl-i")
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1])
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=list(WAYS))
    parser.add_argument("--picture", help="PNG of strips of the first seed beside real ones")
    options = parser.parse_args(arguments)
    print(describe(options.seeds[0], JUDGE_PACKAGES))
    sampler, facts = load_sampler(options.run)
    folds = {fold: real_strips(options.records, fold) for fold in (1, 2, 7, 8)}
    (test, patients), count = folds[8], len(folds[8][0])
    trained = np.concatenate([folds[1][0], folds[2][0]])
    judge = _Judge(sampler.codec, trained, test, patients)
    print(f"{count} strips of {len(set(patients))} patients of fold 8; run {options.run}, epoch {facts['epoch']}")
    every = np.arange(1, 5) * sampler.codec.length
    print(f"slices of fold 8: RR apart {rr_apart(judge.real.signal_mv):.3f}")
    rows = []

    def row(name, strips, borders, beside=None, groups=None, seconds=None):
        found = [*seams(strips, borders, beside), *rhythm_and_beats(strips), judge(strips, groups), seconds]
        rows.append([name, *found])
        print(tabulate([rows[-1]], headers=HEADS, floatfmt=".3g", tablefmt="plain"), flush=True)
        return found

    row("patients, fold 8", test, [every] * count)
    rows[-1][-2] = None
    row("patients, fold 7", folds[7][0], [every] * len(folds[7][0]), groups=folds[7][1])
    for seed in options.seeds:
        made = SignalSet.of(sampler.sample(4 * count, seed).decoded, FS)
        told = judge.compare(made, judge.strangers(range(4 * count)))
        print(f"plain slices, seed {seed}: c2st {told:.3f}, RR apart {rr_apart(made.signal_mv):.3f}", flush=True)
    for name in options.ways:
        found = []
        for seed in options.seeds:
            # Graphs are made before the clock runs.
            way = WAYS[name](sampler)
            way(seed, 1)
            start = time.process_time()
            strips, borders, beside = way(seed, count)
            seconds = (time.process_time() - start) / len(strips)
            found.append(row(f"{name}, seed {seed}", strips[:count], borders[:count], beside, seconds=seconds))
            if options.picture and name == "steady" and seed == options.seeds[0]:
                picture(strips, test, facts, seed, options.picture)
        rows.append([f"**{name}**", *np.mean(np.array(found, float), axis=0)])
    print(tabulate(rows, headers=HEADS, floatfmt=".3g", tablefmt="github"))


def real_strips(folder, fold):
    """Lead I of a fold's records, float32 (n, 10000, 1) in mV, medians at 0, and the patient of each."""
    source = open_source("ptbxl", folder, SourceConfig())
    entries = [entry for entry in source.entries if entry.fold == fold]
    signals = [source.read(entry, ("i",), FS).p_signal[: round(SECONDS * FS)] for entry in entries]
    return centered(np.stack(signals)), np.array([entry.patient for entry in entries])


class _Drawn:
    """What the ways share: the noise of a strip, the steps, and the way to mV."""

    slices = 5

    def __init__(self, sampler):
        self.sampler, self.flow = sampler, sampler.gan.sampler
        self.grid, self.leads = self.flow.velocity.input_shape[0][1:]
        self.net = self.flow.velocity
        self._graph = None

    def noise(self, seed, count):
        return (
            np.random.default_rng(seed).standard_normal((count, self.slices * self.grid, self.leads)).astype("float32")
        )

    def velocity(self, x, time, step):
        import tensorflow as tf

        if self._graph is None:
            self._graph = tf.function(
                lambda x, time, step: self.flow._velocity(self.net, x, time, step, None), reduce_retracing=True
            )
        return self._graph(*(tf.constant(value, tf.float32) for value in (x, time, step))).numpy()

    def _step(self, time):
        number = int(np.argmin(np.abs(self.flow.times[:-1] - float(time))))
        return self.flow.times[number + 1] - self.flow.times[number]

    def plain(self, x, time):
        return self.velocity(x, time, self._step(time))

    def solve(self, field, x):
        for start, end in itertools.pairwise(self.flow.times):
            x = np.asarray(self.flow._solve(field, x, start, end - start))
        return x

    def mv(self, samples):
        """On the long grid, or on that of slices: each is brought back as a whole."""
        mean, deviation = self.flow.mean.numpy(), self.flow.deviation.numpy()
        codec = self.sampler.codec
        length = samples.shape[1] * codec.length // self.grid
        unit = off_grid(samples * deviation + mean, length, codec.fs, self.sampler.gan.emphasis)
        return centered(1.25 * unit)


class _EndToEnd(_Drawn):
    def __call__(self, seed, count):
        parts = [self.mv(self.solve(self.plain, part)) for part in np.split(self.noise(seed, count), 5, axis=1)]
        strips = np.concatenate(parts, axis=1)[:, : round(SECONDS * FS)]
        return strips, [np.arange(1, 5) * self.sampler.codec.length] * count, None


class _Windows(_Drawn):
    share = 0.5

    def __call__(self, seed, count):
        noise, stride = self.noise(seed, count), round(self.grid * (1 - self.share))
        starts = range(0, noise.shape[1] - self.grid + 1, stride)
        weight = np.sin(np.pi * (np.arange(self.grid) + 0.5) / self.grid)[:, None] + 1e-3
        total = sum(np.pad(weight, ((s, noise.shape[1] - s - self.grid), (0, 0))) for s in starts)

        def field(x, time, step):
            found = np.zeros_like(x)
            for start in starts:
                chosen = slice(start, start + self.grid)
                found[:, chosen] += weight / total[chosen] * self.velocity(x[:, chosen], time, step)
            return found

        strips = self.mv(self.solve(lambda x, time: field(np.asarray(x), time, self._step(time)), noise))
        ends = np.unique([border for s in starts for border in (s, s + self.grid)])[1:-1]
        return strips[:, : round(SECONDS * FS)], [np.rint(ends * 2025 / self.grid).astype(int)] * count, None


class _MoreWindows(_Windows):
    share = 0.75


class _Inpainting(_Windows):
    def __call__(self, seed, count):
        noise, half = self.noise(seed, count), self.grid // 2
        found = np.zeros_like(noise)
        found[:, : self.grid] = self.solve(self.plain, noise[:, : self.grid])
        starts = range(half, noise.shape[1] - self.grid + 1, half)
        for start in starts:
            own, known = noise[:, start : start + self.grid], found[:, start : start + half]

            def field(x, time, own=own, known=known):
                x = np.array(x)
                x[:, :half] = (1 - time) * own[:, :half] + time * known
                return self.velocity(x, time, self._step(time))

            found[:, start + half : start + self.grid] = self.solve(field, own)[:, half:]
        ends = np.rint((np.array(starts) + half) * 2025 / self.grid).astype(int)
        return self.mv(found)[:, : round(SECONDS * FS)], [ends] * count, None


class _AllToAll(_Drawn):
    def __init__(self, sampler):
        import keras

        import ecg_synth.models.long_flow as long_flow

        super().__init__(sampler)
        own = long_flow._ToTheMiddle
        long_flow._ToTheMiddle = type("Plain", (keras.layers.MultiHeadAttention,), {})
        self.long = LongFlow(sampler.gan, self.slices)
        long_flow._ToTheMiddle = own

    def __call__(self, seed, count):
        noise = self.noise(seed, -(-count // 8) * 8)
        strips = centered(1.25 * self.long.unit(self.long.finish(self.long.halfway(noise))))
        strips = strips[:count, : round(SECONDS * FS)]
        return strips, [np.arange(1, 5) * self.sampler.codec.length] * count, None


class _ToTheMiddle:
    steady = False

    def __init__(self, sampler):
        self.strips = StripSampler(sampler, SECONDS, self.steady)
        self.length = sampler.codec.length

    def __call__(self, seed, count):
        strips = np.concatenate([part.decoded for part in self.strips.iter_blocks(64, seed)])
        return strips, [np.arange(1, 5) * self.length] * len(strips), None


class _Steady(_ToTheMiddle):
    """Its borders are where what was moved meets, and beside them stands the same phase of unmoved beats."""

    steady = True

    def __call__(self, seed, count):
        orders, order = [], sampling.moved

        def kept(*given):
            orders.append(order(*given))
            return orders[-1]

        sampling.moved = kept
        strips, _, _ = super().__call__(seed, count)
        sampling.moved = order
        rate = self.strips._long.grid * FS / self.strips._long.length
        borders = [np.rint((np.flatnonzero(np.abs(np.diff(o)) > 1) + 1) / rate * FS).astype(int) for o in orders]
        return strips, borders, self.beside(seed)

    def beside(self, seed):
        free = StripSampler(self.strips.slices, SECONDS, steady=False).sample(64, seed).decoded
        phases = [(p[:-1] + 0.6 * np.diff(p)) * FS for p in peaks_of(free)]
        return free, [np.rint(phase).astype(int) for phase in phases]


WAYS = {
    "slices end to end": _EndToEnd,
    "windows, half": _Windows,
    "windows, three quarters": _MoreWindows,
    "inpainting": _Inpainting,
    "long, all to all": _AllToAll,
    "long, to the middle": _ToTheMiddle,
    "steady": _Steady,
}


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


class _Judge:
    """c2st of windows of strips against windows of the test strips."""

    def __init__(self, codec, trained, test, patients):
        self.codec = codec
        self.features = RandomFeatures(self.windows(trained)[0], 0)
        self.real, where = self.windows(test)
        self.patients = patients[where]

    def windows(self, strips):
        stream, length = np.random.default_rng(0), self.codec.length
        starts = stream.integers(0, strips.shape[1] - 4 * length + 1, len(strips))
        cut = [
            strip[s + k * length : s + (k + 1) * length]
            for strip, s in zip(strips, starts, strict=True)
            for k in range(4)
        ]
        signals = self.codec.decode(self.codec.encode_slices(np.stack(cut)).images)
        return SignalSet.of(signals, self.codec.fs, self.codec.leads), np.repeat(np.arange(len(strips)), 4)

    def __call__(self, strips, groups=None):
        made, where = self.windows(strips)
        return self.compare(made, self.strangers(where) if groups is None else groups[where])

    def strangers(self, numbers):
        return np.array([f"strip {number}" for number in numbers])

    def compare(self, made, whose):
        kernels = np.concatenate([self.features.kernels(signals) for signals in (self.real, made)])
        synthetic = np.arange(len(kernels)) >= len(self.real)
        _, all_groups = np.unique(np.concatenate([self.patients, whose]), return_inverse=True)
        scores = held_out_scores(kernels, synthetic, all_groups, 0)
        return area_under_roc(scores[~synthetic], scores[synthetic])


def picture(strips, test, facts, seed, path):
    """The first strips of a seed beside real ones that it draws."""
    chosen = np.random.default_rng(seed).choice(len(test), ROWS, replace=False)
    columns = [("PTB-XL, fold 8, measured", test[chosen]), (f"synthetic, strips 0 to {ROWS - 1}", strips[:ROWS])]
    title = f"10 s, lead I: patients and preset {facts['preset']}, epoch {facts['epoch']}; drawn by seed {seed}"
    ecg_columns(columns, FS, ("i",), path, title)


if __name__ == "__main__":
    main()
