"""The Frechet distance between two sets of features."""

from __future__ import annotations

import numpy as np

from ecg_synth.metrics.judged import View
from ecg_synth.metrics.metric import metric


def gaussian_frechet(mean: np.ndarray, cov: np.ndarray, other_mean: np.ndarray, other_cov: np.ndarray) -> float:
    """Returns the squared Frechet (2-Wasserstein) distance of two Gaussians.

    |m - m'|^2 + tr(C + C' - 2 (C^1/2 C' C^1/2)^1/2), from 0, lower is nearer; symmetric. The last term is the sum of
    the roots of the eigenvalues of a symmetric matrix: it stays real and finite where a covariance is singular, as
    `sqrtm` of the product does not (Dowson and Landau, J. Multivar. Anal. 12, 1982; Heusel et al., NeurIPS 2017).

    Args:
        mean: `(d,)`.
        cov: `(d, d)`, symmetric, positive semidefinite.
        other_mean: `(d,)`.
        other_cov: `(d, d)`.
    """
    from scipy import linalg

    values, vectors = linalg.eigh(cov)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    between = linalg.eigvalsh(root @ other_cov @ root)
    trace = np.trace(cov) + np.trace(other_cov) - 2 * np.sqrt(np.maximum(between, 0)).sum()
    return float(max(((mean - other_mean) ** 2).sum() + trace, 0.0))


def frechet_distance(features: np.ndarray, other: np.ndarray) -> float:
    """Returns `gaussian_frechet` of the means and covariances of two sets of features.

    It grows by about d^2 / 2n where sets are small, for both alike: compare it at one number of slices.

    Args:
        features: `(n, d)`.
        other: `(m, d)`.
    """
    moments = [(found.mean(axis=0), np.atleast_2d(np.cov(found, rowvar=False))) for found in (features, other)]
    return gaussian_frechet(*moments[0], *moments[1])


SOURCE = "Heusel et al., NeurIPS 2017"


@metric("frechet_random", "Frechet distance, random features", "fidelity", "lower", f"{SOURCE}; MiniRocket, KDD 2021")
def _frechet_random(reference: View, candidate: View) -> float:
    return frechet_distance(reference.features("random"), candidate.features("random"))


@metric("frechet_encoder", "Frechet distance, trained encoder", "fidelity", "lower", SOURCE)
def _frechet_encoder(reference: View, candidate: View) -> float:
    return frechet_distance(reference.features("encoder"), candidate.features("encoder"))
