"""Synthetic slices as Parquet files, over `pyarrow`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ecg_synth.errors import InputError
from ecg_synth.sampling.sampler import Sampler
from ecg_synth.serving.shards import Shard, iter_shards
from ecg_synth.serving.synthetic import Synthetic, slice_facts

KEY = b"ecg_synth"


def write_parquet(folder: Path, generated: Iterable[Synthetic], sampler: Sampler, facts: dict[str, Any]) -> None:
    """Writes slices as `synthetic_00000.parquet` and so on, to the bit: one row a slice, at most 64 MiB a file.

    The columns are `origin`, which says `synthetic` in every row, `number`, `class` of a model with classes, `asked` of
    one with conditions, and one a lead, float32 lists of the slice's samples in mV. The schema's metadata hold, under
    `ecg_synth`, what made them and the sampling rate as JSON; the metadata of a lead's field its unit.
    `pandas.read_parquet(folder)` reads them all.

    Raises:
        InputError: `pyarrow` is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise InputError(
            "Parquet is written by pyarrow, which is not installed. Received: format='parquet'. "
            "Run: pip install 'ecg_synth[parquet]', or choose the format numpy."
        ) from None
    codec = sampler.codec
    samples = pa.list_(pa.float32(), codec.length)
    schema = pa.schema(
        [
            pa.field("origin", pa.string()),
            pa.field("number", pa.int64()),
            *([pa.field("class", pa.string())] if sampler.class_names else []),
            *([pa.field("asked", pa.string())] if sampler.scales else []),
            *(pa.field(lead, samples, metadata={"unit": "mV", "fs": f"{codec.fs:g} Hz"}) for lead in codec.leads),
        ],
        metadata={KEY: json.dumps(slice_facts(facts, codec)).encode()},
    )
    for shard in iter_shards(generated, sampler):
        columns = [["synthetic"] * len(shard.number), shard.number]
        columns += [shard.class_name.tolist()] if sampler.class_names else []
        columns += [shard.asked.tolist()] if sampler.scales else []
        arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=False)]
        arrays += _leads(pa, shard, codec.length)
        parquet.write_table(pa.table(arrays, schema), folder / f"{shard.name}.parquet", compression="zstd")


def _leads(pa: Any, shard: Shard, length: int) -> list[Any]:
    return [
        pa.FixedSizeListArray.from_arrays(pa.array(shard.signal_mv[..., lead].ravel()), length)
        for lead in range(shard.signal_mv.shape[2])
    ]
