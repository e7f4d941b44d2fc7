"""Synthetic rows as a CSV file with the columns of the table that the model was trained on."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ecg_synth.sampling.sampler import Sampler
from ecg_synth.serving.synthetic import SIDECAR, Synthetic

TABLE = "synthetic.csv"
ORIGIN = "origin"


def write_rows(folder: Path, generated: Iterable[Synthetic], sampler: Sampler, facts: dict[str, Any]) -> None:
    """Writes rows as `synthetic.csv`, with `synthetic.json` beside it: what made them.

    The first column, `origin`, says `synthetic` in every row: the mark stays with a row that is joined to real ones,
    which a comment or a file beside it would not. Then come the table's own columns in its order, binary ones as 0 and
    1, continuous ones to its decimal places, and for a model with classes a last column `class`. So
    `pandas.read_csv(file, index_col="origin")` gives the table's own columns.
    """
    names = [column.name for column in sampler.codec.columns]
    count = 0
    with open(folder / TABLE, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([ORIGIN, *names, *(["class"] if sampler.class_names else [])])
        for row in generated:
            of_class = [] if row.class_name is None else [row.class_name]
            writer.writerow(["synthetic", *sampler.codec.to_text(row.decoded[None])[0], *of_class])
            count += 1
    (folder / SIDECAR).write_text(json.dumps({**facts, "rows": count}, indent=2) + "\n", encoding="utf-8")
