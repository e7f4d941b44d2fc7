"""A folder of pages with their truth -> scores, and the file of them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth._version import __version__
from ecg_synth.config import DigitizeConfig
from ecg_synth.digitizing.digitize import Look
from ecg_synth.digitizing.score import PageScore, score_page
from ecg_synth.digitizing.write import read_picture
from ecg_synth.errors import InputError
from ecg_synth.files import check_free, write_text
from ecg_synth.paper.batch import SETTINGS
from ecg_synth.paper.truth import read_truth

SCHEMA = "ecg_synth/digitizer-scores/1"


def pages_in(folder: str | Path, count: int = 0, out: str = "", overwrite: bool = False) -> list[Path]:
    """Returns the truth files of a folder, `count` of them spread over it, or all.

    Raises:
        InputError: There are none, a count is negative, or the file to write stands there.
    """
    folder = Path(folder)
    if count < 0:
        raise InputError(f"There must be no less than 0 pages. Received: count={count}. Pass 0 for all.")
    if not folder.is_dir():
        raise InputError(f"The pages must be in a folder. Received: pages={str(folder)!r}.")
    if out:
        check_free(out, overwrite)
    found = sorted(path for path in folder.glob("*.json") if path.name != SETTINGS)
    if not found:
        raise InputError(
            f"There must be pages with their truth, NAME.json and NAME.npz beside each picture. Received: "
            f"pages={str(folder)!r}. Make some with 'ecg-synth paper'."
        )
    if count and count < len(found):
        found = [found[k] for k in np.linspace(0, len(found) - 1, count).round().astype(int)]
    return found


def score_pages(pages: Iterable[Path], config: DigitizeConfig, look: Look | None = None) -> list[PageScore]:
    """Reads pages and compares each with its truth.

    Raises:
        InputError: The truth of a page, or its picture, is missing, damaged, or a PDF.
    """
    scores = []
    for path in pages:
        described, arrays = read_truth(path)
        picture, _ = read_picture(path.parent / described["image"])
        scores.append(score_page(picture, described, arrays, config, look))
    return scores


def write_scores(
    out: str | Path,
    rows: Sequence[dict[str, Any]],
    scores: Sequence[PageScore],
    config: DigitizeConfig,
    pages: Path,
    intervals: Sequence[dict[str, Any]] = (),
) -> None:
    """Writes the table, errors of intervals where there are any, and what was found page by page, as JSON."""
    each = []
    for score in scores:
        one = dataclasses.asdict(score)
        pixels = one.pop("geometry_px")
        del one["long"]
        one["geometry_px_median"] = float(np.median(pixels)) if len(pixels) else None
        for name in ("snr_db", "aligned_db", "coverage"):
            one[name] = [round(float(value), 3) if np.isfinite(value) else None for value in one[name]]
        each.append(one)
    held = {
        "schema": SCHEMA,
        "ecg_synth_version": __version__,
        "folder": pages.name,
        "settings": dataclasses.asdict(config),
        "table": list(rows),
        "intervals": list(intervals),
        "pages": each,
    }
    write_text(out, json.dumps(held, indent=1, allow_nan=False) + "\n")
