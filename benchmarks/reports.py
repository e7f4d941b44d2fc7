"""Reports of several candidates against the same real ECGs, and one table of all of them.

    python benchmarks/reports.py runs/dcgan runs/flow --data-dir data --dataset DATASET --out reports --docs docs

Beside the runs stand the training slices themselves, measured, which no model of them need surpass, NeuroKit2's
simulator (`ecg_simulate`, ECGSYN, 55 to 105 beats a minute), labelled simulated, and white noise. All are judged by
`ecg_synth.evaluate` with one feature network. A report that stands in --out is taken as it is.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

import numpy as np
from machine import JUDGE_PACKAGES, describe
from tabulate import tabulate

from ecg_synth import JudgeConfig, evaluate, open_prepared
from ecg_synth.metrics.compare import compared, names_of, read_report, summary
from ecg_synth.metrics.compare_files import write_comparison
from ecg_synth.metrics.loading import real_set
from ecg_synth.metrics.report import number
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.wfdb_io import write_record

# Of the table in the README.
HEADLINE = (
    "c2st",
    "frechet_random",
    "frechet_encoder",
    "precision",
    "coverage",
    "spectrum_db",
    "js_amplitude",
    "dtw_between",
    "clinic_heart_rate",
    "clinic_qrs",
    "clinic_impossible",
    "tstr_auroc",
)
COUNT = 500


def main(arguments: list[str] | None = None) -> None:
    """Prints one table of all candidates, and a sentence on each; with --docs, writes the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", type=Path)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--dataset")
    parser.add_argument("--classes", nargs="*", default=[])
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--docs", type=Path, help="folder of the comparison: compare.md, compare.csv, compare.png")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--replicates", type=int, default=100)
    parser.add_argument("--count", type=int, default=0, help="synthetic slices; 0 for as many as the training split")
    options = parser.parse_args(arguments)
    facts = describe(options.seed, JUDGE_PACKAGES)
    prepared = open_prepared(options.data_dir, options.dataset)
    (options.out / "candidates").mkdir(parents=True, exist_ok=True)
    places = [*options.runs, training(prepared, options), simulated(prepared, options), noise(prepared, options)]
    config = JudgeConfig(
        dataset=prepared.name,
        classes=tuple(options.classes),
        count=options.count,
        seed=options.seed,
        replicates=options.replicates,
    )
    folders = []
    for place in places:
        folder = options.out / place.stem
        folders.append(folder)
        if not (folder / "metrics.json").is_file():
            evaluate(options.data_dir, place, folder, config, overwrite=True)
        config = dataclasses.replace(config, encoder=str(folders[0] / "encoder.npz"))
    reports = [read_report(folder) for folder in folders]
    rows, names = compared(reports), names_of(reports)
    if options.docs:
        write_comparison(reports, options.docs, overwrite=True)
    print(facts)
    judged = json.loads((folders[0] / "metrics.json").read_text(encoding="utf-8"))["facts"]
    print(
        f"{judged['judged']} slices each against {judged['reference']['slices']} of "
        f"{judged['reference']['patients']} patients"
    )
    chosen = [row for name in HEADLINE for row in rows if row.name == name]
    heads = ["", *(f"{row.name}, {row.unit}" if row.unit else row.name for row in chosen)]
    table = [["floor (other patients)", *(number(row.floor) for row in chosen)]]
    table += [[name, *(number(row.values[k, 0]) for row in chosen)] for k, name in enumerate(names)]
    print(tabulate(table, headers=heads, tablefmt="github", disable_numparse=True))
    for sentence in summary(rows, names):
        print(sentence)


def training(prepared, options) -> Path:
    """The slices that the runs were trained on: what a copy of them would get."""
    path = options.out / "candidates" / "training-slices"
    train = real_set(prepared, "train")
    np.save(path.with_suffix(".npy"), train.draw(COUNT, options.seed).signal_mv)
    return path.with_suffix(".npy")


def noise(prepared, options) -> Path:
    """White noise of the training slices' deviation."""
    path = options.out / "candidates" / "white-noise.npy"
    train = real_set(prepared, "train")
    scale = train.signal_mv.std(axis=1, keepdims=True).mean(axis=0, keepdims=True)
    stream = np.random.default_rng(options.seed)
    np.save(path, stream.standard_normal((COUNT, train.length, len(train.leads))).astype(np.float32) * scale)
    return path


def simulated(prepared, options) -> Path:
    """NeuroKit2's ECGSYN, one lead at a time: the same beats and rates in each."""
    import neurokit2

    folder = options.out / "candidates" / "neurokit2-simulator"
    codec = prepared.codec
    if (folder / "RECORDS").is_file():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    stream = np.random.default_rng(options.seed)
    names = []
    seconds = codec.length / codec.fs
    for index in range(COUNT):
        # A longer strip, cut at a random moment: its beginning is always at the same phase of a beat.
        rate, begin = stream.uniform(55, 105), int(stream.integers(round(codec.fs)))
        seed = int(stream.integers(2**31))
        strip = neurokit2.ecg_simulate(
            duration=int(np.ceil(seconds)) + 2, sampling_rate=int(codec.fs), heart_rate=rate, random_state=seed
        )
        samples = np.tile(np.asarray(strip)[begin : begin + codec.length, None], (1, len(codec.leads)))
        record = EcgRecord(
            f"neurokit2_{index:04d}",
            samples,
            codec.fs,
            tuple(codec.leads),
            f"simulated {index}",
            comments=("Simulated: by NeuroKit2's ecg_simulate",),
            origin="simulated",
        )
        write_record(record, folder)
        names.append(record.record_name)
    (folder / "RECORDS").write_text("\n".join(names) + "\n", encoding="utf-8")
    return folder


if __name__ == "__main__":
    main()
