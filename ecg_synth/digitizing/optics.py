"""How strokes look on a page, from the strokes themselves: the pen's radius, the blur, how dark the ink is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ecg_synth.digitizing.stroke import Optics, seen_of, stroke_of
from ecg_synth.digitizing.unpen import FAINT, Band, noise_of, robust

FIRST_BLUR = 0.3
LEAST, MOST = Optics(0.4, 0.03, 0.5), Optics(6.0, 2.5, 1.6)
SMALL, FARTHEST = 0.05, 0.3
"""Pixels of radius and blur: the step that their influence is measured by, and the largest that is made."""


def measure_optics(bands: Sequence[Band], optics: Optics, rounds: int) -> Optics:
    """Fits what a page's strokes have in common to all pixels around its lines.

    Args:
        bands: With lines that are nearly right.
        optics: To begin with.
        rounds: Of least squares.
    """
    for _ in range(rounds):
        rests, changes = [], []
        for band in bands:
            seen, wider, softer = (_seen(band, one) for one in _around(optics))
            # A pixel around the ink tells of the blur.
            inked = _grown(seen > FAINT) & (band.weight > 0)
            change = (wider - seen) / SMALL, (softer - seen) / SMALL, seen / optics.darkness
            rests.append((band.dark - seen)[inked])
            changes.append(np.stack([one[inked] for one in change], axis=1))
        rest, change = np.concatenate(rests), np.concatenate(changes)
        if len(rest) < len(optics):
            return optics
        trust = robust(rest, noise_of(rest))[:, None]
        step = np.linalg.lstsq(change * np.sqrt(trust), rest * np.sqrt(trust[:, 0]), rcond=None)[0]
        moved = np.array(optics) + np.clip(step, -FARTHEST, FARTHEST)
        optics = Optics(*(float(value) for value in np.clip(moved, LEAST, MOST)))
    return optics


def _around(optics: Optics) -> tuple[Optics, Optics, Optics]:
    return (
        optics,
        optics._replace(radius=optics.radius + SMALL),
        optics._replace(blur=optics.blur + SMALL),
    )


def _seen(band: Band, optics: Optics) -> np.ndarray:
    return seen_of(stroke_of(band.line, optics, len(band.dark)))


def _grown(there: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    return ndimage.binary_dilation(there)
