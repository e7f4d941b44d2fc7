"""Paper images: pictures a second on one core, and how far the truth is from the ink: docs/paper.png.

    python benchmarks/paper.py --records ../shared/data/ptbxl --match 'records500/*' --docs docs

Times are CPU seconds of this process and one thread, by preset: draw and distort, make the truth, and compress picture
and truth, not written to disk; then the steps of drawing and distorting. The truth's error is measured twice: on flat
stretches of clean traces, the centroid of a column's ink against the drawn position; and of black dots seen through
each preset's geometry, their centroid against the mesh's answer. Without --records, simulated ones are drawn.
"""

from __future__ import annotations

import argparse
import dataclasses
import fnmatch
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from machine import describe
from PIL import Image, ImageDraw
from tabulate import tabulate

from ecg_synth.config import PaperConfig
from ecg_synth.paper import ink
from ecg_synth.paper.distort import (
    DISTORTIONS,
    apply_in_camera,
    apply_light,
    apply_on_paper,
    compose,
    draw_all,
    look,
    stream_of,
)
from ecg_synth.paper.geometry import Scale
from ecg_synth.paper.grid import PAPERS
from ecg_synth.paper.page import make_page
from ecg_synth.paper.picture_files import picture_bytes
from ecg_synth.paper.presets import PRESETS
from ecg_synth.paper.render import render
from ecg_synth.paper.sheet import LABELS, TRACE, Sheet
from ecg_synth.paper.truth import json_bytes, npz_bytes, truth_of
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.simulate import simulate_record
from ecg_synth.signals.simulate.patients import draw_patients
from ecg_synth.signals.wfdb_folder import list_records
from ecg_synth.signals.wfdb_io import read_record

PACKAGES = ("ecg_synth", "numpy", "matplotlib", "opencv-python-headless", "pillow")
WHITE = (255, 255, 255)


def main(argv: Sequence[str] | None = None) -> None:
    """Prints CPU seconds a page by preset and file format, and the truth's error; with --docs, draws paper.png."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=Path, default=None, help="folder of WFDB records")
    parser.add_argument("--match", default="*")
    parser.add_argument("--count", type=int, default=8, help="pictures of each preset")
    parser.add_argument("--dpi", type=int, default=200)
    parser.add_argument("--presets", nargs="+", default=list(PRESETS))
    parser.add_argument("--docs", type=Path, default=None, help="write the contact sheet paper.png there")
    options = parser.parse_args(argv)
    cv2.setNumThreads(1)
    print(describe(0, PACKAGES))
    records = load(options.records, options.match, options.count)
    print(f"records: {len(records)}, {records[0].origin}; {options.dpi} dpi, A4, 3x4+1")
    rows = [speed(records, PaperConfig(preset=name, dpi=options.dpi)) for name in options.presets]
    header = [
        "preset",
        "draw, distort ms",
        "truth ms",
        "npz ms",
        "JPEG ms",
        "PNG ms",
        "pages/s",
        "with JPEG",
        "with PNG",
    ]
    print(tabulate(rows, header, floatfmt=".1f"))
    stages = [steps(records, PaperConfig(preset=name, dpi=options.dpi)) for name in options.presets]
    print(tabulate(stages, ["preset, ms", "drawn", "on paper", "seen", "light", "camera"], floatfmt=".1f"))
    print(f"copying memory: {bandwidth():.1f} GB/s read and written")
    errors = [("traces, clean", *spread(trace_errors(records, options.dpi)))]
    for name in options.presets:
        if any(DISTORTIONS[one].stage == "geometry" for one in PRESETS[name]):
            errors.append((f"dots, {name}", *spread(dot_errors(name, options.dpi, options.count))))
    print(tabulate(errors, ["error of the truth in px", "measured", "median", "95 %", "largest"], floatfmt=".3f"))
    if options.docs:
        contact_sheet(records, options.docs / "paper.png")


def load(folder: Path | None, match: str, count: int) -> list[EcgRecord]:
    """The first records of a folder, or simulated ones."""
    if folder is None:
        return [simulate_record(patient, 10.0, 500.0) for patient in draw_patients(count, 0)]
    names = fnmatch.filter(list_records(folder, "records"), match)[:count]
    return [read_record(folder / name) for name in names]


def speed(records: Sequence[EcgRecord], config: PaperConfig) -> list[object]:
    """Mean milliseconds of each step."""
    make_page(records[0], config)
    spent = np.zeros(5)
    for number, record in enumerate(records):
        marks = [time.process_time()]
        page = make_page(record, config, number)
        marks.append(time.process_time())
        described, arrays = truth_of(page, "a.png")
        marks.append(time.process_time())
        json_bytes(described)
        npz_bytes(arrays)
        marks.append(time.process_time())
        for file_format in ("jpeg", "png"):
            picture_bytes(page.image, file_format, config.dpi, config.quality, "")
            marks.append(time.process_time())
        spent += np.diff(marks)
    ms = 1000 * spent / len(records)
    totals = ms[0], ms[:4].sum(), ms[[0, 1, 2, 4]].sum()
    return [config.preset, *ms, *(1000 / total for total in totals)]


def steps(records: Sequence[EcgRecord], config: PaperConfig) -> list[object]:
    """Mean milliseconds of what `make_page` does, step by step."""
    spent = np.zeros(5)
    for number, record in enumerate(records):
        marks = [time.process_time()]
        sheet = render(record, config, stream_of(config.seed, number, "page"))
        marks.append(time.process_time())
        drawn = draw_all(PRESETS[config.preset], config.seed, number, sheet.size_mm)
        apply_on_paper(sheet, drawn)
        marks.append(time.process_time())
        image, _ = look(sheet, compose(drawn, sheet), WHITE)
        marks.append(time.process_time())
        image = apply_light(image, drawn)
        marks.append(time.process_time())
        apply_in_camera(image, drawn, sheet.scale.px_per_mm)
        marks.append(time.process_time())
        spent += np.diff(marks)
    return [config.preset, *(1000 * spent / len(records))]


def bandwidth() -> float:
    """Gigabytes a second that one core reads and writes, copying as much as a page's picture; the best of ten."""
    one = np.ones(12_000_000, dtype=np.uint8)
    other, best = one.copy(), np.inf
    for _ in range(10):
        start = time.process_time()
        np.copyto(other, one)
        best = min(best, time.process_time() - start)
    return 2 * one.size / best / 1e9


def trace_errors(records: Sequence[EcgRecord], dpi: int) -> np.ndarray:
    """Centroid of a column's ink less the truth, where the trace is flat for three pixels each way."""
    errors = []
    config = PaperConfig(paper="plain", header=False, separators=False, dpi=dpi)
    for record in records:
        sheet = render(record, config, np.random.default_rng(0))
        dark = 255.0 - sheet.image[..., 0]
        rows = np.arange(len(dark))[:, None] + 0.5
        for number, trace in enumerate(sheet.traces):
            x, y = trace.points_px.T
            columns = np.arange(int(x[0]) + 4, int(x[-1]) - 4)
            at = columns + 0.5
            near = np.stack([np.interp(at + step, x, y) for step in np.arange(-3, 3.5, 0.5)])
            flat = np.ptp(near, axis=0) < 0.5
            own = np.abs(rows - near[6][flat]) < 4
            alone = np.isin(sheet.labels[:, columns[flat]], (LABELS["paper"], TRACE + number)) | ~own
            ours = np.where(own, dark[:, columns[flat]], 0.0)
            centroid = (ours * rows).sum(axis=0) / ours.sum(axis=0)
            errors.append((centroid - near[6][flat])[alone.all(axis=0)])
    return np.abs(np.concatenate(errors))


def dot_errors(preset: str, dpi: int, count: int) -> np.ndarray:
    """Distance between dots found in pictures and where the mesh says that they are."""
    errors, size_mm = [], (297.0, 210.0)
    angle = np.linspace(0, 2 * np.pi, 60)
    circle = 6.0 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    for seed in range(count):
        sheet = Sheet(size_mm, Scale(dpi=dpi), PAPERS["plain"])
        dots = np.random.default_rng(seed).uniform(0.1, 0.9, (60, 2)) * sheet.size
        for dot in dots:
            sheet.lay(ink.polygon(dot + circle, sheet.size), (0, 0, 0), None)
        mesh = compose(draw_all(PRESETS[preset], seed, 0, size_mm), sheet)
        image, _ = look(sheet, mesh, WHITE)
        for place in mesh.to_image(dots):
            left, top = (int(value) - 12 for value in place)
            dark = 255.0 - image[max(top, 0) : top + 24, max(left, 0) : left + 24, 0]
            others = np.abs(mesh.to_image(dots) - place).max(axis=1)
            # Cut off at the edge, or two in one window.
            if dark.shape != (24, 24) or (others < 24).sum() > 1:
                continue
            rows, columns = np.mgrid[:24, :24] + 0.5
            found = (dark * columns).sum() / dark.sum() + left, (dark * rows).sum() / dark.sum() + top
            errors.append(np.hypot(*(found - place)))
    return np.array(errors)


def spread(errors: np.ndarray) -> tuple[int, float, float, float]:
    """How many, median, 95th percentile, largest."""
    return len(errors), float(np.median(errors)), float(np.quantile(errors, 0.95)), float(errors.max())


def contact_sheet(records: Sequence[EcgRecord], path: Path) -> None:
    """One page of each kind, small, with its name under it."""
    width, height, words = 460, 328, 22
    shown = [
        ("clean, 3x4+1", PaperConfig()),
        ("clean, 6x2, 50 mm/s, blue", PaperConfig(layout="6x2", mm_per_s=50.0, paper="blue")),
        ("clean, 12x1, Cabrera, green", PaperConfig(layout="12x1", order="cabrera", paper="green")),
        ("scan", PaperConfig(preset="scan", paper="pink", layout="3x4+3")),
        ("copy", PaperConfig(preset="copy", paper="gray")),
        ("fax", PaperConfig(preset="fax")),
        *((f"phone, seed {seed}", PaperConfig(preset="phone", paper="random", seed=seed)) for seed in (1, 2, 3)),
        *((f"strong, seed {seed}", PaperConfig(preset="strong", paper="random", seed=seed)) for seed in (1, 2, 3)),
    ]
    sheet = Image.new("RGB", (3 * width, (len(shown) + 2) // 3 * (height + words)), WHITE)
    draw = ImageDraw.Draw(sheet)
    for number, (name, config) in enumerate(shown):
        record = records[number % len(records)]
        page = Image.fromarray(make_page(record, dataclasses.replace(config, dpi=150), number).image)
        page.thumbnail((width - 10, height - 6), Image.Resampling.LANCZOS)
        left, top = number % 3 * width + 5, number // 3 * (height + words)
        sheet.paste(page, (left, top + 3))
        draw.text((left, top + height), f"{name}: {record.origin}, record {record.record_name}", fill=(0, 0, 0))
    sheet.quantize(64).save(path, optimize=True)


if __name__ == "__main__":
    main()
