"""From records to batches: `prepare` against the usual loop and against reading alone, memory, and tf.data.

    python benchmarks/data.py                                  # as large as PTB: 2.3 GB in the scratch folder
    python benchmarks/data.py --records 24 --links             # a first look
    python benchmarks/data.py --records 60 --profile           # and where the time of prepare goes

The database is simulated, 15 leads, 115.2 s, 1000 Hz; images are those of lead i, as `prepare` makes them by default.
Rows are measured one after the other in `--repeats` rounds, and the table gives medians: the load of the machine
slows all alike. Every file was just written, so reading is from the page cache, for every row. CPU seconds are those of
all threads, and shall stay what they are when other work takes the processors.

- the usual loop: wfdb.rdsamp of all leads, one slice at a time, PNG by Pillow, tf.io.TFRecordWriter
- the limit: np.fromfile of the signal files that prepare reads (the .dat of 12 leads), and nothing done with them
"""

from __future__ import annotations

import argparse
import cProfile
import io
import itertools
import os
import pstats
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from machine import describe
from ptb_sized import PTB_RECORDS, PTB_SECONDS, make_database
from tabulate import tabulate

from ecg_synth.config import WriteConfig
from ecg_synth.data.quiet import import_tensorflow, quiet_tfds

BATCH = 64
PARTS = ("prepare", "memory", "tfdata")
RANGE_MV = 2.5
LENGTH = 2025


def usual_loop(database: Path, out: Path) -> None:
    """What most people write; every record as they read it, all classes into one file."""
    import tensorflow as tf
    import wfdb
    from PIL import Image

    def feature(value: bytes) -> tf.train.Feature:
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))

    side = int(LENGTH**0.5)
    with tf.io.TFRecordWriter(str(out)) as writer:
        for name in (database / "RECORDS").read_text().split():
            signals, fields = wfdb.rdsamp(str(database / name))
            for start in range(0, len(signals) - LENGTH + 1, LENGTH):
                piece = signals[start : start + LENGTH, 0]
                levels = np.clip(np.ceil((piece - piece.min()) / RANGE_MV * 255), 0, 255).astype(np.uint8)
                png = io.BytesIO()
                Image.fromarray(levels.reshape(side, side)).save(png, format="PNG")
                features = {
                    "image": feature(png.getvalue()),
                    "record": feature(name.encode()),
                    "comments": feature("\n".join(fields["comments"]).encode()),
                }
                example = tf.train.Example(features=tf.train.Features(feature=features))
                writer.write(example.SerializeToString())


def only_read(database: Path) -> None:
    for name in (database / "RECORDS").read_text().split():
        np.fromfile(f"{database / name}.dat", dtype=np.int16)


def run_prepare(database: Path, out: Path, verify: bool, workers: int = WriteConfig.workers) -> dict[str, int]:
    from ecg_synth.data.prepare import prepare
    from ecg_synth.signals import wfdb_io

    quiet_tfds()
    # A user's process prepares once: headers parsed in the round before must not be there already.
    wfdb_io._read_header.cache_clear()
    return prepare(database, out, verify=verify, overwrite=True, write=WriteConfig(workers=workers)).splits


class Cost(NamedTuple):
    """Medians of one task, in seconds."""

    wall: float
    cpu: float


def rounds(tasks: dict[str, Callable[[], object]], repeats: int) -> dict[str, Cost]:
    """Median cost of each task; in every round each runs once."""
    costs: dict[str, list[Cost]] = {name: [] for name in tasks}
    for _, (name, task) in itertools.product(range(repeats), tasks.items()):
        wall, cpu = time.perf_counter(), time.process_time()
        task()
        costs[name].append(Cost(time.perf_counter() - wall, time.process_time() - cpu))
    return {name: Cost(*map(statistics.median, zip(*found, strict=True))) for name, found in costs.items()}


def measure_prepare(database: Path, small: Path, scratch: Path, records: int, repeats: int) -> None:
    # Importing TensorFlow and TFDS, and TFDS's first build, are not prepare's speed.
    run_prepare(small, scratch / "warm", True)
    tasks: dict[str, Callable[[], object]] = {
        "the usual loop (a)": lambda: usual_loop(database, scratch / "loop.tfrecord"),
        "prepare, sha256 of every file": lambda: run_prepare(database, scratch / "data", True),
        "prepare, the same by two workers": lambda: run_prepare(database, scratch / "data", True, 2),
        "prepare --no-verify": lambda: run_prepare(database, scratch / "data", False),
        "prepare --no-verify by two workers": lambda: run_prepare(database, scratch / "data", False, 2),
        "np.fromfile alone (b)": lambda: only_read(database),
    }
    costs = rounds(tasks, repeats)
    slices = sum(run_prepare(database, scratch / "data", False).values())
    loop, limit = costs["the usual loop (a)"], costs["np.fromfile alone (b)"]
    rows = [
        (name, wall, records / wall, slices / wall, loop.wall / wall, wall / limit.wall, cpu, loop.cpu / cpu)
        for name, (wall, cpu) in costs.items()
    ]
    header = ("way", "seconds", "records/s", "slices/s", "times as fast as (a); aim 5", "times (b)'s time; aim 3")
    formats = ("", ".2f", ",.1f", ",.0f", ".2f", ",.1f", ".2f", ".2f")
    print(tabulate(rows, (*header, "CPU s", "(a)'s CPU s / these"), floatfmt=formats))


def child(*arguments: str) -> int:
    """Runs this script in a process of its own; returns its peak memory in MB."""
    command = [sys.executable, __file__, "--child", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1]) // 1024


def run_child(arguments: Sequence[str]) -> None:
    if arguments[0] == "import":
        from ecg_synth.data.prepare import prepare  # noqa: F401
        from tfds_ptb import PtbEcgImages  # noqa: F401
    else:
        run_prepare(Path(arguments[0]), Path(arguments[1]), True)
    print(_peak_kb())


def _peak_kb() -> int:
    # On Linux ru_maxrss of a child begins at what its parent held when it was started; VmHWM begins at 0.
    status = Path("/proc/self/status")
    if status.is_file():
        return int(status.read_text().split("VmHWM:")[1].split()[0])
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measure_memory(sizes: Iterable[tuple[int, Path]], scratch: Path) -> None:
    rows = [("importing TensorFlow and TFDS alone", child("import"))]
    rows += [
        (f"prepare {records} records", child(str(database), str(scratch / f"memory{records}")))
        for records, database in sizes
    ]
    print(tabulate(rows, ("peak memory of a process of its own; aim under 1,000, alike", "MB"), intfmt=","))


def measure_tfdata(database: Path, scratch: Path, preset: str, batches: int, repeats: int, seed: int) -> None:
    import tensorflow as tf

    from ecg_synth.data.prepare import prepare
    from ecg_synth.models.build import build_gan
    from ecg_synth.models.presets import get_preset
    from ecg_synth.training.pipeline import epoch_batches

    run_prepare(database, scratch / "data", False)
    prepared = prepare(database, scratch / "data", verify=False)
    slice_set = prepared.load("train")

    read_config = dict(shuffle_files=True, split="train")
    from_disk = prepared.builder.as_dataset(**read_config).map(lambda example: example["image"])
    from_disk = from_disk.repeat().shuffle(4096, seed=seed).batch(BATCH, drop_remainder=True).prefetch(2)
    size = min(BATCH, len(slice_set))
    in_memory = epoch_batches(slice_set, size, seed, 0, 1_000_000)
    gan = build_gan(get_preset(preset), slice_set.image_shape)
    images = tf.constant(np.resize(slice_set.images, (BATCH, *slice_set.image_shape)))
    step = tf.function(gan.train_step)
    step(images)
    feeds = {name: iter(data) for name, data in (("disk", from_disk), ("memory", in_memory))}
    for feed in feeds.values():
        next(feed)  # fills the shuffle buffer
    steps = max(1, batches // 50)
    tasks: dict[str, Callable[[], object]] = {
        "disk": lambda: [next(feeds["disk"]) for _ in range(batches)],
        "memory": lambda: [next(feeds["memory"]) for _ in range(batches)],
        "step": lambda: [float(next(iter(step(images).values()))) for _ in range(steps)],
    }
    costs = rounds(tasks, repeats)
    rates = {
        f"tf.data from disk, shuffled, batches of {BATCH}": BATCH * batches / costs["disk"].wall,
        f"tf.data as train uses it: from memory, batches of {size}": size * batches / costs["memory"].wall,
        f"a training step of preset {preset}, batch {BATCH}, eats": BATCH * steps / costs["step"].wall,
    }
    eaten = list(rates.values())[-1]
    rows = [(name, rate, rate / eaten) for name, rate in rates.items()]
    print(tabulate(rows, ("what", "images/s", "times what training eats; aim 20"), floatfmt=("", ",.0f", ",.1f")))


def profile(database: Path, scratch: Path) -> None:
    run_prepare(database, scratch / "profiled", False)
    profiler = cProfile.Profile()
    profiler.runcall(run_prepare, database, scratch / "profiled", True, 1)
    for order in ("tottime", "cumtime"):
        stream = io.StringIO()
        pstats.Stats(profiler, stream=stream).sort_stats(order).print_stats(20 if order == "tottime" else 45)
        print(stream.getvalue())


def main(argv: Sequence[str] | None = None) -> None:
    """Prints what prepare takes beside the usual loop and reading alone, its peak memory, and images a second."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=PTB_RECORDS)
    parser.add_argument("--duration", type=float, default=PTB_SECONDS, help="seconds a record")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batches", type=int, default=200, help="batches a round of tf.data")
    parser.add_argument("--preset", default="dcgan", help="model whose step tf.data is held against")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scratch", type=Path, help="where the scratch folder is made; default the system's")
    parser.add_argument("--links", action="store_true", help="hard links to a few records rather than copies")
    parser.add_argument("--profile", action="store_true", help="print where prepare's time goes")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import_tensorflow()
    if options.child:
        run_child(options.child)
        return
    print(describe(options.seed))
    scratch = Path(tempfile.mkdtemp(prefix="ecg_synth_benchmark.", dir=options.scratch))
    try:
        shape = (options.duration, options.seed, not options.links)
        database = make_database(scratch / "database", options.records, *shape)
        # The issue asks for 100 records beside PTB's 549.
        fewer = max(2, options.records * 100 // PTB_RECORDS)
        small = make_database(scratch / "small", fewer, *shape)
        kind = "hard links" if options.links else "copies"
        print(f"database: {options.records} records of {options.duration:g} s, 15 leads ({kind}), simulated")
        if "prepare" in options.parts:
            measure_prepare(database, small, scratch, options.records, options.repeats)
        if "memory" in options.parts:
            measure_memory(((fewer, small), (options.records, database)), scratch)
        if "tfdata" in options.parts:
            measure_tfdata(database, scratch, options.preset, options.batches, options.repeats, options.seed)
        if options.profile:
            profile(database, scratch)
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
