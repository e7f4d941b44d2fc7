"""The judge is judged: real slices with one thing broken, by degrees, against every metric: docs/judge.md.

    python benchmarks/judge_judged.py --data-dir data --dataset i-ii-iii_adapted_z_folds-1.2.3.4.5.6-7-8 --docs docs

Patients of all splits are drawn anew into three equal parts: training, floor, reference. The floor's slices are what is
broken, and rounded to the codec's grey levels as whole ones are: a judge that only sees a missing grid would shine. A
fault is caught where the metric lies beyond the floor's 95 % interval, on the worse side.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from machine import JUDGE_PACKAGES, describe
from tabulate import tabulate

from ecg_synth import open_prepared
from ecg_synth.files import write_text
from ecg_synth.metrics.case import Case, Judgement
from ecg_synth.metrics.faults import FAULTS, broken, copied
from ecg_synth.metrics.judged import Judged
from ecg_synth.metrics.metric import METRICS
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.metrics.suite import judge

DEGREES = (0.25, 0.5, 1.0)
# Slices of one patient are alike: more of them cost time and tell little.
A_PATIENT = 2
START, END = "<!-- reading -->", "<!-- end of reading -->"
COPIED = "copied training slices"

WORDS = """# The judge is judged

Real slices are broken in one way at a time, by degrees, and every metric is asked what it sees.
`benchmarks/judge_judged.py` prints this page:

```
{facts}
```

**Caught** means: the metric of the broken slices lies beyond the 95 % interval of the floor (whole slices of other
patients), on the worse side. A cell is the least degree that was caught, of {degrees}; an empty one is a fault that the
metric does not see at any degree. Broken slices are rounded to the codec's grey levels as whole ones are.

{caught}

{reading}

What each fault is:

{faults}

## Values by degree

In bold what is caught. The interval is the floor's.

{tables}
"""


def load(prepared) -> SignalSet:
    """Returns all splits in mV with their patients, at most `A_PATIENT` slices of each."""
    batches = [batch for split in prepared.splits for batch in prepared.iter_batches(split)]
    images, labels, patients = (
        np.concatenate([batch[key] for batch in batches]) for key in ("image", "label", "patient")
    )
    codec = prepared.codec
    signals = SignalSet.of(
        codec.decode(images),
        codec.fs,
        tuple(codec.leads),
        prepared.name,
        prepared.origin,
        patients.astype(str),
        labels,
        prepared.class_names,
    )
    order = np.argsort(signals.groups, kind="stable")
    first = np.searchsorted(signals.groups[order], signals.groups[order])
    return signals.take(np.sort(order[np.arange(len(order)) - first < A_PATIENT]))


def thirds(signals: SignalSet, seed: int) -> list[SignalSet]:
    """Returns the slices of three equal parts of the patients."""
    patients = np.random.default_rng(seed).permutation(np.unique(signals.groups))
    return [signals.take(np.isin(signals.groups, part)) for part in np.array_split(patients, 3)]


def answers(judgement: Judgement, names: Sequence[str], step_mv: float) -> dict[str, dict[float, dict[str, float]]]:
    """Returns fault -> degree -> metric -> value."""
    floor, reference = judgement.floor.signals, judgement.reference.view()
    found: dict[str, dict[float, dict[str, float]]] = {}
    for fault in (*FAULTS, COPIED):
        found[fault] = {}
        for degree in DEGREES:
            if fault == COPIED:
                signals = copied(floor, judgement.train.signals, degree, judgement.seed)
            else:
                signals = broken(floor, fault, degree, judgement.seed)
            if step_mv:
                signals = signals.with_signal(np.round(signals.signal_mv / step_mv) * step_mv)
            view = Judged(signals, judgement.extractors).view()
            found[fault][degree] = {name: METRICS[name](reference, view) for name in names}
    return found


def is_caught(name: str, value: float, floor: dict[str, float]) -> bool:
    """Returns whether the value lies beyond the floor's interval, on the worse side."""
    if METRICS[name].better == "lower":
        return value > floor["floor_high"]
    return value < floor["floor_low"]


def page(floors, found, facts: str, reading: str) -> str:
    """Returns docs/judge.md."""
    rows = []
    for name in floors:
        row = [f"`{name}`", METRICS[name].kind]
        for by_degree in found.values():
            seen = [degree for degree, values in by_degree.items() if is_caught(name, values[name], floors[name])]
            row.append(f"{min(seen):g}" if seen else "")
        rows.append(row)
    caught = tabulate(
        rows, ["metric", "kind", *(fault.replace("_", " ") for fault in found)], "pipe", disable_numparse=True
    )
    tables = []
    for fault, by_degree in found.items():
        rows = []
        for name, floor in floors.items():
            cells = []
            for values in by_degree.values():
                text = f"{values[name]:.4g}"
                cells.append(f"**{text}**" if is_caught(name, values[name], floor) else text)
            interval = f"{floor['floor_low']:.3g} to {floor['floor_high']:.3g}"
            rows.append([f"`{name}`", f"{floor['floor']:.4g}", interval, *cells])
        heads = ["metric", "0 (floor)", "interval", *(f"{degree:g}" for degree in DEGREES)]
        tables.append(f"### {fault.replace('_', ' ')}\n\n" + tabulate(rows, heads, "pipe", disable_numparse=True))
    words = [f"- *{name.replace('_', ' ')}*: {FAULTS[name].__doc__}" for name in FAULTS]
    words.append(f"- *{COPIED}*: A share of the slices are copies of training slices with 1 % of noise.")
    return WORDS.format(
        facts=facts,
        degrees=", ".join(f"{degree:g}" for degree in DEGREES),
        caught=caught,
        reading=reading,
        faults="\n".join(words),
        tables="\n\n".join(tables),
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Prints, and with --docs writes, from which degree on each metric catches each fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", required=True, type=Path, help="prepared, with splits train, validation, test")
    parser.add_argument("--dataset", help="which one of --data-dir")
    parser.add_argument("--replicates", type=int, default=200, help="half-samples of each interval")
    parser.add_argument("--metrics", nargs="+", help="which; by default all that the leads allow")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--docs", type=Path, help="write judge.md there; what it says of how to read it is kept")
    options = parser.parse_args(argv)
    if options.docs and options.metrics:
        parser.error("--docs writes the page of all metrics: leave --metrics out")
    prepared = open_prepared(options.data_dir, options.dataset)
    train, floor, reference = thirds(load(prepared), options.seed)
    judgement = Judgement(Case(train, floor, reference, floor, options.seed))
    sizes = ", ".join(
        f"{role} {len(one)} slices of {len(np.unique(one.groups))} patients"
        for role, one in (("training", train), ("floor", floor), ("reference", reference))
    )
    facts = (
        f"{describe(options.seed, JUDGE_PACKAGES)}\ndata: {prepared.name}, {prepared.origin}\n{sizes}\n"
        f"intervals of {options.replicates} half-samples"
    )
    print(facts)
    floors = judge(judgement, options.metrics, options.replicates)
    standardization = prepared.metadata["codec"]["standardization"]
    step_mv = standardization.get("range_mv", 0.0) / (255 - standardization.get("a", 0))
    found = answers(judgement, list(floors), step_mv)
    text = page(floors, found, facts, "")
    if options.docs:
        path = options.docs / "judge.md"
        old = path.read_text(encoding="utf-8") if path.is_file() else ""
        reading = old[old.index(START) : old.index(END) + len(END)] if START in old else f"{START}\n{END}"
        write_text(path, page(floors, found, facts, reading))
    print(text if options.metrics else text.split("## Values")[0])


if __name__ == "__main__":
    main()
