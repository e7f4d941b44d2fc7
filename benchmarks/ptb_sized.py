"""A simulated database as large as PTB in seconds: some records are simulated, and the others are links to them."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from ecg_synth.config import SimulateConfig
from ecg_synth.signals.simulate import write_simulated_database

PTB_RECORDS = 549
PTB_SECONDS = 115.2
PATIENTS = 6
"""Patients that are simulated; their records come again under other patients' names."""


def make_database(folder: Path, records: int, duration: float, seed: int, copy: bool = False) -> Path:
    """Writes `records` records of 15 leads at 1000 Hz and 16 bit in PTB's layout, marked simulated in every header.

    Args:
        folder: The database; it must not exist.
        records: How many.
        duration: Seconds a record.
        seed: Seed of the simulation.
        copy: Write real copies, which fill disk and page cache as PTB does, rather than hard links to the same bytes.
    """
    first = write_simulated_database(
        folder.with_name(f"{folder.name}.first"), SimulateConfig(patients=PATIENTS, duration=duration, seed=seed)
    )
    originals = (first / "RECORDS").read_text(encoding="ascii").split()
    folder.mkdir()
    names, sums = [], []
    for number in range(records):
        original = first / originals[number % len(originals)]
        place = folder / f"patient{number + 1:03d}"
        place.mkdir()
        for file in sorted(original.parent.glob(f"{original.name}.*")):
            (shutil.copyfile if copy else os.link)(file, place / file.name)
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            sums.append(f"{digest}  {place.name}/{file.name}\n")
        names.append(f"{place.name}/{original.name}\n")
    (folder / "RECORDS").write_text("".join(names), encoding="ascii")
    (folder / "SHA256SUMS.txt").write_text("".join(sums), encoding="ascii")
    return folder
