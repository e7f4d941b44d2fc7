"""Precision, recall, density, coverage: which slices lie among the neighbors of the other set's."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ecg_synth.metrics.discrepancy import MOST
from ecg_synth.metrics.distances import sample_distances
from ecg_synth.metrics.judged import View
from ecg_synth.metrics.metric import metric

NEIGHBORS = 5
ROUNDING = 1e-9
"""Share by which one distance may differ from itself: some processors' products are not symmetric to the last bit."""


class Neighborhoods(NamedTuple):
    """Shares that say how two sets of slices lie among one another.

    Attributes:
        precision: Share of synthetic slices within the k-th neighbor distance of any real one, 0 to 1, higher is better
            (Kynkaanniemi et al., NeurIPS 2019).
        recall: Share of real slices within the k-th neighbor distance of any synthetic one, 0 to 1, higher is better
            (the same).
        density: Real neighborhoods that hold a synthetic slice, the mean over synthetic slices, by k; 1 on average for
            two draws of one population, higher is better (Naeem et al., ICML 2020).
        coverage: Share of real neighborhoods that hold a synthetic slice, 0 to 1, higher is better (the same).
    """

    precision: float
    recall: float
    density: float
    coverage: float


def neighborhoods(
    within: np.ndarray, other_within: np.ndarray, between: np.ndarray, neighbors: int = NEIGHBORS
) -> Neighborhoods:
    """Returns the four shares from matrices of distances, as `prdc.compute_prdc` does from features.

    Args:
        within: `(n, n)`: distances of real slices to one another.
        other_within: `(m, m)`: of synthetic ones.
        between: `(n, m)`: from real to synthetic.
        neighbors: k, the neighbor whose distance is the radius; at most one less than the smaller set has slices.
    """
    # A slice is the first of its own neighbors.
    real, made = (np.partition(d, min(neighbors, len(d) - 1), axis=1) for d in (within, other_within))
    real_radius = real[:, min(neighbors, len(real) - 1)] * (1 - ROUNDING)
    made_radius = made[:, min(neighbors, len(made) - 1)] * (1 - ROUNDING)
    inside = between < real_radius[:, None]
    return Neighborhoods(
        precision=float(inside.any(axis=0).mean()),
        recall=float((between < made_radius[None, :]).any(axis=1).mean()),
        density=float(inside.sum(axis=0).mean() / neighbors),
        coverage=float(inside.any(axis=1).mean()),
    )


def _of_views(reference: View, candidate: View) -> Neighborhoods:
    """The four of at most `MOST` slices of each set, worked out once for all four metrics."""
    reference, candidate = reference.fewer(MOST), candidate.fewer(MOST)

    def work_out() -> Neighborhoods:
        within, other_within = (sample_distances(view, view, "random") for view in (reference, candidate))
        return neighborhoods(within, other_within, sample_distances(candidate, reference, "random").T)

    key = ("neighborhoods", reference.judged, reference.index.tobytes(), candidate.index.tobytes())
    return candidate.judged.once(key, work_out)


SHARE = (0.0, 1.0)


@metric("precision", "precision, random features", "fidelity", "higher", "Kynkaanniemi et al., NeurIPS 2019", SHARE)
def _precision(reference: View, candidate: View) -> float:
    return _of_views(reference, candidate).precision


@metric("density", "density, random features", "fidelity", "higher", "Naeem et al., ICML 2020")
def _density(reference: View, candidate: View) -> float:
    return _of_views(reference, candidate).density


@metric(
    "recall",
    "recall, random features",
    "variety",
    "higher",
    "Kynkaanniemi et al., NeurIPS 2019",
    SHARE,
    ceiling="collapse",
)
def _recall(reference: View, candidate: View) -> float:
    return _of_views(reference, candidate).recall


@metric(
    "coverage", "coverage, random features", "variety", "higher", "Naeem et al., ICML 2020", SHARE, ceiling="collapse"
)
def _coverage(reference: View, candidate: View) -> float:
    return _of_views(reference, candidate).coverage
