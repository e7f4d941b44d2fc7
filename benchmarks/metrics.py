"""What the judge costs: seconds of each extractor and each metric, and peak memory.

    python benchmarks/metrics.py --slices 5000

Slices are simulated, 2025 samples at 1000 Hz, five of each patient, and no patient is in two sets: as many to judge as
to compare them with and as the floor, a fifth as many to train on. A metric's seconds hold value and interval of the
candidate and of the floor, and the ceiling; the first that asks for features pays for them, so extractors are timed
before.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Sequence

import numpy as np
from machine import JUDGE_PACKAGES, describe
from tabulate import tabulate
from tqdm import tqdm

from ecg_synth.metrics.case import Case, Judgement
from ecg_synth.metrics.extractors import EXTRACTORS
from ecg_synth.metrics.metric import METRICS
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.metrics.suite import REPLICATES, judge
from ecg_synth.signals.leads import PTB_15
from ecg_synth.signals.simulate import draw_patients, simulate_record

FS, LENGTH, A_PATIENT = 1000.0, 2025, 5


def simulated(counts: Sequence[int], leads: Sequence[str], seed: int) -> list[SignalSet]:
    """Returns sets of so many simulated slices, each of its own patients."""
    patients = iter(draw_patients(sum(-(-count // A_PATIENT) for count in counts), seed))
    columns = [PTB_15.index(lead) for lead in leads]
    names: dict[str, int] = {}
    sets = []
    for count in counts:
        slices, groups, labels = [], [], []
        for patient in (next(patients) for _ in range(-(-count // A_PATIENT))):
            record = simulate_record(patient, A_PATIENT * LENGTH / FS, FS, seed).p_signal[:, columns]
            slices.append(record.reshape(A_PATIENT, LENGTH, len(columns)).astype(np.float32))
            groups += [patient.patient] * A_PATIENT
            labels += [names.setdefault(patient.diagnosis, len(names))] * A_PATIENT
        made = np.concatenate(slices)[:count]
        sets.append((made, np.array(groups[:count]), np.array(labels[:count])))
    return [
        SignalSet.of(made, FS, tuple(leads), f"simulated {number}", "simulated", groups, labels, tuple(names))
        for number, (made, groups, labels) in enumerate(sets)
    ]


def main(argv: Sequence[str] | None = None) -> None:
    """Prints the seconds of each extractor and of each metric, and the peak memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slices", type=int, default=5000, help="of the candidate, the floor and the reference, each")
    parser.add_argument("--leads", nargs="+", default=["i"])
    parser.add_argument("--replicates", type=int, default=REPLICATES, help="half-samples of each interval")
    parser.add_argument("--metrics", nargs="+", help="which; by default all that the leads allow")
    parser.add_argument("--extractors", nargs="+", default=list(EXTRACTORS), help="which are timed by themselves")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    print(describe(options.seed, JUDGE_PACKAGES))
    n = options.slices
    train, floor, reference, candidate = simulated([max(100, n // 5), n, n, n], options.leads, options.seed)
    print(f"data: simulated, leads {' '.join(options.leads)}")
    print(f"{n:,} slices against {n:,}, as many for the floor, {len(train):,} to train on")
    before = peak_mb()
    start = time.perf_counter()
    judgement = Judgement(Case(train, floor, reference, candidate, options.seed))
    rows = []
    for name in options.extractors:
        began = time.perf_counter()
        extractor = judgement.extractors[name]
        fitted = time.perf_counter()
        # Through the set, which keeps what the metrics will ask for.
        size = judgement.candidate.features(name).shape[1]
        rows.append((name, size, fitted - began, time.perf_counter() - fitted))
        assert extractor.name == name
    print(tabulate(rows, ("extractor", "features", "fit, s", f"{n:,} slices, s"), floatfmt=".2f"), flush=True)
    names = options.metrics or [name for name, one in METRICS.items() if one.works_on(tuple(options.leads))]
    found = judge(judgement, names, options.replicates, lambda chosen: tqdm(chosen, desc="metrics", disable=None))
    rows = [(name, one["value"], one["floor"], one["seconds"]) for name, one in found.items()]
    print(tabulate(rows, ("metric", "value", "floor", "seconds"), floatfmt=(None, ".4g", ".4g", ".2f")))
    print(f"all: {time.perf_counter() - start:.0f} s; peak memory {peak_mb():,.0f} MB, {before:,.0f} before judging")


def peak_mb() -> float:
    """Returns the most memory that the process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
