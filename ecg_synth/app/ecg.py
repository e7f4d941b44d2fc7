"""What the page shows: one ECG, whoever made it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Ecg:
    """One slice.

    Attributes:
        origin: `"measured"`, `"simulated"` or `"synthetic"`.
        source: Which one it is: seed and number, or record and second.
        signal_mv: float32 (length, leads) in mV, each lead's median at 0.
        image: What a GAN sees of it: grey levels (height, width, channels).
        fs: Sampling rate in Hz.
        leads: Names of the leads.
        class_name: Class that it was made for, or its record's; None where unknown.
    """

    origin: str
    source: str
    signal_mv: np.ndarray
    image: np.ndarray
    fs: float
    leads: tuple[str, ...]
    class_name: str | None = None
