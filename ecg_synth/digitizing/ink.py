"""What is ink on a flat page, and what of it is a trace: probabilities for every pixel."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ecg_synth.digitizing.flat import FlatPage
from ecg_synth.digitizing.light import even_light

AT_ONCE_PX = 8_000_000
"""A larger page is looked at in strips, for want of memory."""
HALO_PX = 192
"""What a strip is told of its neighbors."""


class Ink(NamedTuple):
    """A flat page's ink; float32 (height, width) each, from 0 to 1.

    Attributes:
        trace: Probability that a pixel shows an ECG.
        text: That it shows printed text: names of leads, headers.
        pulse: That it shows a calibration pulse.
    """

    trace: np.ndarray
    text: np.ndarray
    pulse: np.ndarray


def ink_of(flat: FlatPage, weights: str | Path | None = None) -> Ink:
    """Tells traces, text and pulses apart on a flat page.

    Args:
        flat: The page.
        weights: File of 'ecg-synth fit-digitizer'; None for those that the package brings.

    Raises:
        InputError: The file of weights is missing or another thing.
    """
    return Ink(*np.moveaxis(probabilities(even_light(flat.image, flat.inside), weights), -1, 0))


def probabilities(evened: np.ndarray, weights: str | Path | None = None) -> np.ndarray:
    """Returns float32 (height, width, 3) of an evened page (height, width, 3)."""
    from ecg_synth.digitizing.network import STRIDE_PX
    from ecg_synth.digitizing.weights import SHIPPED, load_network

    network, _ = load_network(SHIPPED if weights is None else weights)
    height, width = evened.shape[:2]
    right = -width % STRIDE_PX
    rows = max(STRIDE_PX, AT_ONCE_PX // (width + right) // STRIDE_PX * STRIDE_PX)
    logits = np.empty((height, width, 3), dtype=np.float32)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        first, last = max(0, top - HALO_PX), min(height, bottom + HALO_PX)
        part = np.pad(evened[first:last], ((0, -(last - first) % STRIDE_PX), (0, right), (0, 0)), constant_values=1)
        found = np.asarray(network.predict_on_batch(part[None]))[0]
        logits[top:bottom] = found[top - first : bottom - first, :width]
    # Beyond +-30 nothing changes, and exp would overflow.
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
