"""Which records a folder holds."""

from __future__ import annotations

from pathlib import Path

from ecg_synth.errors import InputError


def list_records(folder: Path, argument: str = "source_dir") -> list[str]:
    """Returns record names: those of the file RECORDS where there is one, else of every header found below.

    Args:
        folder: Where they are.
        argument: How the folder is called where the user gives it.

    Raises:
        InputError: There is none.
    """
    index = folder / "RECORDS"
    if index.is_file():
        names = index.read_text(encoding="utf-8").split()
    else:
        names = sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.hea"))
    if not names:
        raise InputError(
            f"The folder holds no WFDB record: there is no *.hea file in it. Received: {argument}={str(folder)!r}. "
            f"Give the folder that holds RECORDS or the headers, or make a database with 'ecg-synth simulate'."
        )
    return names
