"""How well pages of 'ecg-synth paper' are read back, against their truth: SNR, coverage, names, geometry, failures."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ecg_synth.config import DigitizeConfig
from ecg_synth.digitizing.digitize import Digitized, Look, digitize
from ecg_synth.digitizing.flat import PX_PER_MM
from ecg_synth.errors import InputError
from ecg_synth.paper.scoring import align, coverage, snr_db

GOOD_DB = 20.0
LONG_S = 5.0
"""Leads shown for so long have beats enough to read intervals off."""
_START_S = 0.3


class Compared(NamedTuple):
    """One lead that a page shows for long.

    Attributes:
        lead: Its name.
        fs: Samples a second.
        reference_mv: float64 (samples,).
        estimate_mv: float64 (samples,); NaN where nothing was read.
    """

    lead: str
    fs: float
    reference_mv: np.ndarray
    estimate_mv: np.ndarray


@dataclass
class PageScore:
    """One page, read blind and compared.

    Attributes:
        preset: Of the page.
        dpi: Of the page.
        seconds: It took to read.
        failure: Why it could not be read; '' where it could.
        layout_right: Whether rows, columns and all names are the page's.
        names_right: Leads found by their name at their place.
        leads: Leads on the page.
        snr_db: Of every lead that was found, nothing moved.
        aligned_db: The same after the Challenge's alignment.
        coverage: Share read, of every lead on the page; 0 where it was not found.
        geometry_px: (n,) distances, in pixels of the picture, between the true places of samples and where the found
            geometry has them, the page's origin apart.
        long: Leads shown for `LONG_S` or more; one that was not found is all NaN.
    """

    preset: str
    dpi: int
    seconds: float = 0.0
    failure: str = ""
    layout_right: bool = False
    names_right: int = 0
    leads: int = 0
    snr_db: list[float] = field(default_factory=list)
    aligned_db: list[float] = field(default_factory=list)
    coverage: list[float] = field(default_factory=list)
    geometry_px: np.ndarray = field(default_factory=lambda: np.empty(0))
    long: list[Compared] = field(default_factory=list)


def score_page(
    picture: np.ndarray,
    described: dict[str, Any],
    arrays: dict[str, np.ndarray],
    config: DigitizeConfig | None = None,
    look: Look | None = None,
) -> PageScore:
    """Reads one page, told nothing of its truth, and compares.

    Args:
        picture: uint8 (height, width, 3).
        described: Its truth, of `paper.truth.read_truth`.
        arrays: The rest of it.
        config: Of the digitizer.
        look: As in `digitize`.
    """
    settings = described["settings"]
    score = PageScore(settings["preset"], settings["dpi"], leads=len(described["panels"]))
    started = time.perf_counter()
    try:
        read: Digitized | None = digitize(picture, config, look)
    except InputError as error:
        read, score.failure = None, _kind(str(error))
    score.seconds = time.perf_counter() - started
    for panel in described["panels"]:
        _compare(score, panel, read, described["record"]["fs"], arrays["signal_mv"])
    if read is None:
        return score
    score.geometry_px = geometry_error_px(read, described, arrays)
    known = read.layout.name == settings["layout"]
    score.layout_right = known and score.names_right == score.leads == len(read.layout.leads)
    return score


def _kind(message: str) -> str:
    return "no grid" if "no grid" in message else "no trace" if "trace" in message else "other"


def _compare(score: PageScore, panel: dict[str, Any], read: Digitized | None, fs: float, signals: np.ndarray) -> None:
    reference = signals[panel["offset"] : panel["offset"] + panel["samples"]].astype(np.float64)
    estimate = np.full(len(reference), np.nan)
    found = [
        (lead, one)
        for lead, one in (zip(read.layout.leads, read.readings, strict=True) if read is not None else ())
        if lead.name == panel["lead"] and abs(lead.start_s - panel["start_s"]) < _START_S
        if not panel["rhythm"] or lead.row == panel["row"]
    ]
    # A rhythm row repeats a lead: the one in the same row is meant.
    found.sort(key=lambda pair: abs(pair[0].row - panel["row"]))
    if found:
        lead, one = found[0]
        score.names_right += 1
        seconds = (panel["first_sample"] + np.arange(panel["samples"])) / fs - lead.start_s
        estimate = _at(seconds, one.seconds, lead.sign * one.signal_mv)
        score.snr_db.append(snr_db(reference, estimate))
        score.aligned_db.append(snr_db(reference, align(reference, estimate, fs).estimate))
    score.coverage.append(coverage(reference, estimate) if found else 0.0)
    if len(reference) >= LONG_S * fs:
        score.long.append(Compared(panel["lead"], fs, reference, estimate))


def _at(seconds: np.ndarray, known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Linear between neighbors that were both read; NaN elsewhere."""
    if len(known) < 2:
        return np.full(len(seconds), np.nan)
    step = known[1] - known[0]
    place = np.round((seconds - known[0]) / step, 6)
    left = np.floor(place).astype(int)
    share = place - left
    inside = (left >= 0) & (left < len(known) - (share > 0))
    first = np.where(inside, values[np.clip(left, 0, len(known) - 1)], np.nan)
    second = np.where(share > 0, values[np.clip(left + 1, 0, len(known) - 1)], first)
    return first + (second - first) * share


def geometry_error_px(read: Digitized, described: dict[str, Any], arrays: dict[str, np.ndarray]) -> np.ndarray:
    """Distances in pixels of the picture, at every tenth sample, between true and found geometry."""
    points = arrays["points_px"].astype(np.float64)[::10]
    points = points[arrays["inside"][::10]]
    if "mesh_nodes" in arrays:
        from ecg_synth.paper.mesh import Mesh

        mesh = Mesh((described["width"], described["height"]), arrays["mesh_nodes"], described["mesh_cell_px"])
        sheet = mesh.to_sheet(points)
    else:
        sheet = points
    flat_mm = read.flat.from_picture(points) / PX_PER_MM
    if read.quarters:
        return np.empty(0)
    off = flat_mm - sheet / described["px_per_mm"]
    off = off - 5.0 * np.round(np.nanmedian(off, axis=0) / 5.0)
    apart = np.hypot(*off.T)
    return apart[np.isfinite(apart)] * described["px_per_mm"]


def summary(scores: Sequence[PageScore]) -> list[dict[str, Any]]:
    """Returns one row by preset and dpi: what the command prints and writes."""
    groups = dict.fromkeys((score.preset, score.dpi) for score in scores)
    return [_row([score for score in scores if (score.preset, score.dpi) == group]) for group in groups]


def _row(scores: Sequence[PageScore]) -> dict[str, Any]:
    plain = np.array([value for score in scores for value in score.snr_db])
    aligned = np.array([value for score in scores for value in score.aligned_db])
    pixels = np.concatenate([score.geometry_px for score in scores])
    failures = [score.failure for score in scores if score.failure]
    return {
        "preset": scores[0].preset,
        "dpi": scores[0].dpi,
        "pages": len(scores),
        "leads": sum(score.leads for score in scores),
        "snr_db": _spread(plain),
        "aligned_db": _spread(aligned),
        "coverage": _mean([value for score in scores for value in score.coverage]),
        "names_right": sum(score.names_right for score in scores) / max(1, sum(score.leads for score in scores)),
        "layouts_right": _mean([float(score.layout_right) for score in scores]),
        "geometry_px": {
            "median": _number(np.median(pixels)) if len(pixels) else None,
            "p95": _number(np.quantile(pixels, 0.95)) if len(pixels) else None,
        },
        "failures": {kind: failures.count(kind) for kind in dict.fromkeys(failures)},
        "seconds_a_page": _mean([score.seconds for score in scores]),
    }


def _spread(values: np.ndarray) -> dict[str, float | None]:
    values = values[np.isfinite(values)]
    if not len(values):
        return {"mean": None, "sd": None, "median": None, "above_20_db": None}
    good = float((values >= GOOD_DB).mean())
    return {
        "mean": _number(values.mean()),
        "sd": _number(values.std()),
        "median": _number(np.median(values)),
        "above_20_db": _number(good),
    }


def _mean(values: Sequence[float]) -> float | None:
    finite = [value for value in values if np.isfinite(value)]
    return _number(float(np.mean(finite))) if finite else None


def _number(value: float) -> float:
    return round(float(value), 4)
