"""Slices of a prepared dataset back in mV, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ecg_synth.data.prepared import Prepared
from ecg_synth.errors import InputError, check_seed


class Decoded(NamedTuple):
    """Some slices of one split.

    Attributes:
        signal_mv: float32 (slices, length, leads) in mV, decoded with the stored offset: absolute values.
        labels: int64 (slices,): index into the dataset's classes; -1 means unknown.
    """

    signal_mv: np.ndarray
    labels: np.ndarray


def iter_decoded(prepared: Prepared, split: str) -> Iterator[Decoded]:
    """Yields a split in batches, always in one order; memory does not grow with the dataset.

    Raises:
        InputError: The dataset has no such split.
    """
    codec = prepared.codec
    for batch in prepared.iter_batches(split):
        yield Decoded(codec.decode(batch["image"], batch["offset"]), batch["label"].astype(np.int64))


def draw_decoded(prepared: Prepared, split: str, count: int, seed: int) -> Decoded:
    """Draws slices without replacement; the same seed draws the same ones.

    Args:
        prepared: The dataset.
        split: Where to draw from.
        count: How many.
        seed: Seed of the draw.

    Returns:
        The slices in the order of the split.

    Raises:
        InputError: There is no such split, or it does not hold `count` slices.
    """
    prepared.check_split(split)
    total = prepared.splits[split]
    if not 1 <= count <= total:
        raise InputError(
            f"The number of slices must be at least 1 and at most what the split holds. Received: count={count}, and "
            f"split {split!r} of {prepared.name} holds {total}. Choose --count from 1 to {total}, or another --split."
        )
    chosen = np.sort(np.random.default_rng(check_seed(seed)).choice(total, count, replace=False))
    parts: list[Decoded] = []
    start = 0
    for batch in iter_decoded(prepared, split):
        stop = start + len(batch.labels)
        here = chosen[(chosen >= start) & (chosen < stop)] - start
        parts.append(Decoded(batch.signal_mv[here], batch.labels[here]))
        if stop > chosen[-1]:
            break
        start = stop
    return Decoded(*(np.concatenate(field) for field in zip(*parts, strict=True)))
