"""Synthetic slices as NumPy archives."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth.sampling.sampler import Sampler
from ecg_synth.serving.shards import iter_shards
from ecg_synth.serving.synthetic import Synthetic, slice_facts


def write_arrays(folder: Path, generated: Iterable[Synthetic], sampler: Sampler, facts: dict[str, Any]) -> None:
    """Writes slices as `synthetic_00000.npz` and so on, to the bit, at most 64 MiB a file before compression.

    Each holds `signal_mv` float32 (n, length, leads) in mV, `image` (n, height, width, channels), which strips have
    none of, `number` int64 (n,), `class_name` (n,) of a model with classes, `asked` (n,) of one with conditions, what
    each slice was made for in words, `leads`, `fs` in Hz, `origin`, which is 'synthetic', and `facts`, what made them,
    as JSON text. None needs `allow_pickle`.
    """
    text = json.dumps(slice_facts(facts, sampler.codec))
    for shard in iter_shards(generated, sampler):
        told: dict[str, Any] = {"class_name": shard.class_name} if sampler.class_names else {}
        if sampler.scales:
            told["asked"] = shard.asked
        if shard.images.size:
            told["image"] = shard.images
        np.savez_compressed(
            folder / f"{shard.name}.npz",
            signal_mv=shard.signal_mv,
            number=shard.number,
            leads=np.array(sampler.codec.leads),
            fs=np.float64(sampler.codec.fs),
            origin=np.array("synthetic"),
            facts=np.array(text),
            **told,
        )
