"""How near synthetic slices come to the slices that were learnt from, beside slices of patients that nobody saw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np


def nearest(signals: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Root mean square difference in mV of each slice to the nearest of `seen`, medians at 0."""
    flat, others = (
        (part - np.median(part, axis=1, keepdims=True)).reshape(len(part), -1).astype(np.float64)
        for part in (signals, seen)
    )
    squares = (flat**2).mean(axis=1)[:, None] + (others**2).mean(axis=1)[None] - 2 * flat @ others.T / flat.shape[1]
    return np.sqrt(np.maximum(squares, 0.0).min(axis=1))


def nearness(made: Mapping[str, np.ndarray], unseen: np.ndarray, seen: np.ndarray) -> Iterator[str]:
    """Says of each set of slices, (n, length, leads) in mV, how near it comes to those that were learnt from."""
    theirs = nearest(unseen, seen)
    for name, signals in made.items():
        ours = nearest(signals, seen)
        yield (
            f"{name}: median RMSE to the nearest of {len(seen)} training slices {np.median(ours):.4f} mV, of the test "
            f"split's slices {np.median(theirs):.4f} mV, ratio {np.median(ours) / np.median(theirs):.3f}; least "
            f"{ours.min():.4f} and {theirs.min():.4f} mV"
        )
