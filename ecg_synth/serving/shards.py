"""Generated slices by the shard: files of many slices, of which one at a time is in memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from ecg_synth.sampling.sampler import Sampler
from ecg_synth.serving.synthetic import Synthetic

SHARD_BYTES = 2**26
"""Images and millivolts of one shard; writing needs a few times as much."""


class Shard(NamedTuple):
    """Some slices.

    Attributes:
        name: Of its file, without an extension: `synthetic_00000` and so on.
        number: int64 (n,): number of each slice.
        images: (n, height, width, channels).
        signal_mv: float32 (n, length, leads).
        class_name: (n,) text; empty in a model without classes.
        asked: (n,) text: the conditions that each was made for; empty where none was told.
    """

    name: str
    number: np.ndarray
    images: np.ndarray
    signal_mv: np.ndarray
    class_name: np.ndarray
    asked: np.ndarray


def iter_shards(generated: Iterable[Synthetic], sampler: Sampler) -> Iterator[Shard]:
    """Yields shards of at most `SHARD_BYTES`, and pulls no slice before its shard is asked for."""
    slice_bytes = sum(spec.dtype.size * (spec.shape[1:].num_elements() or 0) for spec in sampler.output_specs)
    slices = iter(generated)
    for index in itertools.count():
        chosen = list(itertools.islice(slices, max(1, SHARD_BYTES // slice_bytes)))
        if not chosen:
            return
        yield Shard(
            f"synthetic_{index:05d}",
            np.array([made.number for made in chosen], np.int64),
            np.stack([made.image for made in chosen]),
            np.stack([made.decoded for made in chosen]),
            np.array([made.class_name or "" for made in chosen]),
            np.array([made.asked for made in chosen]),
        )
