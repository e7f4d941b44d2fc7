"""Training steps against the same networks in PyTorch and against the Keras documentation's GAN example.

    python benchmarks/train.py                                   # every table, about 8 minutes
    python benchmarks/train.py --tables steps --models dcgan     # one table, one model
    python benchmarks/train.py --tables growth

Each side is a process of its own with the same number of threads, and the sides take turns in `--repeats` rounds of
`--steps` steps, so that the load of the machine slows all alike. Tables give the median of the rounds with the lowest
and the highest, by the clock and by the processor's own time, which a busy machine changes less.

- steps: images/s of dcgan (45x45x1), rgb (three channels), acgan (three classes), wgan-gp (five steps of the critic),
  batch 64, filters 64/128/256, noise of 100; ours against PyTorch in both memory layouts, and for dcgan and rgb against
  the documentation's step. An image is a real image that the discriminator learns from.
- precision: float32 against mixed_bfloat16, for dcgan PyTorch's too; and what bounds our step: its FLOPs, counted in
  its graph, over the machine's rate of matrix products.
- growth: time and memory of a DCGAN step as batch, channels, side and number of slices grow; ours.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from machine import describe
from tabulate import tabulate

TABLES = ("steps", "precision", "growth")
DTYPES = ("float32", "mixed_bfloat16")
MODELS = ("dcgan", "rgb", "acgan", "wgan-gp")
GROWTH = {
    "batch": (16, 64, 256),
    "channels": (1, 3, 12),
    "side": (32, 45, 64),
    "slices": (2_048, 100_000),
}
# Of a step's images the wgan-gp's are five batches.
PARTS = {"wgan-gp": 5}


class Side:
    """A process that trains when asked to."""

    def __init__(self, name: str, job: dict[str, Any]):
        self.name, self.job = name, job
        self.rounds: list[dict[str, float]] = []
        threads = str(job["threads"])
        environment = os.environ | {
            "TF_NUM_INTRAOP_THREADS": threads,
            "TF_NUM_INTEROP_THREADS": "1",
            "OMP_NUM_THREADS": threads,
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("train_worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        self.facts: dict[str, Any] = {}

    def start(self) -> None:
        """Sends the job; the first steps have been made when this returns."""
        self.facts = self._ask(self.job)

    def _ask(self, question: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.name} ended with status {self.process.wait()}; run benchmarks/train_worker.py")
        return json.loads(answer)

    def measure(self, steps: int) -> None:
        """Trains one round."""
        self.rounds.append(self._ask(steps))

    def close(self) -> None:
        """Lets the process end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def column(self, what: str) -> np.ndarray:
        """What every round measured."""
        return np.array([measured[what] for measured in self.rounds])

    def images(self, what: str = "wall_s") -> np.ndarray:
        """Images a second of every round."""
        return self.job["batch"] * PARTS.get(self.job["model"], 1) / self.column(what)


def in_turns(jobs: dict[str, dict[str, Any]], options: argparse.Namespace) -> dict[str, Side]:
    """Starts every side, runs them in turns and ends them."""
    sides = {name: Side(name, job) for name, job in jobs.items()}
    for side in sides.values():
        side.start()
    for _ in range(options.repeats):
        for side in sides.values():
            side.measure(options.steps)
    for side in sides.values():
        side.close()
    return sides


def job_of(options: argparse.Namespace, side_of: str, model: str = "dcgan", **changes: Any) -> dict[str, Any]:
    return {
        "side_of": side_of,
        "model": model,
        "batch": options.batch,
        "side": options.side,
        "channels": 3 if model == "rgb" else 1,
        "slices": 2_048,
        "dtype": "float32",
        "layout": "nchw",
        "threads": options.threads,
        **changes,
    }


def torch_jobs(options: argparse.Namespace, model: str, **changes: Any) -> dict[str, dict[str, Any]]:
    return {
        f"PyTorch, {layout}": job_of(options, "torch", model, layout=layout, **changes)
        for layout in ("nchw", "channels_last")
    }


def spread(values: np.ndarray) -> str:
    return f"{np.median(values):,.1f} ({values.min():,.1f} to {values.max():,.1f})"


def compared(fast: Side, slow: Side) -> list[str]:
    """How many times as many images `fast` takes: round by round by the clock, best rounds by processor time."""
    if fast is slow:
        return ["", ""]
    ratios = fast.images() / slow.images()
    by_cpu = fast.images("cpu_s").max() / slow.images("cpu_s").max()
    return [f"{np.median(ratios):.2f} ({ratios.min():.2f} to {ratios.max():.2f})", f"{by_cpu:.2f}"]


def steps_table(options: argparse.Namespace) -> None:
    rows = []
    for model in options.models:
        jobs = {"ours": job_of(options, "ours", model), **torch_jobs(options, model)}
        if model in ("dcgan", "rgb"):
            jobs["Keras' example"] = job_of(options, "keras", model)
        sides = in_turns(jobs, options)
        ours = sides["ours"]
        for name, side in sides.items():
            rows.append([model, name, spread(side.images()), *compared(ours, side)])
    print(f"\nsteps: float32, batch {options.batch}, {options.threads} thread(s) a side")
    print(tabulate(rows, headers=["model", "side", "images/s", "ours, times", "by processor time"]))


def precision_table(options: argparse.Namespace) -> None:
    rows, bounds = [], []
    matrix = in_turns(
        {dtype: job_of(options, "matrix", dtype=dtype.removeprefix("mixed_")) for dtype in DTYPES}, options
    )
    for model in options.models:
        jobs = {f"ours {dtype}": job_of(options, "ours", model, dtype=dtype) for dtype in DTYPES}
        if model == "dcgan":
            jobs["PyTorch float32"] = job_of(options, "torch", model, layout="channels_last")
            jobs["PyTorch mixed_bfloat16"] = {**jobs["PyTorch float32"], "dtype": "mixed_bfloat16"}
        sides = in_turns(jobs, options)
        for name, side in sides.items():
            own = sides[f"{name.split()[0]} float32"]
            rows.append([model, name, spread(side.images()), *compared(side, own)])
        for dtype in DTYPES:
            flops = sides[f"ours {dtype}"].facts["flops"]
            rate = flops / sides[f"ours {dtype}"].column("cpu_s").min() / 1e9
            best = matrix[dtype].facts["flops"] / matrix[dtype].column("cpu_s").min() / 1e9
            bounds.append([model, dtype, flops / 1e9, flops / rate / 1e6, rate, best, flops / best / 1e6, best / rate])
    print(f"\nprecision: batch {options.batch}, {options.threads} thread(s) a side")
    print(tabulate(rows, headers=["model", "side", "images/s", "times its float32", "by processor time"]))
    print("\nbound: FLOPs of our step's convolutions and matrix products over the machine's rate of matrix products")
    header = ["model", "dtype", "GFLOP a step", "CPU ms", "GFLOP/s", "matrix GFLOP/s", "bound, ms", "times the bound"]
    print(tabulate(bounds, headers=header, floatfmt=("", "", ".1f", ".0f", ".0f", ".0f", ".0f", ".2f")))


def growth_table(options: argparse.Namespace) -> None:
    rows = []
    for what, values in GROWTH.items():
        # One at a time: memory is what they are asked about.
        for value in values:
            side = Side(f"{what} {value}", job_of(options, "ours", **{what: value}))
            side.start()
            for _ in range(options.repeats):
                side.measure(options.steps)
            side.close()
            seconds = side.column("cpu_s")
            row = [what, value, 1e3 * float(np.median(side.column("wall_s"))), 1e3 * float(np.median(seconds))]
            rows.append([*row, float(np.median(side.images("cpu_s"))), side.column("peak_mb").max()])
    print(f"\ngrowth: DCGAN, float32, batch {options.batch}, side {options.side}, 1 channel, 2,048 slices but for:")
    header = ["what", "value", "ms a step", "CPU ms a step", "images/CPU s", "peak MB"]
    print(tabulate(rows, headers=header, floatfmt=("", ",", ",.0f", ",.0f", ",.0f", ",.0f")))


def main(argv: Sequence[str] | None = None) -> None:
    """Prints a table each of steps against their rivals, of precision, and of growth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--side", type=int, default=45)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--steps", type=int, default=1, help="steps a side in a round")
    options = parser.parse_args(argv)
    print(describe(0))
    makers = {"steps": steps_table, "precision": precision_table, "growth": growth_table}
    for table in options.tables:
        makers[table](options)


if __name__ == "__main__":
    main()
