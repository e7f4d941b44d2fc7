"""Reading with the true geometry and the true layout: what the ink, the path and the undone pen lose by themselves.

Every figure here is an ORACLE's: it is told where the page lies and where every lead stands. It bounds what
`benchmarks/digitize.py` measures blind, and is not to be reported as that.

    python benchmarks/digitize_reading.py --records ../shared/data/ptbxl --count 8 --presets clean scan --dpi 200
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from ecg_synth.config import PaperConfig
from ecg_synth.digitizing import reading
from ecg_synth.digitizing.flat import flat_of_truth
from ecg_synth.digitizing.ink import Ink, ink_of
from ecg_synth.digitizing.layout import FoundLead
from ecg_synth.paper.page import Page, make_page
from ecg_synth.paper.scoring import align, coverage, snr_db
from ecg_synth.paper.sheet import TRACE
from ecg_synth.signals.wfdb_io import read_record

# Folds 7 and 8, so that weights trained on PTB-XL's folds 1 to 6 may be measured too.
FOLDS = (7, 8)


def places_of(page: Page) -> list[FoundLead]:
    """Where the leads of a page really are."""
    panels = [trace.panel for trace in page.sheet.traces]
    return [FoundLead(p.lead, 1, p.row, p.box.left, p.box.right, p.baseline_mm, 0.0, p.rhythm, 1.0) for p in panels]


def names_of(records: Path, count: int) -> list[str]:
    """Evenly chosen records of the folds."""
    import pandas as pd

    table = pd.read_csv(records / "ptbxl_database.csv")
    names = table[table.strat_fold.isin(FOLDS)].filename_hr.tolist()
    return [names[k] for k in np.linspace(0, len(names) - 1, min(count, len(names))).astype(int)]


def true_ink(page: Page, flat) -> Ink:
    """What a perfect network would say."""
    seen = flat.sample(page.labels, smooth=False, outside=6)
    return Ink(*(kind.astype(np.float32) for kind in (seen >= TRACE, seen == 2, seen == 3)))


def score(page: Page, readings) -> list[tuple[float, float, float]]:
    """(SNR, aligned SNR, coverage) a lead."""
    rows = []
    for trace, read in zip(page.sheet.traces, readings, strict=True):
        fs = page.record.fs
        reference = trace.panel.sign * trace.signal_mv
        seconds = (trace.first_sample + np.arange(len(reference))) / fs - trace.panel.start_s
        estimate = np.full(len(reference), np.nan)
        index = np.round(seconds * fs).astype(int)
        there = (index >= 0) & (index < len(read.signal_mv))
        estimate[there] = read.signal_mv[index[there]]
        moved = align(reference, estimate, fs, max_lag_s=0.05).estimate
        rows.append((snr_db(reference, estimate), snr_db(reference, moved), coverage(reference, estimate)))
    return rows


def main() -> None:
    """Prints SNR, coverage and seconds a page by preset and way to read, geometry and layout told."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", default="../shared/data/ptbxl")
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--presets", nargs="*", default=["clean", "scan", "phone", "strong"])
    parser.add_argument("--dpi", nargs="*", type=int, default=[200])
    parser.add_argument("--weights", default=None)
    parser.add_argument("--ink", choices=("network", "true"), default="network")
    parser.add_argument("--by-lead", action="store_true")
    parser.add_argument("--paper", default="random")
    given = parser.parse_args()
    records = Path(given.records)
    print("ORACLE: true geometry, true layout. SNR in dB over leads; aligned within 0.05 s and 1 mV.")
    print("preset dpi | way | median mean sd >20dB | aligned median | coverage | flat, ink, read s/page")
    for preset in given.presets:
        for dpi in given.dpi:
            rows: dict[str, list] = {}
            spent = np.zeros(3)
            for number, name in enumerate(names_of(records, given.count)):
                config = PaperConfig(preset=preset, dpi=dpi, paper=given.paper, trace_mm=0.0, seed=5)
                page = make_page(read_record(records / name), config, number)
                times = [time.process_time()]
                flat = flat_of_truth(page)
                times.append(time.process_time())
                ink = true_ink(page, flat) if given.ink == "true" else ink_of(flat, given.weights)
                times.append(time.process_time())
                for way in ("stroke", "pen", "centroid"):
                    rows.setdefault(way, [])
                    readings = reading.read_leads(flat, ink, places_of(page), way=way)
                    if way == "stroke":
                        times.append(time.process_time())
                    scored = score(page, readings)
                    rows[way] += scored
                    if given.by_lead and way == "stroke":
                        named = zip(page.sheet.traces, scored, strict=True)
                        print(name, " ".join(f"{trace.panel.title}:{row[0]:.0f}" for trace, row in named))
                spent += np.diff(times)
            for way, scored in rows.items():
                snr, aligned, covered = np.array(scored).T
                snr = snr[np.isfinite(snr)]
                print(
                    f"{preset:6} {dpi} | {way:8} | {np.median(snr):5.1f} {snr.mean():5.1f} {snr.std():4.1f} "
                    f"{(snr > 20).mean():4.0%} | {np.nanmedian(aligned):5.1f} | {np.nanmean(covered):6.1%} | "
                    + " ".join(f"{s / given.count:.2f}" for s in spent),
                    flush=True,
                )


if __name__ == "__main__":
    main()
