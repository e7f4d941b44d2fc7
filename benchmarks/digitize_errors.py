"""Where the error of a reading is: in geometry, layout, ink or the way of undoing the pen; and of what kind it is.

    python benchmarks/digitize_errors.py --records ../shared/data/ptbxl --count 3 --preset clean

The first rows are blind. In those below one thing more is TOLD in each: they say what it costs not to know it, and are
no figures of a reader. Errors are split, lead by lead, into what a constant, a gain and a shift in time would explain,
one at a time, and into steep parts and the rest. Records are those of folds 7 and 8 as in `digitize_reading.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np
from digitize_reading import names_of, places_of, true_ink
from tabulate import tabulate

from ecg_synth.config import DigitizeConfig, PaperConfig
from ecg_synth.digitizing import find_page
from ecg_synth.digitizing.flat import flat_of_truth
from ecg_synth.digitizing.ink import ink_of
from ecg_synth.digitizing.layout import FoundLead, find_layout
from ecg_synth.digitizing.reading import read_leads
from ecg_synth.digitizing.rows import find_rows
from ecg_synth.digitizing.words import words_of
from ecg_synth.paper.page import Page, make_page
from ecg_synth.paper.scoring import snr_db
from ecg_synth.signals.wfdb_io import read_record

FAST_HZ = 80.0
STEEP, AROUND = 0.3, 15
"""A sample is in a steep part where the mean slope over so many is more than this share of the lead's steepest."""
HEADER = (
    "told", "undone by", "SNR dB", "error uV", "SNR less a constant", "less a gain", "less a shift", "shift, samples",
    "steep parts' share", "error elsewhere uV", "share above 80 Hz", "weakest third dB", "strongest third dB",
)  # fmt: skip


def leads_of(ink, config: DigitizeConfig) -> tuple[FoundLead, ...]:
    """The layout, blind."""
    rows = find_rows(ink.trace, ink.pulse)
    if rows is None:
        return ()
    return find_layout(rows, words_of(ink), config.mm_per_s).leads


def read(page: Page, flat, ink, leads: Sequence[FoundLead], way: str) -> list[dict[str, float]]:
    """One row a lead that was found."""
    rows = []
    for lead, one in zip(leads, read_leads(flat, ink, leads, way=way), strict=True):
        for trace in page.sheet.traces:
            panel = trace.panel
            if (panel.lead, panel.row) != (lead.name, lead.row):
                continue
            fs = page.record.fs
            seconds = (trace.first_sample + np.arange(len(trace.signal_mv))) / fs - lead.start_s
            there = np.isfinite(one.signal_mv)
            estimate = np.interp(seconds, one.seconds[there], one.signal_mv[there], left=np.nan, right=np.nan)
            known = np.isfinite(estimate)
            rows.append(split(trace.signal_mv[known], lead.sign * estimate[known], fs))
    return rows


def split(reference: np.ndarray, estimate: np.ndarray, fs: float) -> dict[str, float]:
    """An error by its kinds."""
    error, slope = estimate - reference, np.gradient(reference)

    def without(part: np.ndarray) -> float:
        return snr_db(reference, estimate - part * (error @ part) / (part @ part))

    around = np.convolve(np.abs(slope), np.full(AROUND, 1 / AROUND), mode="same")
    steep = around > STEEP * around.max()
    spectrum = np.abs(np.fft.rfft(error * np.hanning(len(error)))) ** 2
    fast = np.fft.rfftfreq(len(error), 1 / fs) > FAST_HZ
    return {
        "snr": snr_db(reference, estimate),
        "error": 1e3 * float(np.sqrt((error**2).mean())),
        "constant": without(np.ones_like(reference)),
        "gain": without(reference),
        "shift": without(slope),
        "samples": abs(float(error @ slope / (slope @ slope))),
        "steep": float((error[steep] ** 2).sum() / (error**2).sum()),
        "elsewhere": 1e3 * float(np.sqrt((error[~steep] ** 2).mean())),
        "fast": float(spectrum[fast].sum() / spectrum.sum()),
        "power": float((reference**2).mean()),
    }


def summed(rows: Sequence[dict[str, float]]) -> list[float]:
    """Means over leads, and of the thirds with least and most power."""
    ordered = [row["snr"] for row in sorted(rows, key=lambda row: row["power"])]
    third = max(1, len(ordered) // 3)
    names = ("snr", "error", "constant", "gain", "shift", "samples", "steep", "elsewhere", "fast")
    means = [float(np.mean([row[name] for row in rows])) for name in names]
    return [*means, float(np.mean(ordered[:third])), float(np.mean(ordered[-third:]))]


def main() -> None:
    """Prints a table with one thing more told in each row, and what a constant, a gain or a shift explains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=Path, default=Path("../shared/data/ptbxl"))
    parser.add_argument("--count", type=int, default=3)
    parser.add_argument("--preset", default="clean")
    parser.add_argument("--dpi", type=int, default=200)
    given = parser.parse_args()
    found: dict[tuple[str, str], list[dict[str, float]]] = {}
    for number, name in enumerate(names_of(given.records, given.count)):
        config = PaperConfig(preset=given.preset, dpi=given.dpi, paper="random", seed=5)
        page = make_page(read_record(given.records / name), config, number)
        with patch.object(find_page, "simplified", lambda *_: None):
            followed, _ = find_page.find_page(page.image)
        ink = ink_of(followed)
        leads = leads_of(ink, DigitizeConfig())
        found.setdefault(("nothing, every place followed", "edges"), []).extend(read(page, followed, ink, leads, "pen"))
        blind, _ = find_page.find_page(page.image)
        ink = ink_of(blind)
        leads = leads_of(ink, DigitizeConfig())
        for way, said in (("pen", "edges"), ("stroke", "strokes")):
            found.setdefault(("nothing", said), []).extend(read(page, blind, ink, leads, way))
        flat = flat_of_truth(page)
        ink = ink_of(flat)
        timed = [
            lead._replace(start_s=trace.panel.start_s)
            for lead, trace in zip(places_of(page), page.sheet.traces, strict=True)
        ]
        for told, seen, places in (
            ("geometry", ink, leads_of(ink, DigitizeConfig())),
            ("geometry, layout", ink, timed),
            ("geometry, layout, ink", true_ink(page, flat), timed),
        ):
            found.setdefault((told, "strokes"), []).extend(read(page, flat, seen, places, "stroke"))
        print(name, "done", flush=True)
    table = [[*key, *(f"{value:.2f}" for value in summed(rows))] for key, rows in found.items()]
    print(tabulate(table, HEADER, tablefmt="github", disable_numparse=True))


if __name__ == "__main__":
    main()
