"""What became of the records: `prepare_report.json` beside a prepared dataset."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from ecg_synth._version import __version__
from ecg_synth.files import write_text

REPORT = "prepare_report.json"


def make_report(name: str, metadata: dict[str, Any]) -> dict[str, Any]:
    """Builds the report of a prepared dataset from what its builder noted.

    Args:
        name: `dataset/config`.
        metadata: The builder's metadata.

    Returns:
        dataset, source and origin; `splits`: the counts of `ecg_synth.sources.examples.Report` by split, with the
        share of slices saturated; `all`: the same over all splits; `too_short` and `skipped`: records left out, by
        name and, if skipped, with the reason; `absent_splits` and `outside_folds`, for PTB-XL.
    """
    splits = metadata["report"]
    return {
        "dataset": name,
        "source": metadata["source"],
        "origin": metadata["origin"],
        "ecg_synth": __version__,
        "splits": splits,
        "all": _sum(list(splits.values())),
        "too_short": metadata["too_short"],
        "skipped": metadata["skipped"],
        "absent_splits": metadata.get("absent_splits", {}),
        "outside_folds": metadata.get("outside_folds", 0),
    }


def write_report(folder: Path, report: dict[str, Any]) -> None:
    """Writes the report into the folder of a dataset's version."""
    write_text(folder / REPORT, json.dumps(report, indent=1, ensure_ascii=False) + "\n")


def _sum(parts: list[dict[str, Any]]) -> dict[str, Any]:
    total: dict[str, Any] = {}
    for name, first in parts[0].items():
        values = [part[name] for part in parts]
        total[name] = dict(sum(map(Counter, values), Counter())) if isinstance(first, dict) else sum(values)
    total["saturated_share"] = total["saturated"] / total["total"] if total["total"] else 0.0
    return total
