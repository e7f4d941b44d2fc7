"""The digitizer blind on pages of real records: SNR, coverage, names, geometry, failures and time: docs/digitize.png.

    python benchmarks/digitize.py --records ../shared/data/ptbxl --match 'records500/*' --count 4 --docs docs

Pages are drawn as 'ecg-synth paper' draws them, 3x4+1 on A4 with papers by the seed, and read back from their pixels
alone. `--count` records are taken, evenly spread over those that match; the same ones for every preset and resolution.
Every page is printed when it is done, then the table. Without --records, simulated ones are drawn. With --work, a page
that was scored once is not read again, so that many hundred pages can be read in several sittings, by one version.
"""

from __future__ import annotations

import argparse
import dataclasses
import fnmatch
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from machine import describe
from PIL import Image, ImageFilter
from tabulate import tabulate

from ecg_synth.cli.score_digitizer import HEADER, INTERVAL_HEADER, interval_line, intervals_of, line_of
from ecg_synth.config import DigitizeConfig, PaperConfig
from ecg_synth.digitizing.digitize import digitize
from ecg_synth.digitizing.score import Compared, PageScore, score_page, summary
from ecg_synth.digitizing.write import overlay
from ecg_synth.errors import InputError
from ecg_synth.files import write_text
from ecg_synth.paper.page import make_page
from ecg_synth.paper.truth import truth_of
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.simulate import simulate_record
from ecg_synth.signals.simulate.patients import draw_patients
from ecg_synth.signals.wfdb_folder import list_records
from ecg_synth.signals.wfdb_io import read_record

PACKAGES = ("ecg_synth", "numpy", "scipy", "keras", "tensorflow")
SHOWN = ("clean", "scan", "phone", "strong")
_SHOWN_PX = 1100


def main(argv: Sequence[str] | None = None) -> None:
    """Prints a line a page, then a table by preset and resolution; with --docs, draws digitize.png."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=Path, default=None, help="folder of WFDB records")
    parser.add_argument("--match", default="*")
    parser.add_argument("--count", type=int, default=4, help="records, each on one page of every kind")
    parser.add_argument("--dpi", type=int, nargs="+", default=[100, 200, 300])
    parser.add_argument("--presets", nargs="+", default=list(SHOWN))
    parser.add_argument("--layout", default="3x4+1")
    parser.add_argument("--paper", default="random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--weights", default="")
    parser.add_argument("--out", type=Path, default=None, help="write the figures there as JSON")
    parser.add_argument(
        "--work", type=Path, default=None, help="keep every page's score there, and begin where it ends"
    )
    parser.add_argument("--docs", type=Path, default=None, help="write digitize.png there, of the last preset")
    options = parser.parse_args(argv)
    config = DigitizeConfig(weights=options.weights)
    records, available = load(options.records, options.match, options.count)
    print(describe(0, PACKAGES))
    print(f"records: {len(records)} of {available}, {records[0].origin}, evenly spread; {options.layout}, A4")
    rows, read = [], []
    for preset in options.presets:
        for dpi in options.dpi:
            scores = [
                kept(options.work, read_back, record, page_config(options, preset, dpi), number, config)
                for number, record in enumerate(records)
            ]
            rows += summary(scores)
            read += scores
            if options.out:
                write_text(options.out, json.dumps(rows, indent=1) + "\n")
    print(tabulate([line_of(row) for row in rows], HEADER, disable_numparse=True))
    print(tabulate([interval_line(row) for row in intervals_of(read)], INTERVAL_HEADER, disable_numparse=True))
    if options.docs:
        show(records[0], page_config(options, options.presets[-1], 200), config, options.docs / "digitize.png")


def page_config(options: argparse.Namespace, preset: str, dpi: int) -> PaperConfig:
    """How a page is drawn."""
    return PaperConfig(preset=preset, dpi=dpi, layout=options.layout, paper=options.paper, seed=options.seed)


def load(folder: Path | None, match: str, count: int) -> tuple[list[EcgRecord], int]:
    """Records evenly spread over a folder's, and how many there are; or simulated ones."""
    if folder is None:
        return [simulate_record(patient, 10.0, 500.0) for patient in draw_patients(count, 0)], count
    names = fnmatch.filter(list_records(folder, "records"), match)
    chosen = np.unique(np.linspace(0, len(names) - 1, min(count, len(names))).round().astype(int))
    return [read_record(folder / names[k]) for k in chosen], len(names)


def kept(work: Path | None, read: Callable[..., PageScore], record: EcgRecord, *arguments: Any) -> PageScore:
    """A page's score of an earlier sitting, or its own, then kept."""
    if work is None:
        return read(record, *arguments)
    page = arguments[0]
    path = work / f"{page.preset}_{page.layout}_{page.dpi}_{record.record_name}.json"
    if path.is_file():
        stored = json.loads(path.read_text())
        longs = [Compared(lead, fs, np.array(true), np.array(seen)) for lead, fs, true, seen in stored.pop("long")]
        return PageScore(**{**stored, "geometry_px": np.array(stored["geometry_px"]), "long": longs})
    score = read(record, *arguments)
    # A few hundred places tell a page's geometry.
    thin = score.geometry_px[:: max(1, len(score.geometry_px) // 400)].round(4).tolist()
    longs = [(one.lead, one.fs, *(mv.round(5).tolist() for mv in one[2:])) for one in score.long]
    work.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps({**dataclasses.asdict(score), "geometry_px": thin, "long": longs}) + "\n")
    return score


def read_back(record: EcgRecord, page_config: PaperConfig, number: int, config: DigitizeConfig) -> PageScore:
    """Draws one page and reads it."""
    page = make_page(record, page_config, number)
    score = score_page(page.image, *truth_of(page, "a.png"), config)
    middle = f"median {np.median(score.snr_db):.1f} dB" if score.snr_db else score.failure
    print(
        f"{score.preset} {score.dpi} {record.record_name}: {score.names_right} of {score.leads} names, {middle}, "
        f"coverage {np.mean(score.coverage):.0%}, {score.seconds:.0f} s",
        flush=True,
    )
    return score


def show(record: EcgRecord, page_config: PaperConfig, config: DigitizeConfig, path: Path) -> None:
    """Draws one page with what was read of it."""
    page = make_page(record, page_config, 0)
    try:
        drawn = overlay(page.image, digitize(page.image, config))
    except InputError as error:
        print(f"no overlay: {error}")
        return
    drawn.thumbnail((_SHOWN_PX, _SHOWN_PX))
    # Noise costs more than all else.
    small = drawn.filter(ImageFilter.MedianFilter(3)).quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


if __name__ == "__main__":
    main()
