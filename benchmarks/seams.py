"""What helical padding, heads for the signal and the modern recipe buy, at the same minutes of training each.

    ecg-synth prepare --source ptbxl --source-dir ../shared/data/ptbxl --data-dir /tmp/data --train-folds 1 2 3 4 5 6 \
        --validation-folds 7 --test-folds 8
    python benchmarks/seams.py --data-dir /tmp/data --out /tmp/seams --minutes 5 --picture docs/seams.png

Three figures on decoded slices against the test split, none of which needs a trained judge; in the row 'validation'
stand real slices of other patients, the floor of each:

- spectrum: mean |difference| in dB of the mean log power spectrum (Hann window over the whole slice), 1 to 100 Hz.
- seams: mean |x[t+1] - x[t]| where a row ends over the same elsewhere. 1.0: no seam can be seen.
- frechet: squared Frechet distance of Gaussians fitted to 24 random features: kernels of 9, 33 and 129 samples, white
  noise drawn once from seed 0; a feature is the logarithm of the root mean square, over time, of one kernel's response
  in mV, scaled by its standard deviation over the test split.

A run folder that stands in --out is gone on with, or taken as it is when its time is reached.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from machine import describe
from scipy import signal
from tabulate import tabulate

from ecg_synth import get_preset, load_sampler, open_prepared, train
from ecg_synth.config import TrainConfig
from ecg_synth.metrics import spectra
from ecg_synth.metrics.frechet import frechet_distance
from ecg_synth.plots_signals import ecg_columns

SCALES = (1, 4, 16)
KERNELS = ((9, 8), (33, 8), (129, 8))


def variants(divide: int = 1) -> dict[str, TrainConfig]:
    dcgan, modern = narrow(get_preset("dcgan"), divide), narrow(get_preset("gan-modern"), divide)

    def changed(**model: object) -> TrainConfig:
        return dataclasses.replace(dcgan, model=dataclasses.replace(dcgan.model, **model))

    return {
        "dcgan": dcgan,
        "+ helical": changed(padding="helical"),
        "+ signal": changed(signal_scales=SCALES),
        "+ both": changed(padding="helical", signal_scales=SCALES),
        "modern": modern,
        "modern, zeros, image alone": dataclasses.replace(
            modern, model=dataclasses.replace(modern.model, padding="zeros", signal_scales=())
        ),
    }


def narrow(config: TrainConfig, divide: int) -> TrainConfig:
    model = config.model
    return dataclasses.replace(
        config, model=dataclasses.replace(model, filters=tuple(n // divide for n in model.filters))
    )


def spectrum_error(slices_mv: np.ndarray, real_mv: np.ndarray, fs: float) -> float:
    return spectra.spectrum_error(*(spectra.log_spectra(found[:, :, None], fs) for found in (slices_mv, real_mv)))


def seam_ratio(slices_mv: np.ndarray, width: int) -> float:
    jumps = np.abs(np.diff(slices_mv, axis=1)).mean(axis=0)
    at_seam = np.arange(1, slices_mv.shape[1]) % width == 0
    return float(jumps[at_seam].mean() / jumps[~at_seam].mean())


def random_features(slices_mv: np.ndarray) -> np.ndarray:
    """(n, 24) for slices (n, length)."""
    stream = np.random.default_rng(0)

    def responses() -> Iterator[np.ndarray]:
        for size, count in KERNELS:
            for _ in range(count):
                kernel = stream.standard_normal(size)
                # Without its mean, for a slice's level is the decoder's choice, not the model's.
                kernel = (kernel - kernel.mean()) / np.linalg.norm(kernel)
                seen = signal.fftconvolve(slices_mv, kernel[None], mode="valid", axes=1)
                # 1 uV beside it, so that a flat slice has a logarithm.
                yield np.log(np.sqrt((seen**2).mean(axis=1)) + 1e-3)

    return np.stack(list(responses()), axis=1)


def frechet(features: np.ndarray, reference: np.ndarray) -> float:
    """Squared Frechet distance of Gaussians (Dowson and Landau 1982) in units of the reference's deviations."""
    scale = reference.std(axis=0) + 1e-9
    return frechet_distance(features / scale, reference / scale)


def figures(slices_mv: np.ndarray, real_mv: np.ndarray, fs: float, width: int) -> tuple[float, float, float]:
    return (
        spectrum_error(slices_mv, real_mv, fs),
        seam_ratio(slices_mv, width),
        frechet(random_features(slices_mv), random_features(real_mv)),
    )


def main(arguments: list[str] | None = None) -> None:
    """Prints spectrum, seams and Frechet distance of each variant after the same minutes, and real slices' own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--dataset")
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--divide", type=int, default=1, help="divide every number of feature maps, for a busy machine")
    parser.add_argument("--epochs", type=int, default=100_000)
    parser.add_argument("--variants", nargs="*", default=list(variants()))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--picture", type=Path)
    options = parser.parse_args(arguments)
    print(describe(options.seed))

    prepared = open_prepared(options.data_dir, options.dataset)
    codec, width = prepared.codec, prepared.codec.image_shape[1]
    real = {split: codec.decode(prepared.load(split).images)[:, :, 0] for split in ("test", "validation")}
    rows = [("real, validation", "", "", *figures(real["validation"], real["test"], codec.fs, width))]
    # As many as the test split has: a Frechet distance of fewer is larger.
    count, drawn = len(real["test"]), {}
    for name in options.variants:
        config = dataclasses.replace(
            variants(options.divide)[name],
            epochs=options.epochs,
            max_minutes=options.minutes,
            seed=options.seed,
            image_every=10_000,
        )
        folder = options.out / "".join(letter if letter.isalnum() else "-" for letter in name)
        train_set = prepared.load("train")
        run = train(config, train_set, folder, progress=False)
        checkpoint = run.newest_checkpoint()
        sampler, _ = load_sampler(folder)
        drawn[name] = sampler.sample(count, options.seed)[1]
        steps = checkpoint.epoch * (len(train_set) // config.batch_size)
        rows.append(
            (name, f"{checkpoint.minutes:.1f}", steps, *figures(drawn[name][:, :, 0], real["test"], codec.fs, width))
        )
        heads = ("", "minutes", "steps", "spectrum dB", "seams", "frechet")
        print(tabulate(rows, headers=heads, floatfmt=".2f"), flush=True)
    if options.picture:
        held_out = codec.decode(prepared.load("test").images[:6])
        columns = [("real, held out", held_out), *((name, slices[:6]) for name, slices in drawn.items())]
        title = f"{prepared.name}: {options.minutes:g} minutes each, not chosen"
        ecg_columns(columns, codec.fs, codec.leads, options.picture, title)


if __name__ == "__main__":
    main()
