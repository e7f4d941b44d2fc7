"""Distances from a synthetic slice to the nearest real one: on these a set of copies scores best."""

from __future__ import annotations

import numpy as np

from ecg_synth.metrics.discrepancy import MOST
from ecg_synth.metrics.distances import sample_distances
from ecg_synth.metrics.judged import View
from ecg_synth.metrics.metric import metric


def rmse_to_nearest(between: np.ndarray, samples: int) -> float:
    """Returns the mean over synthetic slices of the root mean square error to the nearest real one, in mV.

    min over real x of sqrt(sum (x - y)^2 / samples), from 0; lower is nearer, and 0 is a copy.

    Args:
        between: `(n, m)`: Euclidean distances, synthetic to real, in mV.
        samples: Samples a slice, all leads together.
    """
    return float(between.min(axis=1).mean() / np.sqrt(samples))


def prd_to_nearest(between: np.ndarray, norms: np.ndarray) -> float:
    """Returns the mean over synthetic slices of the percent root mean square difference to the nearest real one.

    min over real x of 100 sqrt(sum (x - y)^2 / sum x^2), x with its median at 0 mV, from 0 %; lower is nearer, and 0 is
    a copy (Zigel et al., IEEE Trans. Biomed. Eng. 47, 2000). A flat y has 100 % to every x.

    Args:
        between: `(n, m)`: Euclidean distances, synthetic to real, in mV.
        norms: `(m,)`: sqrt(sum x^2) of the real slices, in mV; flat ones, of 0, are no one's nearest.
    """
    share = np.divide(between, norms[None, :], out=np.full_like(between, np.inf), where=norms > 0)
    return float(100 * share.min(axis=1).mean())


COPIES = "a set of copies scores best"


@metric(
    "rmse_nearest", f"RMSE to the nearest real slice ({COPIES})", "paired", "lower", "root mean square error", unit="mV"
)
def _rmse_nearest(reference: View, candidate: View) -> float:
    reference, candidate = reference.fewer(MOST), candidate.fewer(MOST)
    samples = reference.features("samples").shape[1]
    return rmse_to_nearest(sample_distances(candidate, reference, "samples"), samples)


@metric(
    "prd_nearest",
    f"PRD to the nearest real slice ({COPIES})",
    "paired",
    "lower",
    "Zigel et al., IEEE Trans. Biomed. Eng. 47, 2000",
    unit="%",
)
def _prd_nearest(reference: View, candidate: View) -> float:
    reference, candidate = reference.fewer(MOST), candidate.fewer(MOST)
    norms = np.linalg.norm(reference.features("samples"), axis=1)
    return prd_to_nearest(sample_distances(candidate, reference, "samples"), norms)
