"""`health.json`: what the detectors found, beside `metrics.csv` and derived from it."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ecg_synth.errors import InputError
from ecg_synth.files import write_text
from ecg_synth.training.health import Finding


def read(path: Path) -> list[Finding]:
    """Returns the findings in the file; none when there is no file.

    Raises:
        InputError: The file is not what training wrote.
    """
    if not path.exists():
        return []
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))["findings"]
        return [_finding(entry) for entry in entries]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} is not what training wrote ({type(error).__name__}: {error}). Remove it: training writes it anew."
        ) from None


def write(path: Path, found: Sequence[Finding]) -> None:
    """Replaces the file where it says something else.

    Raises:
        StorageError: The disk is full or the folder is not writable; the old file is unchanged.
    """
    text = json.dumps({"findings": [_entry(finding) for finding in found]}, indent=2, allow_nan=False) + "\n"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)


def _entry(finding: Finding) -> dict[str, Any]:
    # JSON has no NaN; 'nan' and 'inf' stand as text.
    evidence = {name: value if math.isfinite(value) else repr(value) for name, value in finding.evidence.items()}
    return {**dataclasses.asdict(finding), "evidence": evidence}


def _finding(entry: dict[str, Any]) -> Finding:
    evidence = {name: float(value) for name, value in entry["evidence"].items()}
    return Finding(**{**entry, "evidence": evidence, "advice": tuple(entry["advice"])})
