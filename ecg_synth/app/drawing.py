"""ECGs on millimetre paper and the images that a GAN sees, as PNG."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from ecg_synth.app.ecg import Ecg
from ecg_synth.errors import InputError
from ecg_synth.paper.geometry import Scale, printed_name
from ecg_synth.paper.grid import PAPERS
from ecg_synth.paper.sheet import LABELS, Sheet
from ecg_synth.plots import tile_images
from ecg_synth.signals.leads import check_leads

MM_PER_S, MM_PER_MV, DPI = 25.0, 10.0, 200
SPEED = "25 mm/s, 10 mm/mV"
# In whole squares of 5 mm, so that the paper's lines run through all of it.
TOP_MM, SIDE_MM, PULSE_MM = 5.0, 5.0, 10.0
PULSE_S, PULSE_MV = 0.2, 1.0
TEXT_MM, LEAD_MM, PEN_MM = 2.6, 3.2, 0.3
MOST_MV = 2.5
IMAGE_SIDE = 180

Reach = tuple[float, float]


def common_reach(ecgs: Sequence[Ecg]) -> Reach:
    """Returns the mV below and above 0 that hold every trace: half millivolts, from 0.5 to 2.5 each way."""
    low = max(float(-ecg.signal_mv.min()) for ecg in ecgs)
    high = max(float(ecg.signal_mv.max()) for ecg in ecgs)
    down, up = (min(MOST_MV, max(0.5, math.ceil(value * 2) / 2)) for value in (low, high))
    return -down, up


def strip_size_mm(seconds: float, n_leads: int, reach: Reach) -> tuple[float, float]:
    """Returns width and height of a strip's paper, in whole squares of 5 mm."""
    width = 2 * SIDE_MM + PULSE_MM + 5.0 * math.ceil(seconds * MM_PER_S / 5.0)
    return width, TOP_MM + n_leads * (reach[1] - reach[0]) * MM_PER_MV


def draw_strip(ecg: Ecg, reach: Reach, words: str, leads: Sequence[str] = (), dpi: int = DPI) -> np.ndarray:
    """Draws one ECG at 25 mm/s and 10 mm/mV with a calibration pulse of 1 mV before each lead.

    Paper, pen and text are those of `ecg_synth.paper`. A trace that leaves its row is cut off there.

    Args:
        ecg: The ECG.
        reach: mV below and above 0 that a row holds.
        words: Line above all; it says what the ECG is, where that may be said.
        leads: Leads to draw, in this order; none draws all.
        dpi: Pixels an inch of paper.

    Returns:
        uint8 (height, width, 3).

    Raises:
        InputError: The ECG has not one of the leads.
    """
    shown = check_leads(leads, ecg.leads, where=f"{ecg.source}") if leads else ecg.leads
    length = len(ecg.signal_mv)
    size = strip_size_mm(length / ecg.fs, len(shown), reach)
    sheet = Sheet(size, Scale(MM_PER_S, MM_PER_MV, dpi), PAPERS["red"])
    x_mm = SIDE_MM + PULSE_MM + np.arange(length) / ecg.fs * MM_PER_S
    row_mm = (reach[1] - reach[0]) * MM_PER_MV
    for row, lead in enumerate(shown):
        zero = TOP_MM + row * row_mm + reach[1] * MM_PER_MV
        trace = ecg.signal_mv[:, ecg.leads.index(lead)].astype(np.float64)
        trace = np.where((trace >= reach[0]) & (trace <= reach[1]), trace, np.nan)
        _pulse(sheet, zero, reach)
        sheet.stroke(np.stack([x_mm, zero - trace * MM_PER_MV], axis=1), PEN_MM, sheet.style.ink, None)
        top = zero - reach[1] * MM_PER_MV
        sheet.write(printed_name(lead), (SIDE_MM + PULSE_MM + 1.0, top + LEAD_MM + 0.8), LEAD_MM, "lead")
    if words:
        sheet.write(words, (SIDE_MM, TOP_MM - 1.2), TEXT_MM, "header", LABELS["text"])
    return sheet.image


def _pulse(sheet: Sheet, zero: float, reach: Reach) -> None:
    top = zero - min(PULSE_MV, reach[1]) * MM_PER_MV
    left, width = SIDE_MM + 2.0, PULSE_S * MM_PER_S
    xs = (left - 1.5, left, left, left + width, left + width, left + width + 1.5)
    sheet.stroke(np.stack([xs, (zero, zero, top, top, zero, zero)], axis=1), PEN_MM, sheet.style.ink, None)


def draw_image(image: np.ndarray) -> np.ndarray:
    """Returns a GAN's image enlarged by whole pixels to about `IMAGE_SIDE`: uint8 (height, width) or with 3 colors.

    Of 16 bits the upper 8 are drawn; channels that are no colors stand under one another.

    Args:
        image: uint8 or uint16 (height, width, channels).
    """
    if image.ndim != 3 or image.dtype not in (np.uint8, np.uint16):
        raise InputError(
            f"An image is uint8 or uint16 (height, width, channels). Received: {image.dtype}, shape {image.shape}."
        )
    seen = (image >> 8).astype(np.uint8) if image.dtype == np.uint16 else image
    tile = tile_images(seen[None])
    times = max(1, IMAGE_SIDE // max(tile.shape[:2]))
    return tile.repeat(times, axis=0).repeat(times, axis=1)


def png(pixels: np.ndarray) -> bytes:
    """Returns an array of pixels as a PNG that holds nothing but them."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG")
    return stream.getvalue()
