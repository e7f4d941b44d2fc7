"""Trainings that are killed and started again, beside the same ones undisturbed: do they end with the same bits?

    python benchmarks/resume.py --data-dir data --out /tmp/resume --train "--preset rgb --epochs 8" --train "..."

Each --train holds flags of `ecg-synth train`. It runs twice: once undisturbed, and once killed by SIGKILL, each time at
a random moment of another part of the run, and started again by the same command. Then everything is compared that a
run leaves behind but its clock: weights and both optimizers of the newest checkpoint, array by array, and the bytes of
metrics.csv, health.json and the pictures.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from machine import describe
from tabulate import tabulate

from ecg_synth.training import Run

HEADS = ("preset", "epochs", "killed", "arrays", "bytes", "files", "killed run")


def main(arguments: list[str] | None = None) -> None:
    """Prints of each training how often it was killed, and whether the same bits came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for the runs; what earlier ones left goes")
    parser.add_argument("--train", action="append", required=True, help="flags of 'ecg-synth train' in one string")
    parser.add_argument("--kills", type=int, default=2, help="of each run")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    options = parser.parse_args(arguments)
    print(describe(options.seed))
    stream = np.random.default_rng(options.seed)
    rows = []
    for number, flags in enumerate(options.train):
        folder = options.out / str(number)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        command = [sys.executable, "-m", "ecg_synth", "train", "--data-dir", options.data_dir, *shlex.split(flags)]
        rows.append(_case(command, folder, options.kills, stream))
        print(tabulate(rows[-1:], HEADS), flush=True)
    print(tabulate(rows, HEADS))


def _case(command: list[str], folder: Path, kills: int, stream: np.random.Generator) -> tuple[Any, ...]:
    whole, killed = folder / "whole", folder / "killed"
    process = _start(command, whole)
    seconds = _seconds_an_epoch(process, whole)
    epochs = Run.load(whole).config.epochs
    # A moment in each equal part of the run, so that each kill loses another epoch.
    moments = (np.arange(kills) + stream.random(kills)) * epochs / kills
    found = [_start_and_kill(command, killed, moment, seconds) for moment in moments]
    if _start(command, killed).wait():
        raise SystemExit(f"The resumed run ended with an error: see {folder / 'killed.log'}.")
    undisturbed, resumed = Run.load(whole), Run.load(killed)
    sizes = [array.nbytes for array in arrays(undisturbed).values()]
    wrong = differences(resumed, undisturbed)
    verdict = "identical" if not wrong else "differs: " + ", ".join(wrong)
    facts = undisturbed.preset, epochs, "; ".join(found), len(sizes), f"{sum(sizes):,}", len(files(undisturbed))
    return (*facts, verdict)


def _start(command: list[str], run_dir: Path) -> subprocess.Popen[bytes]:
    with open(run_dir.with_suffix(".log"), "ab") as log:
        return subprocess.Popen([*command, "--run-dir", str(run_dir)], stdout=log, stderr=log)


def _seconds_an_epoch(process: subprocess.Popen[bytes], run_dir: Path) -> float:
    _wait_for_epoch(process, run_dir, 1)
    begun = time.monotonic()
    if process.wait():
        raise SystemExit(f"The undisturbed run ended with an error: see {run_dir.with_suffix('.log')}.")
    return (time.monotonic() - begun) / max(_epoch(run_dir) - 1, 1)


def _start_and_kill(command: list[str], run_dir: Path, moment: float, seconds: float) -> str:
    """Returns in which epoch the run was killed, and how many a checkpoint holds."""
    process = _start(command, run_dir)
    try:
        _wait_for_epoch(process, run_dir, int(moment))
        time.sleep(moment % 1 * seconds)
    finally:
        process.kill()
    if process.wait() >= 0:
        raise SystemExit(
            f"The run ended before it was killed: see {run_dir.with_suffix('.log')}, or ask for more epochs."
        )
    checkpoint = Run.load(run_dir).newest_checkpoint() if _epoch(run_dir) else None
    return f"in epoch {_epoch(run_dir) + 1} (saved: {checkpoint.epoch if checkpoint else 0})"


def _wait_for_epoch(process: subprocess.Popen[bytes], run_dir: Path, epoch: int) -> None:
    while _epoch(run_dir) < epoch and process.poll() is None:
        time.sleep(0.02)


def _epoch(run_dir: Path) -> int:
    path = run_dir / "metrics.csv"
    return len(path.read_text(encoding="utf-8").splitlines()) - 1 if path.is_file() else 0


def differences(run: Run, reference: Run) -> list[str]:
    """Returns what differs between two runs: names of arrays of the checkpoint, and files.

    Args:
        run: A finished run.
        reference: Another one of the same settings.
    """
    left, right = arrays(run), arrays(reference)
    wrong = [name for name in sorted({**left, **right}) if not _same(left.get(name), right.get(name))]
    return wrong + [
        name for name in sorted({*files(run), *files(reference)}) if files(run).get(name) != files(reference).get(name)
    ]


def arrays(run: Run) -> dict[str, np.ndarray]:
    """Returns all that the newest checkpoint holds, by its name in the file."""
    checkpoint = run.newest_checkpoint()
    if checkpoint is None:
        return {}
    found: dict[str, np.ndarray] = {}
    with h5py.File(checkpoint.path / "model.weights.h5") as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return {f"{checkpoint.path.name}/{name}": np.asarray(value) for name, value in found.items()}


def files(run: Run) -> dict[str, bytes]:
    """Returns the bytes of the record, the findings and the pictures, by name."""
    paths = [run.metrics_path, run.health_path, *sorted(run.images_dir.glob("*.png"))]
    return {os.path.relpath(path, run.path): path.read_bytes() for path in paths if path.is_file()}


def _same(left: np.ndarray | None, right: np.ndarray | None) -> bool:
    # Bytes, for NaN equals NaN here.
    return left is not None and right is not None and left.dtype == right.dtype and left.tobytes() == right.tobytes()


if __name__ == "__main__":
    main()
