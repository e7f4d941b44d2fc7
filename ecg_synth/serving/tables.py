"""Synthetic rows as a CSV file with the columns of the table that the model was trained on."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ecg_synth._version import __version__
from ecg_synth.files import new_folder
from ecg_synth.sampling.classes import Classes
from ecg_synth.sampling.sampler import Sampler, check_count

TABLE, SIDECAR = "synthetic.csv", "synthetic.json"
ORIGIN = "origin"


def write_synthetic_rows(
    sampler: Sampler,
    facts: dict[str, Any],
    count: int,
    seed: int,
    out: str | Path,
    classes: Classes = None,
    overwrite: bool = False,
    progress: Callable[[Iterable[int]], Iterable[int]] | None = None,
) -> Path:
    """Generates rows and writes them as `synthetic.csv`, with `synthetic.json` beside it: what made them.

    The first column, `origin`, says `synthetic` in every row: the mark stays with a row that is joined to real ones,
    which a comment or a file beside it would not. Then come the table's own columns in its order, binary ones as 0 and
    1, continuous ones to its decimal places, and for a model with classes a last column `class`. So
    `pandas.read_csv(file, index_col="origin")` gives the table's own columns.

    Args:
        sampler: A trained generator with the codec of a table.
        facts: `Run.facts`: model, preset, epoch, trained_on, trained_on_origin.
        count: Number of rows.
        seed: Seed of the latents.
        out: The folder to make.
        classes: Of a conditional model: a class, shares by class, or a list; see `Sampler.iter_blocks`.
        overwrite: Replace a folder that stands there.
        progress: Wraps the indices of the rows, as tqdm does.

    Returns:
        `out`.

    Raises:
        InputError: `count` or `seed` is out of range, `classes` does not fit the model, or `out` is not empty and
            `overwrite` is False.
        StorageError: The disk is full; what stood there is unchanged.
    """
    check_count(count)
    names = [column.name for column in sampler.codec.columns]
    last = ["class"] if sampler.class_names else []
    indices = iter(progress(range(count)) if progress else range(count))
    with new_folder(out, overwrite) as folder:
        with open(folder / TABLE, "w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow([ORIGIN, *names, *last])
            for block in sampler.iter_blocks(count, seed, classes):
                for cells, label in zip(sampler.codec.to_text(block.decoded), block.labels, strict=True):
                    next(indices)
                    writer.writerow(["synthetic", *cells, *(sampler.class_names[label] for _ in last)])
        # A progress bar ends only when its iterable does.
        for _ in indices:
            pass
        text = json.dumps({**synthetic_facts(facts, seed), "rows": count}, indent=2) + "\n"
        (folder / SIDECAR).write_text(text, encoding="utf-8")
    return Path(out)


def synthetic_facts(facts: dict[str, Any], seed: int) -> dict[str, Any]:
    """Returns what is known of synthetic data: that they are such, what made them, and what nobody has checked."""
    return {
        "origin": "synthetic",
        "notice": "Made by a neural network, not measured on a patient. Not for clinical use.",
        "privacy_audit": "none",
        "ecg_synth_version": __version__,
        "seed": seed,
        **facts,
    }
