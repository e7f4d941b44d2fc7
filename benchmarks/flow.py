"""What gives a flow's slices away: the grid it works on, and how it is sampled.

    python benchmarks/flow.py --data-dir data --dataset DATASET --grids 2025 1024 768 640 512 384
    python benchmarks/flow.py --data-dir data --dataset DATASET --runs runs/flow --samplers heun:25 heun-to-the-end:25

- grids: real slices of the validation split without what a grid cannot hold, against the test split: what the judge
  sees of the cut alone. 2025 cuts nothing: the floor.
- gains: real slices of the training split, each stretched by a factor drawn between 1 / gain and gain, against the test
  split: what `--gain` buys. To choose by it, prepare with the validation's fold as `--test-folds`.
- --trained-on: the nearest training slice of each synthetic one, and of each of patients that no model saw.
- samplers: `SOLVER:STEPS[:POWER]`, the times 1 - (1 - s)^POWER of uniform s (1 by default). `heun-to-the-end` looks at
  the velocity at time 1 too, where nothing was learnt. A run of `flow_shortcut` is sampled by `euler`.

c2st: AUROC of a classifier that tells both apart (0.5: it cannot). CPU s: of drawing as many slices as the test split
has. The same latents in every row.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from machine import JUDGE_PACKAGES, describe
from nearness import nearness
from scipy import fft
from tabulate import tabulate

from ecg_synth import JudgeConfig, evaluate, open_prepared
from ecg_synth.metrics.loading import real_set, through
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.models import SOLVERS, Flow
from ecg_synth.plots_many_leads import ecg_tiles
from ecg_synth.plots_signals import ecg_columns
from ecg_synth.sampling.load import load_sampler

ROWS = 12
METRICS = (
    "c2st",
    "frechet_random",
    "spectrum_db",
    "precision",
    "recall",
    "coverage",
    "clinic_heart_rate",
    "clinic_qrs",
)


def main(arguments: list[str] | None = None) -> None:
    """Prints a row of the judge's figures for each grid, and for each run and way to sample it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--dataset")
    parser.add_argument("--grids", nargs="*", type=int, default=[])
    parser.add_argument("--gains", nargs="*", type=float, default=[])
    parser.add_argument("--runs", nargs="*", default=[])
    parser.add_argument("--samplers", nargs="*", default=["heun:25"])
    parser.add_argument("--metrics", nargs="*", default=list(METRICS))
    parser.add_argument("--trained-on", help="dataset of the runs: prints how near to its slices they come")
    parser.add_argument("--picture", help="PNG of 24 random slices of the first run beside 24 real ones")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    print(describe(options.seed, JUDGE_PACKAGES))
    prepared = open_prepared(options.data_dir, options.dataset)
    test, validation = (real_set(prepared, split) for split in ("test", "validation"))
    config = JudgeConfig(
        dataset=prepared.name, metrics=tuple(options.metrics), replicates=2, sections=("none",), seed=options.seed
    )
    if options.picture:
        picture(options.runs[0], test, options.seed, options.picture)
    if options.trained_on:
        seen = real_set(open_prepared(options.data_dir, options.trained_on), "train").signal_mv
        drawn = {run: load_sampler(run)[0].sample(len(test), options.seed).decoded for run in options.runs}
        for line in nearness(drawn, test.signal_mv, seen):
            print(line, flush=True)
    rows = []

    def judged(name, signals, seconds):
        found = evaluate(prepared, signals, config=config)["metrics"]
        rows.append([name, *(found[metric]["value"] for metric in options.metrics), seconds])
        print(tabulate(rows, headers=["", *options.metrics, "CPU s"], floatfmt=".3g"), flush=True)

    for grid in options.grids:
        held = fft.dct(validation.signal_mv, axis=1, norm="ortho")
        held[:, grid:] = 0
        cut = fft.idct(held, axis=1, norm="ortho").astype(np.float32)
        judged(f"real, cut to a grid of {grid}", through(prepared.codec, validation.with_signal(cut)), None)
    train = real_set(prepared, "train") if options.gains else None
    for gain in options.gains:
        drawn = np.random.default_rng(options.seed)
        chosen = drawn.choice(len(train), min(len(train), 3 * len(test)), replace=False)
        factors = np.exp(np.log(gain) * drawn.uniform(-1, 1, (len(chosen), 1, 1)))
        stretched = (train.signal_mv[chosen] * factors).astype(np.float32)
        made = SignalSet.of(stretched, train.fs, train.leads, f"stretched by {gain}", train.origin)
        judged(f"training slices, stretched by up to {gain}", through(prepared.codec, made), None)
    for run in options.runs:
        sampler, facts = load_sampler(run)
        for sampled in options.samplers:
            of_run = steered(sampler, sampled)
            start = time.process_time()
            drawn = of_run.sample(len(test), options.seed).decoded
            seconds = time.process_time() - start
            codec = sampler.codec
            made = SignalSet.of(drawn, codec.fs, tuple(codec.leads), run, "synthetic")
            judged(f"{run}, epoch {facts['epoch']}, {sampled}", made, seconds)


def picture(run, test, seed, path):
    """Draws the first slices of a seed beside real ones that it chooses."""
    sampler, facts = load_sampler(run)
    chosen = np.random.default_rng(seed).choice(len(test), 2 * ROWS, replace=False)
    real, made = test.signal_mv[chosen], sampler.sample(2 * ROWS, seed).decoded
    title = f"24 random slices, measured and synthetic (preset {facts['preset']}, epoch {facts['epoch']}), seed {seed}"
    measured = f"{test.origin}, other patients"
    if len(test.leads) > 1:
        ecg_tiles([(measured, real), ("synthetic", made)], test.fs, test.leads, path, title)
        return
    columns = [(measured, part) for part in (real[:ROWS], real[ROWS:])]
    columns += [("synthetic", part) for part in (made[:ROWS], made[ROWS:])]
    ecg_columns(columns, test.fs, test.leads, path, title)


def steered(sampler, text):
    """A sampler of the same weights that goes the way `text` says; a GAN has one way alone."""
    if not isinstance(sampler.gan, Flow):
        return sampler
    name, steps, *power = text.split(":")
    shares = np.linspace(0.0, 1.0, int(steps) + 1)
    flow = sampler.gan.sampler
    flow._times = (1.0 - (1.0 - shares) ** float(power[0] if power else 1.0)).astype("float32")
    flow._solve = to_the_end if name == "heun-to-the-end" else SOLVERS[name]
    return type(sampler)(sampler.gan, sampler.codec, sampler.class_names)


def to_the_end(velocity, x, time, step):
    """Heun's method as it is in textbooks, the end of the last step included."""
    here = velocity(x, time)
    return x + 0.5 * step * (here + velocity(x + step * here, time + step))


if __name__ == "__main__":
    main()
