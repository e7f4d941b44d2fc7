"""How near synthetic rows of the Thyroid table come to measured ones: P1's FCN (row C1, D8) beside ours.

    python benchmarks/tables.py --source-dir ../shared/data/thyroid --out build/tables --docs docs

Trains both presets on UCI's training rows, generates P1's 6,330 rows of each, and prints, column by column, how far
they are from the measured test rows, beside the floor: how far the measured training rows are from them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.stats import wasserstein_distance
from tabulate import tabulate

from ecg_synth import get_preset, load_sampler, plots_tables, train
from ecg_synth.data.prepare_images import prepare_thyroid
from ecg_synth.data.quiet import import_tensorflow

PRESETS = ("thyroid", "thyroid-better")
P1_ROWS = 6330


def distances(rows: np.ndarray, reference: np.ndarray, is_binary: np.ndarray, span: np.ndarray) -> np.ndarray:
    """Returns one number a column: Wasserstein distance over the column's span, or difference of the shares of ones."""
    return np.array(
        [
            abs(rows[:, k].mean() - reference[:, k].mean())
            if binary
            else wasserstein_distance(rows[:, k], reference[:, k]) / span[k]
            for k, binary in enumerate(is_binary)
        ]
    )


def correlation_error(rows: np.ndarray, reference: np.ndarray) -> float:
    """Returns the mean absolute difference of the correlations between each two columns, constant ones left out."""
    kept = (np.ptp(rows, axis=0) > 0) & (np.ptp(reference, axis=0) > 0)
    apart = np.triu_indices(int(kept.sum()), 1)
    found, wanted = (np.corrcoef(table[:, kept].T)[apart] for table in (rows, reference))
    return float(np.abs(found - wanted).mean())


def main(argv: Sequence[str] | None = None) -> None:
    """Prints, column by column, how far the rows of each preset are from measured ones; draws the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source-dir", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--docs", type=Path, default=None, help="write tables.md and tables.png there as well")
    parser.add_argument("--epochs", type=int, default=0, help="0 takes each preset's own")
    options = parser.parse_args(argv)
    import_tensorflow()
    prepared = prepare_thyroid(options.source_dir, options.out / "data")
    codec, train_set = prepared.codec, prepared.load("train")
    measured = {split: codec.decode(prepared.load(split).images) for split in ("train", "test")}
    test, is_binary = measured["test"], codec.is_binary
    span = np.ptp(measured["train"], axis=0)
    found = {"floor (train)": distances(measured["train"], test, is_binary, span)}
    groups, nulls = {"measured (test)": test}, {}
    for name in PRESETS:
        config = get_preset(name)
        if options.epochs:
            config = type(config)(**{**vars(config), "epochs": options.epochs})
        run = train(config, train_set, options.out / name, preset=name)
        samples = load_sampler(run.path)[0].sample(P1_ROWS, 0)
        found[name] = distances(samples.decoded, test, is_binary, span)
        groups[f"synthetic ({name})"] = samples.decoded
        nulls[name] = codec.null_area(samples.images).mean()
    joint = {"floor (train)": measured["train"], **{name: groups[f"synthetic ({name})"] for name in PRESETS}}
    related = {name: correlation_error(rows[:, ~is_binary], test[:, ~is_binary]) for name, rows in joint.items()}
    text = _tables(codec, found, related, nulls, is_binary)
    print(text)
    picture = (options.docs or options.out) / "tables.png"
    names = [column.name for column in codec.columns]
    plots_tables.compare_tables(
        groups, names, is_binary, picture, f"{prepared.name}: measured rows beside synthetic ones"
    )
    if options.docs:
        head = (
            "# Tables: how near synthetic rows come to measured ones\n\n"
            "Printed by `benchmarks/tables.py`, seed 0. How `thyroid-better` stands among other settings, judged by "
            "validation rows\nwith several seeds: docs/tables_choice.md.\n\n"
        )
        (options.docs / "tables.md").write_text(head + text + "\n![the same, drawn](tables.png)\n", encoding="utf-8")


def _tables(codec, found, related, nulls, is_binary) -> str:  # type: ignore[no-untyped-def]
    parts = []
    for title, chosen in (
        (
            "Continuous columns: Wasserstein distance to the test rows, as a share of the column's range in train",
            ~is_binary,
        ),
        ("Binary columns: absolute difference of the share of ones to the test rows", is_binary),
    ):
        columns = np.flatnonzero(chosen)
        rows = [(codec.columns[k].name, *(values[k] for values in found.values())) for k in columns]
        rows.append(("mean", *(values[columns].mean() for values in found.values())))
        parts.append(f"{title}:\n\n" + tabulate(rows, ("column", *found), tablefmt="github", floatfmt=".4f") + "\n")
    table = tabulate([related.values()], related, tablefmt="github", floatfmt=".4f")
    parts.append(f"Between continuous columns: mean absolute difference of correlations to the test rows:\n\n{table}\n")
    rows = [(name, f"{share:.1%}") for name, share in nulls.items()]
    table = tabulate(rows, ("preset", f"share of {P1_ROWS:,} images"), tablefmt="github")
    parts.append(f"Images whose NULL area is exactly 0:\n\n{table}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    main()
