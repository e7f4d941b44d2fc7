"""The truth beside every image: JSON for what is few, npz for what is many.

`NAME.json` says where every lead, word and pulse is seen, what was drawn at random, and which file is which;
`NAME.npz` holds, over all panels one after another (panel p has the entries [offset, offset + samples)):

- `points_px` float32 (n, 2): continuous pixel position of every sample in the image, after all distortions; NaN where
  the record has no value, or where the distorted page does not show it.
- `signal_mv` float32 (n,): its value.
- `inside` bool (n,): whether it lies on the page and within the image.
- `occluded` bool (n,): whether something on the page hides it, or it was folded away.
- `labels` uint8 (height, width), unless masks are off: what is seen at each pixel, by the numbers in the JSON.
- `mesh_nodes` float64 (rows + 1, columns + 1, 2), where there are geometric distortions: the map itself; `mesh.Mesh`.
"""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth._version import __version__
from ecg_synth.errors import InputError
from ecg_synth.paper.geometry import Panel
from ecg_synth.paper.page import Page
from ecg_synth.paper.sheet import LABELS, TRACE, Trace

SCHEMA = "ecg_synth/paper/1"
PIXELS = "x to the right, y down, continuous: the center of the top left pixel is (0.5, 0.5)"
_EDGE_STEPS = 9


def truth_of(page: Page, image_file: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Returns what the JSON and the npz of a page hold."""
    height, width = page.image.shape[:2]
    traces, words, scale = page.sheet.traces, page.sheet.words, page.sheet.scale
    # All at once: the way from the sheet to the image is searched for, and the search is prepared but once.
    on_sheet = [
        *(trace.points_px for trace in traces),
        *(scale.to_px(np.concatenate([trace.panel.box.corners(), _baseline(trace.panel)])) for trace in traces),
        *(one.corners_px for one in words),
    ]
    seen = np.split(page.to_image(np.concatenate(on_sheet)), np.cumsum([len(points) for points in on_sheet])[:-1])
    seen_traces, seen_panels, seen_words = (
        seen[: len(traces)],
        seen[len(traces) : 2 * len(traces)],
        seen[2 * len(traces) :],
    )
    arrays: dict[str, list[np.ndarray]] = {"points_px": [], "signal_mv": [], "inside": [], "occluded": []}
    panels, offset = [], 0
    for number, (trace, points, frame) in enumerate(zip(traces, seen_traces, seen_panels, strict=True)):
        with np.errstate(invalid="ignore"):
            inside = ((points >= 0) & (points < (width, height))).all(axis=1)
            # A trace that leaves its page is not drawn beside it.
            inside &= ((trace.points_px >= 0) & (trace.points_px < page.sheet.size)).all(axis=1)
        arrays["points_px"].append(points.astype(np.float32))
        arrays["signal_mv"].append(trace.signal_mv.astype(np.float32))
        arrays["inside"].append(np.asarray(inside))
        arrays["occluded"].append(_occluded(page, trace))
        panels.append(_panel(trace, number, offset, frame, points[inside]))
        offset += len(points)
    held = {name: np.concatenate(parts) for name, parts in arrays.items()}
    if page.config.masks:
        held["labels"] = page.labels
    if page.mesh is not None:
        held["mesh_nodes"] = page.mesh.nodes
    described = {
        "schema": SCHEMA,
        "ecg_synth_version": __version__,
        "notice": "Names are made up. Not for clinical use.",
        "image": image_file,
        "width": width,
        "height": height,
        "pixels": PIXELS,
        "record": {
            "name": page.record.record_name,
            "origin": page.record.origin,
            "fs": page.record.fs,
            "samples": len(page.record.p_signal),
        },
        "page_mm": list(page.sheet.size_mm),
        "px_per_mm": page.sheet.scale.px_per_mm,
        "settings": dataclasses.asdict(page.config),
        "number": page.number,
        "background": list(page.background),
        "paper": page.sheet.style._asdict(),
        "labels": {**LABELS, **{f"trace {panel['number']}": panel["label"] for panel in panels}},
        "panels": panels,
        "words": [
            {"kind": one.kind, "text": one.text, "corners_px": _rounded(corners)}
            for one, corners in zip(words, seen_words, strict=True)
        ],
        "distortions": [one.as_json() for one in page.drawn],
        "mesh_cell_px": page.mesh.cell_px if page.mesh is not None else None,
    }
    return described, held


def _baseline(panel: Panel) -> np.ndarray:
    return np.linspace((panel.box.left, panel.baseline_mm), (panel.box.right, panel.baseline_mm), _EDGE_STEPS)


def _panel(trace: Trace, number: int, offset: int, frame: np.ndarray, seen: np.ndarray) -> dict[str, Any]:
    """What the JSON says of a panel, whose corners and base line are seen at `frame` and its samples at `seen`."""
    panel = trace.panel
    return {
        "number": number,
        "lead": panel.lead,
        "title": panel.title,
        "sign": panel.sign,
        "rhythm": panel.rhythm,
        "row": panel.row,
        "label": TRACE + number,
        "start_s": panel.start_s,
        "end_s": panel.end_s,
        "first_sample": trace.first_sample,
        "samples": len(trace.signal_mv),
        "offset": offset,
        "corners_px": _rounded(frame[:4]),
        "baseline_px": _rounded(frame[4:]),
        # Of the samples that are seen; the pen's half width is not in it.
        "box_px": _rounded(np.concatenate([seen.min(axis=0), seen.max(axis=0)])) if len(seen) else None,
    }


def _occluded(page: Page, trace: Trace) -> np.ndarray:
    """Whether the sheet shows something else on top, or nothing, where a sample was drawn."""
    labels = page.sheet.labels
    cells = np.floor(np.nan_to_num(trace.points_px, nan=-1.0)).astype(np.int64)
    on_sheet = ((cells >= 0) & (cells < labels.shape[::-1])).all(axis=1)
    columns, rows = np.where(on_sheet[:, None], cells, 0).T
    return on_sheet & np.isin(labels[rows, columns], (LABELS["overlay"], LABELS["off_page"]))


def _rounded(points: np.ndarray) -> list[Any]:
    """Pixels to a thousandth; None where there is none, for JSON has no NaN."""
    rounded = np.round(points, 3)
    listed = rounded.astype(object)
    listed[np.isnan(rounded)] = None
    return listed.tolist()


def json_bytes(described: dict[str, Any]) -> bytes:
    """Returns the JSON file."""
    return (json.dumps(described, indent=1, allow_nan=False) + "\n").encode("utf-8")


def npz_bytes(arrays: dict[str, np.ndarray]) -> bytes:
    """Returns an npz file, the same bytes for the same arrays; compressed lightly."""
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        for name, array in arrays.items():
            one = io.BytesIO()
            np.lib.format.write_array(one, np.ascontiguousarray(array), allow_pickle=False)
            # ZipInfo's own date, 1980, stands in every file.
            entry = zipfile.ZipInfo(f"{name}.npy")
            archive.writestr(entry, one.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=1)
    return stored.getvalue()


def read_truth(path: str | Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Reads the truth of an image.

    Args:
        path: Its JSON; the npz stands beside it.

    Raises:
        InputError: A file is missing or is not of this schema.
    """
    path = Path(path)
    try:
        described = json.loads(path.read_text(encoding="utf-8"))
        schema = described.get("schema") if isinstance(described, dict) else None
        if schema != SCHEMA:
            raise InputError(f"{path} must be a truth file of the schema {SCHEMA!r}. Received: schema={schema!r}.")
        with np.load(path.with_suffix(".npz")) as archive:
            return described, {name: archive[name] for name in archive.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"The truth of an image is NAME.json with NAME.npz beside it. Received: {str(path)!r} ({error})."
        ) from None
