"""Settings of paper images."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PaperConfig:
    """How an ECG is laid out on millimetre paper, drawn, and distorted.

    Attributes:
        layout: ROWSxCOLUMNS, and +N rhythm rows over the whole width: 3x4+1, 3x4, 3x4+3, 6x2, 12x1, 1x1, any other.
        leads: Leads column by column, a minus before a name draws it upside down (-avr). Empty: the 12 in `order`, or
            the record's own where their number is the layout's.
        order: Of the 12 leads: standard (i ii iii avr avl avf) or cabrera (avl i -avr ii avf iii).
        rhythm: Leads of the rhythm rows, as many as the layout asks for are taken; the first is that of a 1x1.
        page: a4, letter (both landscape) or strip, whose width follows the signal.
        mm_per_s: Paper speed: 25 or 50 mm/s.
        mm_per_mv: Gain: 5, 10 or 20 mm/mV.
        seconds: Time that a page shows; 0 for as much as the record has and the page holds, at most 10 s.
        dpi: Resolution of the image, 72 to 600.
        paper: Colors of paper, grid and ink: red, pink, orange, green, blue, gray, plain (no grid), or random.
        trace_mm: Width of the pen in mm; 0 draws it between 0.2 and 0.5 mm by the seed.
        font: sans, serif or mono.
        header: Print header and footer: where the record is from, a made-up name, speed and gain.
        separators: Mark where one lead ends and the next begins.
        pulse: Draw a calibration pulse of 1 mV and 0.2 s before each row.
        preset: Distortions: clean (none), scan, phone, strong.
        strength: Multiplies every strength of the preset; 0 to 1.
        distortions: Distortions by name and strength that stand instead of the preset's: rotate=0.5 shadow=1.
        masks: Write the map of labels: which pixel shows which lead, grid, text, pulse.
        file_format: png, jpeg or pdf (the picture on a page of its size).
        quality: Of jpeg and pdf, 1 to 95.
        seed: Of everything random; the image's number is mixed in.
    """

    layout: str = "3x4+1"
    leads: tuple[str, ...] = ()
    order: str = "standard"
    rhythm: tuple[str, ...] = ("ii", "v1", "v5")
    page: str = "a4"
    mm_per_s: float = 25.0
    mm_per_mv: float = 10.0
    seconds: float = 0.0
    dpi: int = 200
    paper: str = "red"
    trace_mm: float = 0.3
    font: str = "sans"
    header: bool = True
    separators: bool = True
    pulse: bool = True
    preset: str = "clean"
    strength: float = 1.0
    distortions: tuple[str, ...] = ()
    masks: bool = True
    file_format: str = "png"
    quality: int = 92
    seed: int = 0
