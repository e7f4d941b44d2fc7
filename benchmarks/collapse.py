"""What the detectors say of trainings with trouble and without: P1's Thyroid and RGB settings, and settings that break.

    python benchmarks/collapse.py --rgb data_rgb --thyroid data_thyroid --out /tmp/collapse --minutes 10 --docs docs
    ecg-synth prepare --source ptbxl --leads i ii iii --train-folds 1 2 3 4 5 6 --validation-folds 7 --test-folds 8 ...

Runs that stand in --out are gone on with, or taken as they are when their time is reached. --filters makes the
networks of the RGB settings smaller; P1's are 64 128 256.
"""

from __future__ import annotations

import argparse
import dataclasses
import shutil
import textwrap
import warnings
from pathlib import Path

import numpy as np
from machine import describe
from tabulate import tabulate

from ecg_synth import get_preset, open_prepared, train
from ecg_synth.config import TrainConfig
from ecg_synth.training.callbacks import TrainingWarning


def settings(filters: tuple[int, ...]) -> dict[str, tuple[str, TrainConfig]]:
    """Returns which data and which config, by name."""

    def rgb(preset: str, d_rate: float = 2e-4, g_rate: float = 2e-4, **changes: float) -> tuple[str, TrainConfig]:
        config = get_preset(preset)
        model = dataclasses.replace(config.model, filters=filters)
        optimizer = dataclasses.replace(config.optimizer, d_learning_rate=d_rate, g_learning_rate=g_rate)
        return "rgb", dataclasses.replace(config, model=model, optimizer=optimizer, epochs=10_000, **changes)

    return {
        "thyroid": ("thyroid", get_preset("thyroid")),
        "lead i, generator x 250": ("lead", rgb("dcgan", g_rate=5e-2)[1]),
        "rgb-30": rgb("rgb-30"),
        "rgb": rgb("rgb"),
        "rgb-30, R1": rgb("rgb-30", r1=10.0),
        "rgb-30, generator x 250": rgb("rgb-30", g_rate=5e-2),
        "rgb-30, both x 100": rgb("rgb-30", 2e-2, 2e-2),
    }


def main() -> None:
    """Prints what the detectors found in each training, and when; with --docs, copies the plots of its losses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rgb", help="prepared data of leads i, ii, iii")
    parser.add_argument("--lead", help="prepared data of lead i")
    parser.add_argument("--thyroid", help="prepared Thyroid data")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--minutes", type=float, default=10.0, help="a run")
    parser.add_argument("--epochs", type=int, default=10_000, help="a run of the RGB settings")
    parser.add_argument("--filters", type=int, nargs="+", default=[64, 128, 256])
    parser.add_argument("--only", nargs="+", help="names of settings")
    parser.add_argument("--docs", type=Path, help="where a plot of each run goes")
    options = parser.parse_args()
    print(describe(0))
    # The table says it.
    warnings.simplefilter("ignore", TrainingWarning)
    rows = []
    for name, (kind, config) in settings(tuple(options.filters)).items():
        place = getattr(options, kind)
        if place is None or (options.only and name not in options.only):
            continue
        slice_set = open_prepared(place).load("train")
        folder = options.out / name.replace(", ", "_").replace(" ", "-")
        epochs = min(config.epochs, options.epochs)
        config = dataclasses.replace(config, epochs=epochs, max_minutes=options.minutes)
        run = train(config, slice_set, folder, progress=False)
        rows.append((name, *_row(run, len(slice_set) // config.batch_size)))
        print(tabulate(rows[-1:]), flush=True)
        if options.docs:
            shutil.copy(run.images_dir / "losses.png", options.docs / f"health_{folder.name}.png")
    heads = ("run", "epochs", "updates", "diversity", "nearest", "noise", "of real", "told apart", "found (epochs)")
    print(tabulate(rows, heads))


def _row(run, steps):
    columns = run.metrics()
    last = slice(-5, None)
    ratio = [np.mean((columns[name] / columns[f"{name}_real"])[last]) for name in ("diversity", "nearest")]
    means = [columns[name][last].mean() for name in ("noise", "noise_real", "told_apart")]
    spans: dict[str, list[str]] = {}
    for one in run.health():
        spans.setdefault(one.trouble, []).append(f"{one.first}-{one.last}")
    found = "\n".join(textwrap.fill(f"{name} {', '.join(epochs)}", 80) for name, epochs in spans.items()) or "nothing"
    epochs = len(columns["epoch"])
    return (epochs, epochs * steps, *(f"{value:.3f}" for value in (*ratio, *means)), found)


if __name__ == "__main__":
    main()
