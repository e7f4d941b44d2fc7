"""Synthetic slices as CSV files, one a slice."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth.sampling.sampler import Sampler
from ecg_synth.serving.records import synthetic_comments
from ecg_synth.serving.synthetic import Synthetic

DECIMALS = 6


def write_csv_records(folder: Path, generated: Iterable[Synthetic], sampler: Sampler, facts: dict[str, Any]) -> None:
    """Writes each slice as `synthetic_000000.csv`: `time` in seconds, and a column a lead in mV to the nanovolt.

    Comment lines above the header say that it is synthetic and what made it, as in a WFDB header; `open_source("csv")`
    reads them, and `pandas.read_csv(file, comment="#")` passes over them.
    """
    codec = sampler.codec
    header = ",".join(["time", *codec.leads])
    row = ",".join([f"%.{DECIMALS}f"] * (1 + len(codec.leads)))
    time = np.arange(codec.length) / codec.fs
    for made in generated:
        comments = (
            *synthetic_comments(facts, made.number, made.class_name, made.asked),
            "Units: time in s, leads in mV",
        )
        # Adding 0 takes the sign off a zero that was rounded.
        values = np.column_stack([time, made.decoded]).astype(np.float64).round(DECIMALS) + 0.0
        lines = [*(f"# {line}" for line in comments), header, *(row % tuple(sample) for sample in values)]
        (folder / f"synthetic_{made.number:06d}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
