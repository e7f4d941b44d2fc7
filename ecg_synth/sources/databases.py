"""Opening a source by its name: which records a place holds, whose they are, and what ails the patient."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from ecg_synth.config import SourceConfig
from ecg_synth.errors import InputError

# Importing a module registers its sources.
from ecg_synth.sources import ptbxl, wfdb_folders  # noqa: F401
from ecg_synth.sources.source import SOURCES, UNKNOWN, USES, Entry, Source

__all__ = ["SOURCES", "UNKNOWN", "Entry", "Source", "open_source"]


def open_source(name: str, folder: str | Path, options: SourceConfig | None = None, **changes: Any) -> Source:
    """Opens records on disk.

    Args:
        name: A key of `SOURCES`: `"ptb"` (PTB's layout, simulated databases too), `"ptbxl"` (PTB-XL's layout),
            `"wfdb"` (any folder of WFDB records).
        folder: Where the records are.
        options: What some sources need to know, and whether bad records are skipped.
        **changes: Fields of `SourceConfig` to change, for example `table="patients.csv"`, `skip_bad=True`.

    Raises:
        InputError: There is no such folder or no record in it, a record cannot be used, or an option is given that
            the source does not read.
    """
    options = SourceConfig(**{**(options or SourceConfig()).__dict__, **changes})
    opener = SOURCES[name]
    check_options(name, options)
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"There is no folder of records. Received: source_dir={str(folder)!r}.")
    return opener(folder, options)


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
