"""Writing what a model generates in the form of what it was trained on: records, rows or pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from ecg_synth.errors import unknown_name
from ecg_synth.files import new_folder
from ecg_synth.sampling.checks import check_count
from ecg_synth.sampling.classes import Classes
from ecg_synth.sampling.conditions import Conditions
from ecg_synth.sampling.sampler import Sampler
from ecg_synth.serving.arrays import write_arrays
from ecg_synth.serving.csv_records import write_csv_records
from ecg_synth.serving.dicom_records import write_dicom_records
from ecg_synth.serving.edf_records import write_edf_records
from ecg_synth.serving.parquet import write_parquet
from ecg_synth.serving.pictures import write_pictures
from ecg_synth.serving.records import write_records
from ecg_synth.serving.synthetic import Progress, Synthetic, iter_synthetic, synthetic_facts
from ecg_synth.serving.tables import write_rows

Writer = Callable[[Path, Iterable[Synthetic], Sampler, dict[str, Any]], None]
"""Fills a folder with what is generated; told the sampler and `synthetic_facts`. It need not clean up after errors."""


class Form(NamedTuple):
    """A way to write what is generated.

    Attributes:
        write: The writer.
        words: What it makes, as the command line says it.
    """

    write: Writer
    words: str


WRITERS: dict[str, dict[str, Form]] = {
    "slice": {
        "wfdb": Form(write_records, "WFDB records"),
        "edf": Form(write_edf_records, "EDF+ files"),
        "dicom": Form(write_dicom_records, "DICOM waveforms"),
        "csv": Form(write_csv_records, "CSV files"),
        "numpy": Form(write_arrays, "slices in NumPy archives"),
        "parquet": Form(write_parquet, "slices in Parquet files"),
    },
    "row": {"csv": Form(write_rows, "rows")},
    "picture": {"png": Form(write_pictures, "pictures (PNG)")},
}
"""By what one image stands for, `Family.noun`, then by name; the first of each is the default."""


def form_of(noun: str, name: str | None = None) -> Form:
    """Returns a way to write, by name, or the default one; raises `InputError` with the names that are valid."""
    forms = WRITERS[noun]
    if name is not None and name not in forms:
        raise unknown_name("format", name, forms, where=f"a model that generates each a {noun}")
    return next(iter(forms.values())) if name is None else forms[name]


def write_synthetic(
    sampler: Sampler,
    facts: dict[str, Any],
    count: int,
    seed: int,
    out: str | Path,
    classes: Classes = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    file_format: str | None = None,
    truncation: float = 1.0,
    conditions: Conditions = None,
    seconds: float | None = None,
) -> Path:
    """Generates `count` images and writes them: ECGs as WFDB or another format, rows as CSV, pictures as PNG.

    Images are drawn and written block by block, so that memory does not grow with `count`.

    Args:
        sampler: A trained generator with its codec, or a `StripSampler`.
        facts: Of the run, as `load_sampler` gives them: model, preset, epoch, trained_on, trained_on_origin.
        count: Number of records, rows or pictures.
        seed: Seed of the latents; the same seed gives the same bytes.
        out: The folder to make.
        classes: Of a conditional model: a class, shares by class, or a list; see `Sampler.iter_blocks`.
        overwrite: Replace a folder that stands there.
        progress: Wraps the numbers of the images, as tqdm does.
        file_format: A name in `WRITERS`, of ECGs `"wfdb"`, `"edf"`, `"dicom"`, `"csv"`, `"numpy"` or `"parquet"`; None
            takes the first.
        truncation: What latents are multiplied by; see `Sampler.iter_blocks`.
        conditions: Of a model with conditions: what it is told; see `Sampler.iter_blocks`.
        seconds: Of a flow: length of the strips to draw in place of slices; see `sampling.strips`.

    Returns:
        `out`.

    Raises:
        InputError: `count`, `seed` or `truncation` is out of range, `classes` or `conditions` do not fit the model, the
            format is unknown or cannot hold it, `seconds` is out of range or the model no flow, or `out` is not empty
            and `overwrite` is False.
        StorageError: The disk is full; what stood there is unchanged.
    """
    form = form_of(sampler.family.noun, file_format)
    check_count(count)
    if seconds is not None:
        from ecg_synth.sampling.strips import StripSampler

        sampler = StripSampler(sampler, seconds)
    with new_folder(out, overwrite) as folder:
        generated = iter_synthetic(sampler, count, seed, classes, progress, truncation, conditions)
        form.write(folder, generated, sampler, synthetic_facts({**facts, **sampler.facts}, seed, truncation))
    return Path(out)
