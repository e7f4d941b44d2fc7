"""Opening a source by its name: which records a place holds, whose they are, and what ails the patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from ecg_synth.config import SourceConfig
from ecg_synth.errors import InputError

# Importing a module registers its sources.
from ecg_synth.sources import csv_files, edf_files, ptbxl, wfdb_folders  # noqa: F401
from ecg_synth.sources.source import SOURCES, UNKNOWN, USES, Entry, Source

__all__ = ["SOURCES", "UNKNOWN", "Entry", "Source", "open_source"]


def open_source(
    name: str, folder: str | Path | Sequence[str | Path], options: SourceConfig | None = None, **changes: Any
) -> Source:
    """Opens records on disk.

    Args:
        name: A key of `SOURCES`: `"ptb"` (PTB's layout, simulated databases too), `"ptbxl"` (PTB-XL's layout),
            `"wfdb"` (any folder of WFDB records), `"edf"` or `"csv"` (one file a record).
        folder: Where the records are; for edf and csv also one file, or a list of files.
        options: What some sources need to know, and whether bad records are skipped.
        **changes: Fields of `SourceConfig` to change, for example `table="patients.csv"`, `skip_bad=True`.

    Raises:
        InputError: There is no such folder or no record in it, a record cannot be used, or an option is given that
            the source does not read.
    """
    options = SourceConfig(**{**(options or SourceConfig()).__dict__, **changes})
    opener = SOURCES[name]
    check_options(name, options)
    one_file_each = name in ("edf", "csv")
    if one_file_each and not isinstance(folder, str | Path):
        return opener(tuple(map(Path, folder)), options)
    place = Path(folder)  # type: ignore[arg-type]
    if not (place.is_dir() or (one_file_each and place.is_file())):
        raise InputError(f"There is no folder of records. Received: source_dir={str(place)!r}.")
    return opener(place, options)


def check_options(name: str, options: SourceConfig) -> None:
    """Raises `InputError` when an option differs from its default that the source `name` does not read."""
    default = SourceConfig()
    for item in fields(options):
        value = getattr(options, item.name)
        if item.name == "skip_bad" or value == getattr(default, item.name) or item.name in USES[name]:
            continue
        users = ", ".join(sorted(source for source, uses in USES.items() if item.name in uses))
        raise InputError(
            f"The option {item.name} is for the sources {users} only. "
            f"Received: {item.name}={value!r} with source={name!r}. Leave it out."
        )
