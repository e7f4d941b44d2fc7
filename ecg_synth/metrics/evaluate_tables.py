"""The judgement of a table: rows in place of slices, columns in place of leads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ecg_synth.config import JudgeConfig
from ecg_synth.config_files import to_dict
from ecg_synth.data.prepared import Prepared
from ecg_synth.errors import InputError
from ecg_synth.metrics.section import Section
from ecg_synth.metrics.table_loading import real_table, synthetic_table
from ecg_synth.metrics.tables import TableSet, table_metrics
from ecg_synth.metrics.tables_section import tables_section


def evaluate_table(
    prepared: Prepared, synthetic: str | os.PathLike[str], config: JudgeConfig
) -> tuple[dict[str, Any], dict[str, Section]]:
    """Returns what `evaluate` returns of ECGs, and the sections.

    A dataset without the floor's split, Thyroid for one, has its training split as floor: its rows are of other
    patients than the reference's too.

    Args:
        prepared: The real table.
        synthetic: A run folder, or a folder of `ecg-synth generate` with `synthetic.csv`.
        config: What is judged against what; metrics, sections, classes and encoder are those of ECGs.

    Raises:
        InputError: The candidate is not of this table, or settings of ECGs are given.
    """
    for name in ("metrics", "sections", "classes", "encoder"):
        if getattr(config, name):
            raise InputError(
                f"The judgement of a table has one set of metrics and one section. Received: "
                f"{name}={getattr(config, name)!r} for {prepared.name!r}. Leave it out."
            )
    floor_split = config.floor_split if config.floor_split in prepared.splits else config.train_split
    floor, reference = (real_table(prepared, split) for split in (floor_split, config.reference_split))
    candidate = synthetic_table(Path(synthetic), reference, config.count or len(floor), config.seed, config.best)
    facts = {
        "candidate": _about(candidate) | {"place": str(synthetic)},
        "floor": _about(floor),
        "reference": _about(reference),
        "dataset": prepared.name,
        "fingerprint": prepared.metadata["fingerprint"],
        "columns": list(reference.columns),
        "classes": list(reference.class_names),
        "judged": min(len(candidate), len(floor)),
        "seed": config.seed,
        "config": to_dict(config),
    }
    metrics = table_metrics(reference, floor, candidate, config.seed, config.replicates)
    section = tables_section(reference, floor, candidate, config.seed)
    return {"facts": facts, "metrics": metrics}, {"table": section}


def _about(table: TableSet) -> dict[str, Any]:
    return {"name": table.name, "origin": table.origin, "slices": len(table), "patients": None}
