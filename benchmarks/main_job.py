"""The main job on a database: prepare, train, generate, export; prints what each step did a second, and draws.

    python benchmarks/main_job.py --source-dir ../shared/data/ptbdb --out /tmp/ptb --minutes 20 --picture docs/ptb.png
    python benchmarks/main_job.py --source wfdb --table patients.csv --source-dir ../shared/data/ptbxl/records500 ...

A run folder that stands in --out is gone on with, or taken as it is when its time is reached.
"""

from __future__ import annotations

import argparse
import dataclasses
import shutil
import time
from pathlib import Path

import numpy as np
from machine import describe
from tabulate import tabulate

from ecg_synth import (
    export_saved_model,
    get_preset,
    load_sampler,
    open_prepared,
    prepare,
    train,
    write_synthetic,
)
from ecg_synth.plots_signals import ecg_columns


def timed(work, *arguments, **keywords):
    started = time.perf_counter()
    result = work(*arguments, **keywords)
    return result, time.perf_counter() - started


def main() -> None:
    """Prints the seconds of each step from records to SavedModel, and how much it does a second."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source-dir", required=True)
    parser.add_argument("--source", default="ptb")
    parser.add_argument("--table")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--preset", default="dcgan")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args()
    print(describe(options.seed))

    # Warm, so that the time of importing TensorFlow and TFDS is not taken for the time of the work.
    scratch = options.out / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    choice = {"source": options.source, "table": options.table}
    prepare(options.source_dir, scratch / "warm", **choice)
    prepared, seconds = timed(prepare, options.source_dir, scratch / "measured", **choice)
    slices = sum(prepared.splits.values())
    rows = [("prepare", f"{slices} slices", seconds, slices / seconds)]

    prepared = prepare(options.source_dir, options.out / "data", **choice)
    slice_set, seconds = timed(prepared.load, "train")
    rows.append(("load into memory", f"{len(slice_set)} images", seconds, len(slice_set) / seconds))

    preset = get_preset(options.preset)
    config = dataclasses.replace(preset, epochs=100_000, max_minutes=options.minutes, seed=options.seed)
    run = train(config, slice_set, options.out / "run", preset=options.preset)
    checkpoint = run.newest_checkpoint()
    trained = checkpoint.epoch * (len(slice_set) // config.batch_size) * config.batch_size
    rows.append(
        (
            f"train ({options.preset}, {checkpoint.epoch} epochs)",
            f"{trained} images",
            checkpoint.minutes * 60,
            trained / checkpoint.minutes / 60,
        )
    )

    sampler, facts = load_sampler(run.path)
    sampler.sample(1, options.seed)
    samples, seconds = timed(sampler.sample, options.count, options.seed)
    rows.append(("generate and decode", f"{options.count} slices", seconds, options.count / seconds))
    arguments = (sampler, facts, options.count, options.seed, options.out / "synthetic")
    _, seconds = timed(write_synthetic, *arguments, overwrite=True)
    rows.append(("generate, decode, write WFDB", f"{options.count} slices", seconds, options.count / seconds))
    _, seconds = timed(export_saved_model, sampler, facts, options.out / "saved_model", overwrite=True)
    rows.append(("export SavedModel", "1 model", seconds, float("nan")))
    print(tabulate(rows, headers=("step", "what", "seconds", "a second"), floatfmt=".1f"))
    shutil.rmtree(scratch)

    if options.picture:
        held_out = open_prepared(prepared.path).load("test")
        chosen = np.sort(np.random.default_rng(options.seed).choice(len(held_out), 6, replace=False))
        columns = [
            (f"{held_out.origin}, held out", sampler.codec.decode(held_out.images[chosen])),
            (f"synthetic ({options.preset}, {checkpoint.minutes:.0f} min)", samples.decoded[:6]),
        ]
        title = f"{prepared.name}: {held_out.origin} slices beside synthetic ones, not chosen"
        ecg_columns(columns, sampler.codec.fs, sampler.codec.leads, options.picture, title)


if __name__ == "__main__":
    main()
