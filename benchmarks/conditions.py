"""Whether a flow that is told heart rate, age and sex makes what it is told, and what that costs.

    python benchmarks/conditions.py --data-dir data --dataset DATASET --run runs/flow-conditions --beside runs/flow

- heart rates: those that are asked for against those that the detector finds in what is made, by guidance.
- age and sex: a ridge classifier (regression) on MiniRocket's features, trained on real slices of the training split,
  applied to real test patients, and to synthetic slices by what they were told: rows of real training slices.
- classes, of a run that is told them: classifiers trained on slices told rows of the training split, tested on real
  patients, beside ones trained on real slices; and how often one trained on real slices finds the class asked for.
- --trained-on: the nearest training slice of each of those slices, and of each of patients that no model saw.
- the judge: those slices, untold ones, and those of --beside, against the test split.

Heart rates of real slices are found by the same detector, so that its errors count on both sides.
"""

from __future__ import annotations

import argparse

import numpy as np
from machine import JUDGE_PACKAGES, describe
from nearness import nearness
from sklearn.linear_model import RidgeClassifierCV, RidgeCV
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tabulate import tabulate

from ecg_synth import JudgeConfig, evaluate, open_prepared
from ecg_synth.data.conditions import choices_of, condition_values
from ecg_synth.metrics.loading import real_set
from ecg_synth.metrics.random_features import RandomFeatures
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.plots_signals import ecg_columns
from ecg_synth.sampling.load import load_sampler
from ecg_synth.sampling.sampler import Sampler
from ecg_synth.signals.heart_rate import heart_rate

RATES = (50, 60, 75, 90, 110)
METRICS = ("c2st", "frechet_random", "spectrum_db", "precision", "recall", "coverage", "clinic_heart_rate")
PENALTIES = np.logspace(0, 5, 11)
DRAWS = 500
ROWS = 6
ENDS = ("mean", "spread", "low", "high")
PARTS = ("rates", "readings", "classes", "judge")


def main(arguments: list[str] | None = None) -> None:
    """Prints by guidance the heart rates asked for and found, how age and sex are read, and the judge's figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--dataset")
    parser.add_argument("--run", required=True)
    parser.add_argument("--beside", nargs="*", default=[], help="runs that are judged beside it")
    parser.add_argument("--guidance", nargs="*", type=float, default=[1.0, 2.0])
    parser.add_argument("--count", type=int, default=64, help="slices for each heart rate that is asked for")
    parser.add_argument("--parts", nargs="*", default=list(PARTS), choices=PARTS, help="what to print")
    parser.add_argument("--draws", type=int, default=1, help="draws of rows and noise that the judge sees, each a row")
    parser.add_argument("--metrics", nargs="*", default=list(METRICS))
    parser.add_argument("--trained-on", help="dataset of the run: prints how near to its slices the told ones come")
    parser.add_argument("--picture", help="PNG of the same noise at five heart rates")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    print(describe(options.seed, JUDGE_PACKAGES))
    prepared = open_prepared(options.data_dir, options.dataset)
    sampler, facts = load_sampler(options.run)
    print(f"{options.run}: preset {facts['preset']}, epoch {facts['epoch']}, scales {sampler.scales}", flush=True)
    if options.picture:
        picture(sampler, facts, options.seed, options.picture)
    if "rates" in options.parts:
        for guidance in options.guidance:
            rates(guided(sampler, guidance), guidance, options.count, options.seed)
    train, test = prepared.load("train"), prepared.load("test")
    names = tuple(sampler.scales)
    rows = condition_values(train, names)
    made, told = {}, {}
    for seed in range(options.seed, options.seed + options.draws):
        chosen = np.random.default_rng(seed).choice(len(rows), len(test), replace=len(test) > len(rows))
        told[seed] = within(rows[chosen], sampler.scales)
        asked = as_asked(told[seed], sampler.scales)
        for guidance in options.guidance:
            drawn = guided(sampler, guidance).sample(len(test), seed, conditions=asked)
            made[f"told rows of the training split, guidance {guidance:g}, seed {seed}"] = drawn.decoded
    if options.trained_on:
        seen = real_set(open_prepared(options.data_dir, options.trained_on), "train").signal_mv
        for line in nearness(made, real_set(prepared, "test").signal_mv, seen):
            print(line, flush=True)
    if "readings" in options.parts:
        first = dict(list(made.items())[: len(options.guidance)])
        readings(prepared, train, test, first, told[options.seed], names, options.seed)
    if "class_name" in names and "classes" in options.parts:
        for guidance in options.guidance:
            classes(prepared, guided(sampler, guidance), rows, guidance, options.seed)
    if "judge" in options.parts:
        for seed in range(options.seed, options.seed + options.draws):
            made[f"untold, seed {seed}"] = sampler.sample(len(test), seed).decoded
        for run in options.beside:
            made[run] = load_sampler(run)[0].sample(len(test), options.seed).decoded
        judged(prepared, made, options)


def guided(sampler, guidance):
    """A sampler of the same weights with another guidance."""
    sampler.gan.sampler.guidance = guidance
    return Sampler(sampler.gan, sampler.codec)


def measured(slices, fs):
    """Heart rates of slices (n, length, leads)."""
    return np.array([heart_rate(slice_mv, fs) for slice_mv in slices])


def rates(sampler, guidance, count, seed):
    """Prints what was found by what was asked for."""
    scale, fs = sampler.scales["heart_rate"], sampler.codec.fs
    table = []
    for asked in (rate for rate in RATES if scale["low"] <= rate <= scale["high"]):
        found = measured(sampler.sample(count, seed, conditions={"heart_rate": asked}).decoded, fs)
        known = found[np.isfinite(found)]
        near = np.mean(np.abs(known / asked - 1) < 0.1)
        table.append([asked, *np.quantile(known, [0.5, 0.25, 0.75]), near, len(known) / count])
    headers = ["asked /min", "median found", "lower quarter", "upper quarter", "within 10 %", "two beats found"]
    print(f"\nguidance {guidance:g}, {count} slices each, the same noise in every row")
    print(tabulate(table, headers=headers, floatfmt=".3g"))
    evenly = {"heart_rate": (scale["low"], scale["high"])}
    told = sampler.told(2 * count, seed + 1, evenly)[:, list(sampler.scales).index("heart_rate")]
    found = measured(sampler.sample(2 * count, seed + 1, conditions=evenly).decoded, fs)
    known = np.isfinite(found)
    even = np.corrcoef(told[known], found[known])[0, 1]
    error = np.median(np.abs(found[known] - told[known]))
    print(
        f"asked evenly from {scale['low']:g} to {scale['high']:g} /min, {2 * count} slices: correlation {even:.3f}, "
        f"median error {error:.1f} /min",
        flush=True,
    )


def within(values, scales):
    """Rows of real slices, brought into the range that may be asked for."""
    low, high = (np.array([scale[end] for scale in scales.values()]) for end in ("low", "high"))
    return np.clip(values, low, high)


def as_asked(values, scales):
    """Rows of values as `Sampler.sample` takes them."""
    asked = {}
    for name, column in zip(scales, values.T, strict=True):
        choices = choices_of(name, scales[name])
        asked[name] = [None if np.isnan(v) else choices[int(v)] if choices else float(v) for v in column]
    return asked


def readings(prepared, train, test, made, told, names, seed):
    """Prints how well age and sex are read from real test patients and from synthetic slices."""
    real = {split: real_set(prepared, split) for split in ("train", "test")}
    features = RandomFeatures(real["train"], seed)
    learnt = features.kernels(real["train"])
    table = []
    for name in (name for name in ("sex", "age") if name in names):
        truth, known = train.known[name], np.isfinite(train.known[name])
        ridge = RidgeClassifierCV(PENALTIES) if name == "sex" else RidgeCV(PENALTIES)
        reader = make_pipeline(StandardScaler(), ridge).fit(learnt[known], truth[known])
        asks = [("real test patients", real["test"], test.known[name])]
        column = told[:, names.index(name)]
        asks += [(which, signals_of(slices, real["test"], which), column) for which, slices in made.items()]
        for which, signals, values in asks:
            kernels = features.kernels(signals)
            said = reader.decision_function(kernels) if name == "sex" else reader.predict(kernels)
            table.append([name, which, *score(name, values, said, signals.groups, seed)])
    print("\nwhat a reader trained on real training slices finds: of sex AUROC, of age correlation")
    print(tabulate(table, headers=["", "in", "found", "95 % from", "to"], floatfmt=".2f"), flush=True)


def classes(prepared, sampler, rows, guidance, seed):
    """Prints what classifiers of the classes score that learn from synthetic slices, as many as there are real ones."""
    told = within(rows, sampler.scales)
    names = choices_of("class_name", sampler.scales["class_name"])
    labels = told[:, list(sampler.scales).index("class_name")]
    labels = np.where(np.isfinite(labels), labels, -1).astype(np.int64)
    slices = sampler.sample(len(told), seed, conditions=as_asked(told, sampler.scales)).decoded
    name = f"told rows, guidance {guidance:g}"
    made = signals_of(slices, sampler.codec, name, labels=labels, class_names=names)
    config = JudgeConfig(dataset=prepared.name, metrics=("spectrum_db",), replicates=2, sections=("use",), seed=seed)
    use = evaluate(prepared, made, config=config)["sections"]["use"]
    print(f"\nclasses {', '.join(use['classes'])}, {len(told)} synthetic slices, {name}")
    table = [
        [way, *(use[way][measure][end] for measure in ("macro_auroc", "balanced_accuracy") for end in ENDS)]
        for way in ("TRTR", "TSTR", "TRTS")
    ]
    headers = ["", *(f"{measure} {end}" for measure in ("macro AUROC", "balanced accuracy") for end in ENDS)]
    print(tabulate(table, headers=headers, floatfmt=".3f"), flush=True)


def score(name, values, said, groups, seed):
    """AUROC or correlation, and its 95 % interval over patients drawn anew (of synthetic slices: over slices)."""

    def of(index):
        if name == "sex":
            return roc_auc_score(values[index], said[index]) if len(np.unique(values[index])) > 1 else np.nan
        return np.corrcoef(values[index], said[index])[0, 1]

    known = np.flatnonzero(np.isfinite(values))
    patients = np.unique(groups[known])
    members = {patient: known[groups[known] == patient] for patient in patients}
    stream = np.random.default_rng(seed)
    drawn = [
        of(np.concatenate([members[patient] for patient in stream.choice(patients, len(patients))]))
        for _ in range(DRAWS)
    ]
    return [of(known), *np.nanquantile(drawn, [0.025, 0.975])]


def signals_of(slices, like, name, **known):
    """Synthetic slices (n, length, leads) in mV as the judge takes them, of the rate in Hz and the leads of `like`.

    `known`: their `labels` and `class_names`, where they have some.
    """
    return SignalSet.of(slices, like.fs, tuple(like.leads), name, "synthetic", **known)


def judged(prepared, made, options):
    """Prints the judge's figures of each set of slices."""
    config = JudgeConfig(
        dataset=prepared.name, metrics=tuple(options.metrics), replicates=2, sections=("none",), seed=options.seed
    )
    like, table = real_set(prepared, "test"), []
    print()
    for name, slices in made.items():
        found = evaluate(prepared, signals_of(slices, like, name), config=config)["metrics"]
        table.append([name, *(found[metric]["value"] for metric in options.metrics)])
    print(tabulate(table, headers=[f"{len(like)} slices", *options.metrics], floatfmt=".3g"), flush=True)


def picture(sampler, facts, seed, path):
    """Draws the first slices of a seed at each heart rate."""
    scale = sampler.scales["heart_rate"]
    columns = [
        (f"synthetic, asked for {rate} /min", sampler.sample(ROWS, seed, conditions={"heart_rate": rate}).decoded)
        for rate in RATES
        if scale["low"] <= rate <= scale["high"]
    ]
    title = f"Synthetic: the same noise in each row (preset {facts['preset']}, epoch {facts['epoch']}), seed {seed}"
    ecg_columns(columns, sampler.codec.fs, tuple(sampler.codec.leads), path, title)


if __name__ == "__main__":
    main()
