"""Files of what was read: a WFDB record, a description, and the picture with the read traces drawn over it."""

from __future__ import annotations

import dataclasses
import io
import json
import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

from ecg_synth._version import __version__
from ecg_synth.config import DigitizeConfig
from ecg_synth.digitizing.digitize import Digitized
from ecg_synth.digitizing.flat import PX_PER_MM
from ecg_synth.errors import InputError
from ecg_synth.files import write_bytes
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.wfdb_io import write_record

SCHEMA = "ecg_synth/digitized/1"
NOTICE = "Read from a picture. Not for clinical use."
COLORS = ((0, 90, 255), (220, 0, 200), (0, 150, 60), (230, 110, 0))
_OVERLAY_PX, _LINE_PX, _FONT_PX = 2400, 3, 26
_LARGEST_PX = 120_000_000


def read_picture(path: str | Path) -> tuple[np.ndarray, str]:
    """Reads a picture.

    Returns:
        uint8 (height, width, 3), turned as its EXIF says; and what it says of itself: `simulated`, `synthetic` or ''.

    Raises:
        InputError: It is missing, damaged, or no picture.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"A picture must be a file. Received: {str(path)!r}. Check the name.")
    try:
        with Image.open(path) as opened:
            if opened.width * opened.height > _LARGEST_PX:
                raise InputError(
                    f"A picture may have at most {_LARGEST_PX // 10**6} million pixels. Received: {str(path)!r} with "
                    f"{opened.width} x {opened.height}. 200 dpi are enough: make it smaller."
                )
            from PIL import ImageOps

            about = str(opened.info.get("Description", "") or opened.info.get("comment", b"") or "")
            turned = ImageOps.exif_transpose(opened)
            if turned.mode in ("RGBA", "LA", "P"):
                # What is transparent is paper.
                layer = turned.convert("RGBA")
                turned = Image.alpha_composite(Image.new("RGBA", layer.size, (255, 255, 255, 255)), layer)
            picture = np.asarray(turned.convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"A picture must be a PNG, JPEG, TIFF or another format that Pillow reads. Received: {str(path)!r} "
            f"({type(error).__name__}). Convert it; of a PDF, take the picture in it."
        ) from None
    origin = next((word for word in ("simulated", "synthetic") if f"{word} ECG" in about), "")
    return picture, origin


def record_of(digitized: Digitized, name: str, origin: str = "") -> EcgRecord:
    """Returns what was read as a record."""
    comments = [f"Digitized: from a picture by ecg_synth {__version__}; {NOTICE}"]
    if origin:
        comments.append(f"{origin.capitalize()}: the picture says so")
    return EcgRecord(
        name,
        digitized.p_signal,
        digitized.fs,
        digitized.sig_name,
        name,
        comments=tuple(comments),
        origin=origin or "measured",  # type: ignore[arg-type]
    )


def described(digitized: Digitized, picture_name: str, config: DigitizeConfig) -> dict[str, Any]:
    """Returns what the JSON file holds: what was found, what was assumed, and how sure each lead is."""
    layout, grid = digitized.layout, digitized.grid
    leads = []
    for lead, one in zip(layout.leads, digitized.readings, strict=True):
        read = float(np.isfinite(one.signal_mv).mean()) if len(one.signal_mv) else 0.0
        leads.append(
            {
                "name": lead.name,
                "sign": lead.sign,
                "rhythm": lead.rhythm,
                "row": lead.row,
                "start_s": round(lead.start_s, 4),
                "samples": len(one.signal_mv),
                "read": round(read, 4),
                "confidence": round(one.confidence, 4),
                "name_confidence": round(lead.confidence, 4),
                "place_mm": [round(float(value), 3) for value in (lead.left_mm, lead.right_mm, lead.baseline_mm)],
            }
        )
    apart = digitized.disagreement_mv
    return {
        "schema": SCHEMA,
        "ecg_synth_version": __version__,
        "notice": NOTICE,
        "picture": picture_name,
        "fs": digitized.fs,
        "settings": dataclasses.asdict(config),
        "grid": {
            "px_per_mm": round(grid.px_per_mm, 4),
            "degrees": round(grid.degrees, 3),
            "seen": round(grid.seen, 4),
            "quarters": digitized.quarters,
            "scale_is": scale_is(digitized, config),
        },
        "layout": layout.name,
        "order": layout.order,
        "layout_score": round(layout.score, 4),
        "mm_per_s": layout.mm_per_s,
        "mm_per_s_is": "assumed" if grid.on_lines else "assumed; to scale by the traces' length of whole half seconds",
        "mm_per_mv": layout.mm_per_mv,
        "mm_per_mv_is": "given" if config.mm_per_mv else "by the calibration pulse" if layout.gain_known else "assumed",
        "limb_leads_disagree_mv": None if math.isnan(apart) else round(apart, 4),
        "leads": leads,
    }


def scale_is(digitized: Digitized, config: DigitizeConfig) -> str:
    """Returns what told the page's millimetres."""
    if digitized.grid.on_lines:
        return "by the grid"
    return "given" if config.dpi else "by the calibration pulses"


def overlay(picture: np.ndarray, digitized: Digitized) -> Image.Image:
    """Returns the picture, paled, with every read trace drawn at its place and named."""
    pale = Image.fromarray((255 - (255 - picture.astype(np.uint16)) * 3 // 5).astype(np.uint8))
    share = min(1.0, _OVERLAY_PX / max(pale.size))
    if share < 1:
        pale = pale.resize((round(pale.width * share), round(pale.height * share)), Image.Resampling.LANCZOS)
    draw = ImageDraw.Draw(pale)
    layout = digitized.layout
    for number, (lead, one) in enumerate(zip(layout.leads, digitized.readings, strict=True)):
        color = COLORS[number % len(COLORS)]
        base = lead.baseline_mm
        x = lead.left_mm + one.seconds * layout.mm_per_s
        y = base - one.signal_mv * layout.mm_per_mv
        points = np.column_stack([x, y]) * PX_PER_MM
        there = np.isfinite(points).all(axis=1)
        seen = np.full(points.shape, np.nan)
        if there.any():
            seen[there] = digitized.flat.to_picture(points[there]) * share
        for part in np.split(seen, np.flatnonzero(np.diff(there.astype(int)) != 0) + 1):
            if len(part) > 1 and np.isfinite(part).all():
                draw.line([tuple(point) for point in part.tolist()], fill=color, width=_LINE_PX)
        at = digitized.flat.to_picture(np.array([[lead.left_mm + 1, base + 9.0]]) * PX_PER_MM)[0] * share
        sign = "-" if lead.sign < 0 else ""
        draw.text(
            tuple(at), f"{sign}{lead.name} {one.confidence:.2f}", fill=color, font=ImageFont.load_default(_FONT_PX)
        )
    return pale


def write_digitized(
    digitized: Digitized, picture: np.ndarray, picture_name: str, out: str | Path, config: DigitizeConfig, origin: str
) -> Path:
    """Writes NAME.dat, NAME.hea, NAME_overlay.png and, last, NAME.json.

    Returns:
        The path of the JSON.
    """
    out, name = Path(out), record_name(picture_name)
    with tempfile.TemporaryDirectory() as folder:
        highest = float(np.nanmax(np.abs(digitized.p_signal), initial=0.0))
        header = write_record(record_of(digitized, name, origin), folder, fmt="16" if highest < 16 else "32")
        files = {file.name: file.read_bytes() for file in Path(folder).iterdir()}
        # A header without its samples would be a torn record.
        for file in sorted(files, key=lambda one: one == header.name):
            write_bytes(out / file, files[file])
    stored = io.BytesIO()
    overlay(picture, digitized).save(stored, "PNG")
    write_bytes(out / f"{name}_overlay.png", stored.getvalue())
    text = json.dumps(described(digitized, picture_name, config), indent=1, allow_nan=False) + "\n"
    write_bytes(out / f"{name}.json", text.encode("utf-8"))
    return out / f"{name}.json"


def record_name(picture_name: str) -> str:
    """Returns a name that WFDB allows: letters, digits, hyphens and underscores."""
    return "".join(
        letter if (letter.isalnum() and letter.isascii()) or letter in "-_" else "_"
        for letter in Path(picture_name).stem
    )
