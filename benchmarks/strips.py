"""Ways to draw 10 s from a flow of 2 s slices, beside patients' strips: seams, rhythm, one patient's beats, realness.

    python benchmarks/strips.py --records ptbxl --run pretrained:ptbxl-i-strips --seeds 0 1 --picture docs/strips.png

The ways are in strips_ways.py, what the columns mean in strips_figures.py; CPU s: a strip, graphs not counted. Real
strips: lead I of PTB-XL, fold 8 (no model saw its patients); the floor is fold 7 against it.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from machine import JUDGE_PACKAGES, describe
from strips_figures import FS, LENGTH, SECONDS, Judge, rhythm_and_beats, rr_apart, seams
from strips_ways import WAYS
from tabulate import tabulate

from ecg_synth.config import SourceConfig
from ecg_synth.metrics.signal_set import SignalSet, centered
from ecg_synth.plots_signals import ecg_columns
from ecg_synth.sampling.load import load_sampler
from ecg_synth.sources.databases import open_source

HEADS = ("", "jump", "slope", "told", "HR", "HR SD", "RR CV, %", "long, %", "short, %", "own", "other", "whose")
HEADS = (*HEADS, "wander", "c2st", "CPU s")
ROWS = 6


def main(arguments: list[str] | None = None) -> None:
    """Prints a row a way and seed of what strips_figures.py measures, then all of them with means by way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", required=True, help="PTB-XL's folder")
    parser.add_argument("--run", default="pretrained:ptbxl-i-strips")
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1])
    parser.add_argument("--ways", nargs="*", default=list(WAYS), choices=list(WAYS))
    parser.add_argument("--picture", help="PNG of strips of the first seed beside real ones")
    options = parser.parse_args(arguments)
    print(describe(options.seeds[0], JUDGE_PACKAGES))
    sampler, facts = load_sampler(options.run)
    folds = {fold: real_strips(options.records, fold) for fold in (1, 2, 7, 8)}
    (test, patients), count = folds[8], len(folds[8][0])
    trained = np.concatenate([folds[1][0], folds[2][0]])
    judge = Judge(trained, test, patients)
    print(f"{count} strips of {len(set(patients))} patients of fold 8; run {options.run}, epoch {facts['epoch']}")
    every = np.arange(1, 5) * LENGTH
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
        slices = sampler.sample(4 * count, seed).decoded
        told = judge.compare(SignalSet.of(slices[:, :LENGTH], FS), judge.strangers(range(4 * count)))
        print(f"plain slices, seed {seed}: c2st {told:.3f}, RR apart {rr_apart(slices):.3f}", flush=True)
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


def picture(strips, test, facts, seed, path):
    """The first strips of a seed beside real ones that it draws."""
    chosen = np.random.default_rng(seed).choice(len(test), ROWS, replace=False)
    columns = [("PTB-XL, fold 8, measured", test[chosen]), (f"synthetic, strips 0 to {ROWS - 1}", strips[:ROWS])]
    title = f"10 s, lead I: patients and preset {facts['preset']}, epoch {facts['epoch']}; drawn by seed {seed}"
    ecg_columns(columns, FS, ("i",), path, title)


if __name__ == "__main__":
    main()
