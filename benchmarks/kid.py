"""How much the kernel distances of the judge vary, by what they are asked to leave out: seed, patients, draw.

    python benchmarks/kid.py --data-dir data --dataset i_adapted_z_folds-1.2.3.4.5.6-7-8 --runs runs/dcgan

- seeds: the splits validation against test, with feature networks of several seeds, least to most.
- patients: both splits together, halved by patient several times: mean and deviation; real against real, of one seed.
- a run: several draws, each as many as the test split has, against the test split: mean and deviation, of one seed.

Rows: `kid_random`; `kid_encoder`, as the judge has it, its features cut; the same not cut; not cut, and the mean over
100 pairs of random halves (Binkowski et al., ICLR 2018, average over subsets); `frechet_encoder`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from machine import JUDGE_PACKAGES, describe
from tabulate import tabulate

from ecg_synth.data.prepared import open_prepared
from ecg_synth.metrics.discrepancy import CUT, kernel_distance
from ecg_synth.metrics.encoder import Encoder
from ecg_synth.metrics.frechet import frechet_distance
from ecg_synth.metrics.loading import real_set
from ecg_synth.metrics.random_features import RandomFeatures
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.sampling.load import load_sampler

SUBSETS = 100


def cut(left, right):
    """The kernel distance of features that are cut as the judge cuts an encoder's."""
    return kernel_distance(*(np.clip(features, -CUT, CUT) for features in (left, right)))


def over_subsets(left, right):
    """The mean kernel distance over pairs of random halves."""
    stream = np.random.default_rng(0)
    halves = (
        [features[stream.choice(len(features), len(features) // 2, replace=False)] for features in (left, right)]
        for _ in range(SUBSETS)
    )
    return float(np.mean([kernel_distance(*pair) for pair in halves]))


WAYS = {
    "kid_random": ("random", kernel_distance),
    f"kid_encoder, cut at {CUT:g}": ("encoder", cut),
    "kid_encoder, not cut": ("encoder", kernel_distance),
    "not cut, over subsets": ("encoder", over_subsets),
    "frechet_encoder": ("encoder", frechet_distance),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a table with a row for each distance: how far it varies by seed, by patients and by draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--dataset")
    parser.add_argument("--runs", nargs="*", default=[])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--splits", type=int, default=12, help="halvings of the patients")
    parser.add_argument("--draws", type=int, default=6, help="of each run")
    options = parser.parse_args(arguments)
    print(describe(0, JUDGE_PACKAGES))
    prepared = open_prepared(options.data_dir, options.dataset)
    train, floor, test = (real_set(prepared, split) for split in ("train", "validation", "test"))
    n = len(test)
    made = {}
    for run in options.runs:
        sampler, facts = load_sampler(run)
        signal_mv = sampler.sample(n * options.draws, 0).decoded
        made[f"{facts['preset']}, epoch {facts['epoch']}"] = SignalSet.of(signal_mv, test.fs, test.leads)
    print(f"{len(train)} slices to train on; {len(floor)} and {n} real ones; {n} of each of {options.draws} draws")
    features = {
        name: [
            [extractor(signals) for signals in (floor, test, *made.values())]
            for extractor in (fit(train, seed) for seed in range(options.seeds))
        ]
        for name, fit in (("random", RandomFeatures), ("encoder", Encoder.fit))
    }
    groups = np.concatenate([floor.groups, test.groups])
    halves = [halved(groups, seed) for seed in range(options.splits)]
    rows = []
    for name, (extractor, distance) in WAYS.items():
        by_seed = [distance(of_floor, of_test) for of_floor, of_test, *_ in features[extractor]]
        of_floor, of_test, *of_runs = features[extractor][0]
        real = np.concatenate([of_floor, of_test])
        found = [[distance(real[half], real[~half]) for half in halves]]
        found += [[distance(part, of_test) for part in np.split(of_run, options.draws)] for of_run in of_runs]
        spread = [f"{np.mean(values):.3g} ± {np.std(values, ddof=1):.2g}" for values in found]
        rows.append((name, f"{min(by_seed):.3g} to {max(by_seed):.3g}", *spread))
    heads = ("distance", f"{options.seeds} seeds", "patients", *made)
    print(tabulate(rows, heads, tablefmt="github", disable_numparse=True))


def halved(groups, seed):
    """Which slices are of a random half of the patients."""
    patients = np.random.default_rng(seed).permutation(np.unique(groups))
    return np.isin(groups, patients[: len(patients) // 2])


if __name__ == "__main__":
    main()
