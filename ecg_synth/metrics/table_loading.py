"""Tables to judge: a split of a prepared dataset, and synthetic rows of a run or of a folder that was generated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth.codec import TableImageCodec
from ecg_synth.data.prepared import Prepared
from ecg_synth.data.slice_set import UNKNOWN_LABEL
from ecg_synth.errors import InputError
from ecg_synth.metrics.tables import TableSet
from ecg_synth.sampling.load import load_sampler

CSV = "synthetic.csv"


def real_table(prepared: Prepared, split: str) -> TableSet:
    """Returns a split of a prepared table, decoded from its images as generated rows are.

    Raises:
        InputError: The dataset holds no table, or has no such split.
    """
    codec = check_table(prepared.codec, prepared.name)
    found = prepared.load(split)
    return _set(
        codec, codec.decode(found.images), found.labels, found.class_names, found.origin, f"{prepared.name}, {split}"
    )


def synthetic_table(place: str | Path, like: TableSet, count: int, seed: int, best: bool = False) -> TableSet:
    """Returns the synthetic rows of a run, or of a folder that `ecg-synth generate` made.

    A run with classes makes them in the shares that they have in `like`.

    Args:
        place: Run folder, or folder with `synthetic.csv`.
        like: The real table.
        count: Rows.
        seed: Seed of the latents, or of the draw.
        best: Of a run: take the weights that were best by `--evaluate-every`.

    Raises:
        InputError: The place is neither, or does not hold this table.
    """
    path = Path(place)
    if (path / CSV).is_file():
        return _of_csv(path / CSV, like).draw(count, seed)
    sampler, facts = load_sampler(path, best)
    codec = check_table(sampler.codec, str(path))
    shares = {
        name: share
        for label, name in enumerate(like.class_names)
        if name in sampler.class_names and (share := float((like.labels == label).mean())) > 0
    }
    samples = sampler.sample(count, seed, shares or None)
    name = f"{path.name} (preset {facts['preset']}, epoch {facts['epoch']})"
    return _set(codec, samples.decoded, samples.labels, sampler.class_names, "synthetic", name)


def check_table(codec: Any, where: str) -> TableImageCodec:
    """Returns the codec when it is a table's; raises `InputError` otherwise."""
    if not isinstance(codec, TableImageCodec):
        raise InputError(
            f"Rows of a table are judged here. Received: {where}, whose images are decoded by {type(codec).__name__}."
        )
    return codec


def _set(codec: TableImageCodec, rows: np.ndarray, labels: np.ndarray, names: Any, origin: str, name: str) -> TableSet:
    columns = tuple(column.name for column in codec.columns)
    return TableSet(np.asarray(rows, np.float64), columns, codec.is_binary, labels, tuple(names), origin, name)


def _of_csv(path: Path, like: TableSet) -> TableSet:
    import pandas as pd

    try:
        frame = pd.read_csv(path)
        rows = frame[list(like.columns)].to_numpy(np.float64)
    except (ValueError, KeyError, pd.errors.ParserError) as error:
        raise InputError(
            f"{path} must hold numbers in the columns {', '.join(like.columns)}. Received: {error}. Generate it anew."
        ) from None
    names: tuple[str, ...] = ()
    labels = np.full(len(frame), UNKNOWN_LABEL, np.int64)
    if "class" in frame:
        names = tuple(sorted(set(frame["class"].astype(str))))
        labels = np.array([names.index(name) for name in frame["class"].astype(str)], np.int64)
    return TableSet(rows, like.columns, like.is_binary, labels, names, "synthetic", path.parent.name)
