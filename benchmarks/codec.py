"""Encode and decode against one NumPy copy: slices a second, and how many times the copy's time each takes.

    python benchmarks/codec.py                     # one PTB record's slices of one lead, as `prepare` encodes them
    python benchmarks/codec.py --leads 12 --slices 500

The copy that encoding stands against is `slices_mv.copy()` of encode's input, float64 (slices, length, leads): 8 bytes
a sample. The copy that decoding stands against is `.copy()` of decode's output, float32: 4 bytes a sample. In each
repeat every task runs once, copies too, so that a busy machine slows all of them alike; the table gives medians.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence

import numpy as np
from machine import describe
from tabulate import tabulate

from ecg_synth.codec import ARRANGEMENTS, STANDARDIZATIONS, EcgImageCodec
from ecg_synth.signals.leads import PTB_15

AIM = 10.0


def slices_like_an_ecg(count: int, length: int, leads: int, seed: int) -> np.ndarray:
    """Noise with a peak a second, float64 (count, length, leads) in mV; the codec's time does not depend on values."""
    slices_mv = np.random.default_rng(seed).normal(0.0, 0.05, (count, length, leads))
    slices_mv[:, length // 4 :: 1000] += 1.0
    return slices_mv


def medians(tasks: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Seconds of one call of each task, the median of `repeats` rounds in which every task runs once."""
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for task in tasks.values():
        task()
    for _ in range(repeats):
        for name, task in tasks.items():
            started = time.perf_counter()
            task()
            seconds[name].append(time.perf_counter() - started)
    return {name: float(np.median(values)) for name, values in seconds.items()}


def main(argv: Sequence[str] | None = None) -> None:
    """Prints slices a second of encoding and decoding by arrangement and standardization, over the copy's time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slices", type=int, default=56, help="slices a call; a PTB record of 115.2 s has 56")
    parser.add_argument("--leads", type=int, default=1)
    parser.add_argument("--length", type=int, default=2025)
    parser.add_argument("--repeats", type=int, default=101)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    print(describe(options.seed))

    slices_mv = slices_like_an_ecg(options.slices, options.length, options.leads, options.seed)
    decoded_mv = slices_mv.astype(np.float32)
    # Where `slices_like_an_ecg` puts them: the time is that of encoding, not of looking for beats.
    r_peaks = [np.arange(options.length // 4, options.length, 1000)] * options.slices
    tasks: dict[str, Callable[[], object]] = {"copy for encode": slices_mv.copy, "copy for decode": decoded_mv.copy}
    kinds = [(standardization, arrangement) for standardization in STANDARDIZATIONS for arrangement in ARRANGEMENTS]
    for standardization, arrangement in kinds:
        codec = EcgImageCodec(PTB_15[: options.leads], standardization, arrangement, options.length).fit([slices_mv])
        encoded = codec.encode_slices(slices_mv, r_peaks)
        tasks[f"{standardization} {arrangement} encode"] = lambda codec=codec: codec.encode_slices(slices_mv, r_peaks)
        tasks[f"{standardization} {arrangement} decode"] = lambda codec=codec, encoded=encoded: codec.decode(
            encoded.images, encoded.offset
        )
    seconds = medians(tasks, options.repeats)

    rows = []
    for standardization, arrangement in kinds:
        row: list[object] = [standardization, arrangement]
        for step in ("encode", "decode"):
            taken = seconds[f"{standardization} {arrangement} {step}"]
            ratio = taken / seconds[f"copy for {step}"]
            row += [options.slices / taken, ratio, "yes" if ratio <= AIM else "no"]
        rows.append(row)
    for step, array in (("encode", slices_mv), ("decode", decoded_mv)):
        rate = array.nbytes / seconds[f"copy for {step}"] / 1e9
        print(f"copy for {step}: {array.nbytes:,} bytes of {array.dtype} {array.shape}, {rate:.1f} GB/s")
    header = ["standardization", "arrangement"]
    for step in ("encode", "decode"):
        header += [f"{step}, slices/s", "times the copy", f"within {AIM:g}"]
    print(tabulate(rows, headers=header, floatfmt=("", "", ",.0f", ".1f", "", ",.0f", ".1f", "")))


if __name__ == "__main__":
    main()
