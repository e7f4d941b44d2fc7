"""Writing what a model generates in the form of what it was trained on: records, rows or pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ecg_synth.sampling.classes import Classes
from ecg_synth.sampling.sampler import Sampler
from ecg_synth.serving.pictures import write_synthetic_pictures
from ecg_synth.serving.records import write_synthetic_records
from ecg_synth.serving.tables import write_synthetic_rows

WRITERS = {"slice": write_synthetic_records, "row": write_synthetic_rows, "picture": write_synthetic_pictures}


def write_synthetic(
    sampler: Sampler,
    facts: dict[str, Any],
    count: int,
    seed: int,
    out: str | Path,
    classes: Classes = None,
    overwrite: bool = False,
    progress: Callable[[Iterable[int]], Iterable[int]] | None = None,
) -> Path:
    """Generates `count` images and writes them: ECGs as WFDB records, rows of a table as CSV, pictures as PNG.

    Arguments, result and errors are those of `write_synthetic_records`, `write_synthetic_rows` and
    `write_synthetic_pictures`.
    """
    return WRITERS[sampler.family.noun](sampler, facts, count, seed, out, classes, overwrite, progress)
