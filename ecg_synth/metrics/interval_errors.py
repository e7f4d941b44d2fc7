"""What reading an ECG off paper does to what a cardiologist reads off it: errors of rate and intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ecg_synth.metrics.clinical import COLUMN, FEATURES, clinical_features

INTERVALS = ("heart_rate", "pr", "qrs", "qt")
WHOLE = 0.95
"""A lead of which less was read is not measured."""


def interval_errors(pairs: Sequence[tuple[np.ndarray, np.ndarray]], fs: float) -> list[dict[str, Any]]:
    """Measures each reference and its estimate by the same program, and compares.

    Args:
        pairs: Reference and estimate of each lead, float64 (samples,) in mV; NaN where nothing was read. Gaps of an
            estimate are bridged by straight lines.
        fs: Samples a second.

    Returns:
        One row an interval: `name`, `title`, `unit`, how many references have it (`of`) and how many estimates too
        (`both`); over those, the median error (`bias`), and the median and 90 % quantile of its size (`median`, `p90`);
        None where there is none.
    """
    rows = [(clinical_features(reference, fs), _features(estimate, fs)) for reference, estimate in pairs]
    found = []
    for name in INTERVALS:
        feature = FEATURES[COLUMN[name]]
        true, read = (np.array([row[k][COLUMN[name]] for row in rows]) for k in range(2))
        apart = (read - true)[np.isfinite(read) & np.isfinite(true)]
        size = np.abs(apart)
        found.append(
            {
                "name": name,
                "title": feature.title,
                "unit": feature.unit,
                "of": int(np.isfinite(true).sum()),
                "both": len(apart),
                "bias": float(np.median(apart)) if len(apart) else None,
                "median": float(np.median(size)) if len(apart) else None,
                "p90": float(np.quantile(size, 0.9)) if len(apart) else None,
            }
        )
    return found


def _features(estimate: np.ndarray, fs: float) -> np.ndarray:
    read = np.isfinite(estimate)
    if read.mean() < WHOLE:
        return np.full(len(FEATURES), np.nan)
    at = np.arange(len(estimate))
    return clinical_features(np.interp(at, at[read], estimate[read]), fs)
