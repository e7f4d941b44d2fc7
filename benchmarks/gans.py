"""What trained runs make of a dataset: figures beside those of real slices, and a picture of each run.

    ecg-synth train --data-dir data --run-dir runs/rgb --preset rgb --dtype mixed_bfloat16
    python benchmarks/gans.py runs/rgb runs/acgan --data-dir data --docs docs

Of each run, 500 synthetic slices against the real ones of the split `test`, lead by lead, means over the leads; below
each the same figures of the split `validation`, the floor. None of them judges an ECG; that is the judge's work.

- spectrum: error of the mean log spectrum, 1 to 100 Hz, in dB
- seams: jumps where a row of the image ends, over jumps elsewhere
- frechet: distance of random-convolution features, in units of the real features' deviations
- einthoven: mean of |III - (II - I)| in mV, where a run has these leads
- found: what the detectors named, and in which epochs
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from machine import describe
from seams import figures
from tabulate import tabulate

from ecg_synth import load_sampler, open_prepared
from ecg_synth.plots_signals import ecg_columns
from ecg_synth.training import Run

COUNT = 500
TRACES = 6


def main(arguments: list[str] | None = None) -> None:
    """Prints a table of each run's figures and of real slices'; with --docs, draws a picture of each run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--dataset", help="what to compare with, where a run was trained on crops of longer slices")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--docs", type=Path, help="folder of the pictures: gan_RUN.png")
    options = parser.parse_args(arguments)
    print(describe(options.seed))
    rows = []
    for path in options.runs:
        rows += _rows(path, options)
    heads = (
        "run",
        "slices",
        "epochs",
        "steps",
        "minutes",
        "spectrum, dB",
        "seams",
        "frechet",
        "einthoven, mV",
        "found",
    )
    print(tabulate(rows, headers=heads, floatfmt=("", "", "", "", ".0f", ".2f", ".2f", ".1f", ".3f", "")))


def _rows(path: Path, options: argparse.Namespace) -> list[tuple[Any, ...]]:
    run = Run.load(path)
    prepared = open_prepared(options.data_dir, options.dataset or run.data["name"])
    sampler, _ = load_sampler(path)
    codec = sampler.codec
    samples = sampler.sample(options.count, options.seed)
    real, floor = (codec.decode(prepared.load(split).images) for split in ("test", "validation"))
    checkpoint = run.newest_checkpoint()
    assert checkpoint is not None
    steps = int(run.load_gan().steps)
    facts = (checkpoint.epoch, steps, checkpoint.minutes)
    if options.docs:
        _draw(run, prepared, sampler, samples, real, options)
    return [
        (
            f"{path.name} ({run.preset}, {run.config.dtype})",
            len(samples.images),
            *facts,
            *_figures(samples.decoded, real, codec),
            _found(run),
        ),
        ("  real, validation", len(floor), None, None, None, *_figures(floor, real, codec), ""),
    ]


def _figures(slices_mv: np.ndarray, real_mv: np.ndarray, codec: Any) -> tuple[float, ...]:
    width = codec.image_shape[1]
    by_lead = [figures(slices_mv[..., k], real_mv[..., k], codec.fs, width) for k in range(len(codec.leads))]
    return (*np.mean(by_lead, axis=0), _einthoven(slices_mv, codec.leads))


def _einthoven(slices_mv: np.ndarray, leads: tuple[str, ...]) -> float:
    if not {"i", "ii", "iii"} <= set(leads):
        return float("nan")
    one, two, three = (slices_mv[..., leads.index(lead)] for lead in ("i", "ii", "iii"))
    error = three - (two - one)
    # Each lead is decoded with its median at 0 mV; what is left of the three medians is no error of the model's.
    return float(np.abs(error - np.median(error, axis=1, keepdims=True)).mean())


def _found(run: Run) -> str:
    if not run.health_path.is_file():
        return "nothing"
    spans: dict[str, list[str]] = {}
    for item in json.loads(run.health_path.read_text(encoding="utf-8"))["findings"]:
        spans.setdefault(item["trouble"], []).append(f"{item['first']}-{item['last']}")
    return "; ".join(f"{trouble} {', '.join(epochs)}" for trouble, epochs in spans.items()) or "nothing"


def _draw(run: Run, prepared: Any, sampler: Any, samples: Any, real: np.ndarray, options: argparse.Namespace) -> None:
    codec = sampler.codec
    count = max(1, TRACES // len(codec.leads))
    chosen = np.sort(np.random.default_rng(options.seed).choice(len(real), count, replace=False))
    columns = [(f"{prepared.origin}, held out", real[chosen])]
    if sampler.class_names:
        for name in sampler.class_names:
            columns.append((f"synthetic, {name}", sampler.sample(count, options.seed, name).decoded))
    else:
        columns.append(("synthetic", samples.decoded[:count]))
    title = f"preset {run.preset}, {run.newest_checkpoint().epoch} epochs; not chosen\ntrained on {run.data['name']}"
    ecg_columns(columns, codec.fs, codec.leads, options.docs / f"gan_{run.path.name}.png", title)


if __name__ == "__main__":
    main()
