"""Mutates WFDB headers and signal files and prints what the reader made of each; 1 on a crash or a silent wrong value.

    python benchmarks/fuzz_wfdb.py --count 10000

A mutated signal file must be refused (its checksum or size disagrees) or give the very same millivolts. A mutated
header may still be a valid header that says something else; then it must be read as wfdb itself reads it.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import wfdb
from machine import describe
from tabulate import tabulate

from ecg_synth.errors import InputError
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.wfdb_io import read_record, write_record
from ecg_synth.signals.wfdb_samples import MILLIVOLTS


def mutate(content: bytes, rng: np.random.Generator) -> bytes:
    """Changes, deletes, inserts or repeats some bytes, or cuts the end off."""
    data = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        at = int(rng.integers(0, max(1, len(data))))
        kind = rng.integers(0, 5)
        if kind == 0 and data:
            data[at] = int(rng.integers(0, 256))
        elif kind == 1:
            del data[at : at + int(rng.integers(1, 9))]
        elif kind == 2:
            data[at:at] = bytes(rng.integers(0, 256, rng.integers(1, 9), dtype=np.uint8))
        elif kind == 3:
            data[at:at] = data[at : at + int(rng.integers(1, 40))]
        else:
            del data[at:]
    return bytes(data)


def judge(path: Path, original: np.ndarray, header_is_whole: bool) -> str:
    try:
        record = read_record(path)
    except InputError:
        return "refused with a clear error"
    except Exception as error:
        return f"CRASH: {type(error).__name__}: {error}"
    if record.p_signal.shape == original.shape and np.array_equal(record.p_signal, original, equal_nan=True):
        return "read, the same millivolts"
    if header_is_whole:
        return "SILENT WRONG VALUE"
    try:
        read = wfdb.rdrecord(str(path))
        # What is not a voltage is left out here.
        volts = [k for k, unit in enumerate(read.units) if unit.lower() in MILLIVOLTS]
        theirs = read.p_signal[:, volts] * [MILLIVOLTS[read.units[k].lower()] for k in volts]
    except Exception as error:
        return f"read where wfdb raises {type(error).__name__}"
    same = theirs.shape == record.p_signal.shape and np.array_equal(theirs, record.p_signal, equal_nan=True)
    return "another valid header, read as wfdb reads it" if same else "another valid header, read otherwise than wfdb"


def main() -> int:
    """Prints how often each mutation had which outcome; returns 1 where one crashed or passed in silence."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(describe(options.seed))
    logging.disable(logging.WARNING)
    rng = np.random.default_rng(options.seed)
    found: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        comments = ("age: 63", "sex: male", "Reason for admission: Myocarditis")
        signal = rng.normal(0, 0.4, (200, 3))
        write_record(EcgRecord("r", signal, 1000.0, ("i", "ii", "v1"), "p", comments=comments), folder)
        original = read_record(folder / "r").p_signal
        files = {suffix: (folder / f"r{suffix}").read_bytes() for suffix in (".hea", ".dat")}
        for _ in range(options.count):
            suffix = ".hea" if rng.random() < 0.5 else ".dat"
            (folder / f"r{suffix}").write_bytes(mutate(files[suffix], rng))
            found["header" if suffix == ".hea" else "signal file", judge(folder / "r", original, suffix == ".dat")] += 1
            (folder / f"r{suffix}").write_bytes(files[suffix])
    rows = [(*key, number) for key, number in sorted(found.items())]
    print(tabulate(rows, ("mutated", "outcome", "times"), intfmt=","))
    return int(any(outcome.startswith(("CRASH", "SILENT")) for _, outcome in found))


if __name__ == "__main__":
    sys.exit(main())
