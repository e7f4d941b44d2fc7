"""Writing what a model generates in the form of what it was trained on: records, rows or pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ecg_synth.files import new_folder
from ecg_synth.sampling.classes import Classes
from ecg_synth.sampling.sampler import Sampler, check_count
from ecg_synth.serving.pictures import write_pictures
from ecg_synth.serving.records import write_records
from ecg_synth.serving.synthetic import Progress, Synthetic, iter_synthetic, synthetic_facts
from ecg_synth.serving.tables import write_rows

Writer = Callable[[Path, Iterable[Synthetic], Sampler, dict[str, Any]], None]
"""Fills a folder with what is generated; told the sampler and `synthetic_facts`. It need not clean up after errors."""

WRITERS: dict[str, Writer] = {"slice": write_records, "row": write_rows, "picture": write_pictures}
"""By what one image stands for, `Family.noun`."""


def write_synthetic(
    sampler: Sampler,
    facts: dict[str, Any],
    count: int,
    seed: int,
    out: str | Path,
    classes: Classes = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Generates `count` images and writes them: ECGs as WFDB records, rows of a table as CSV, pictures as PNG.

    Args:
        sampler: A trained generator with its codec.
        facts: Of the run, as `load_sampler` gives them: model, preset, epoch, trained_on, trained_on_origin.
        count: Number of records, rows or pictures.
        seed: Seed of the latents; the same seed gives the same bytes.
        out: The folder to make.
        classes: Of a conditional model: a class, shares by class, or a list; see `Sampler.iter_blocks`.
        overwrite: Replace a folder that stands there.
        progress: Wraps the numbers of the images, as tqdm does.

    Returns:
        `out`.

    Raises:
        InputError: `count` or `seed` is out of range, `classes` does not fit the model, or `out` is not empty and
            `overwrite` is False.
        StorageError: The disk is full; what stood there is unchanged.
    """
    check_count(count)
    with new_folder(out, overwrite) as folder:
        generated = iter_synthetic(sampler, count, seed, classes, progress)
        WRITERS[sampler.family.noun](folder, generated, sampler, synthetic_facts(facts, seed))
    return Path(out)
