"""Which settings of the table's FCN make the likeliest rows, chosen without a look at the test rows.

    python benchmarks/tables_choose.py --source-dir ../shared/data/thyroid --out build/tables

A fifth of UCI's training rows is kept for validation, and every candidate is trained on the rest with several seeds.
Three errors of its rows, as `tables.py` computes them, are divided by the floor, those of the rows it was trained on: 1
is as near to the validation rows as measured rows are. The candidate with the lowest mean over errors and seeds is
chosen. Then, once, the presets and the chosen one are trained on all training rows and compared with the test rows.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from machine import describe
from tables import P1_ROWS, correlation_error, distances
from tabulate import tabulate

from ecg_synth import codec_from_config, get_preset, load_sampler, train
from ecg_synth.config import TrainConfig
from ecg_synth.data.prepare_images import prepare_thyroid
from ecg_synth.data.quiet import import_tensorflow
from ecg_synth.data.slice_set import SliceSet

ERRORS = ("continuous", "binary", "correlations")


def candidates() -> dict[str, TrainConfig]:
    """Returns our preset, and ours with one thing changed, by name."""
    ours = get_preset("thyroid-better")
    return {
        "thyroid-better": ours,
        "not averaged": dataclasses.replace(ours, model=dataclasses.replace(ours.model, ema=0.0)),
        "256 nodes": dataclasses.replace(ours, model=dataclasses.replace(ours.model, hidden=(256, 256))),
        "5 steps of the critic": dataclasses.replace(ours, d_steps=5),
        "non-saturating, R1": dataclasses.replace(ours, loss="non_saturating", gradient_penalty=0.0, r1=1.0, d_steps=1),
    }


def main(argv: Sequence[str] | None = None) -> None:
    """Prints the errors of every candidate over the floor, which is chosen, and how it does on the test rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source-dir", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, default=3, help="of each candidate")
    parser.add_argument("--epochs", type=int, default=0, help="0 takes each candidate's own")
    parser.add_argument("--only", nargs="+", help="names of candidates")
    options = parser.parse_args(argv)
    import_tensorflow()
    print(describe(0))
    prepared = prepare_thyroid(options.source_dir, options.out / "data")
    whole = prepared.load("train")
    order = np.random.default_rng(0).permutation(len(whole))
    kept, held_out = (_rows(whole, chosen) for chosen in np.split(order, [len(whole) * 4 // 5]))
    chosen_from = {
        name: _quiet(config, options.epochs)
        for name, config in candidates().items()
        if name in (options.only or candidates())
    }
    print(f"\nChosen by {len(held_out)} validation rows; trained on {len(kept)}, {options.seeds} seeds each:\n")
    means = _table(chosen_from, kept, held_out, options.seeds, options.out / "choose")
    best = min(means, key=lambda name: means[name])
    print(f"\nChosen: {best}\n")
    test = prepared.load("test")
    print(f"Against {len(test)} test rows; trained on all {len(whole)}, {options.seeds} seeds each:\n")
    final = {name: _quiet(get_preset(name), options.epochs) for name in ("thyroid", "thyroid-better")}
    _table(final | {best: chosen_from[best]}, whole, test, options.seeds, options.out / "test")


def _quiet(config: TrainConfig, epochs: int) -> TrainConfig:
    """Neither pictures nor checkpoints on the way, and no warnings: the table says how it went."""
    epochs = epochs or config.epochs
    return dataclasses.replace(config, epochs=epochs, image_every=epochs, checkpoint_every=epochs, on_trouble="ignore")


def _rows(slice_set: SliceSet, chosen: np.ndarray) -> SliceSet:
    chosen = np.sort(chosen)
    return dataclasses.replace(
        slice_set, images=slice_set.images[chosen], labels=slice_set.labels[chosen], fingerprint=""
    )


def _table(
    configs: dict[str, TrainConfig], train_set: SliceSet, reference: SliceSet, seeds: int, out: Path
) -> dict[str, float]:
    """Prints the errors of each config's rows, mean and deviation over seeds; returns the mean ratio to the floor."""
    codec = codec_from_config(train_set.codec)
    measured, wanted = codec.decode(train_set.images), codec.decode(reference.images)
    floor = errors(measured, wanted, codec.is_binary, np.ptp(measured, axis=0))
    rows: list[tuple[str, ...]] = [("floor: the rows trained on", *(f"{value:.4f}" for value in floor), "1")]
    means = {}
    for name, config in configs.items():
        found = []
        for seed in range(seeds):
            folder = out / f"{name.replace(' ', '-').replace(',', '')}-{seed}"
            run = train(dataclasses.replace(config, seed=seed), train_set, folder, progress=False)
            made = load_sampler(run.path)[0].sample(P1_ROWS, seed).decoded
            found.append(errors(made, wanted, codec.is_binary, np.ptp(measured, axis=0)))
        ratios = (np.array(found) / floor).mean(axis=1)
        means[name] = float(ratios.mean())
        cells = [f"{mean:.4f} ± {std:.4f}" for mean, std in zip(np.mean(found, 0), np.std(found, 0), strict=True)]
        rows.append((name, *cells, f"{ratios.mean():.2f} ± {ratios.std():.2f}"))
    print(tabulate(rows, ("settings", *ERRORS, "times the floor"), tablefmt="github"), flush=True)
    return means


def errors(rows: np.ndarray, reference: np.ndarray, is_binary: np.ndarray, span: np.ndarray) -> np.ndarray:
    """Returns `ERRORS`: means of `tables.distances` over columns, and `tables.correlation_error`."""
    apart = distances(rows, reference, is_binary, span)
    related = correlation_error(rows[:, ~is_binary], reference[:, ~is_binary])
    return np.array([apart[~is_binary].mean(), apart[is_binary].mean(), related])


if __name__ == "__main__":
    main()
