"""The classifier two-sample test: can a classifier tell real from synthetic?"""

from __future__ import annotations

from typing import cast

import numpy as np

from ecg_synth.metrics.judged import View
from ecg_synth.metrics.metric import metric
from ecg_synth.metrics.random_features import RandomFeatures

FOLDS = 5
# Strong: there are ten times as many features as slices.
PENALTY = 1e-3
MOST = 2000


def held_out_scores(features: np.ndarray, synthetic: np.ndarray, groups: np.ndarray, seed: int) -> np.ndarray:
    """Returns how synthetic each slice looks to a classifier that has not seen its group.

    Logistic regression on standardized features, in 5 folds (as many as there are groups of each kind, if fewer) that
    keep each group together.

    Args:
        features: `(n, d)`.
        synthetic: bool `(n,)`.
        groups: `(n,)`: the patient of each slice.
        seed: Seed of the folds.

    Returns:
        float64 `(n,)`: log odds.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    fewest = min(len(np.unique(groups[synthetic])), len(np.unique(groups[~synthetic])))
    folds = StratifiedGroupKFold(max(2, min(FOLDS, fewest)), shuffle=True, random_state=seed)
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=PENALTY, max_iter=500))
    return cross_val_predict(classifier, features, synthetic, groups=groups, cv=folds, method="decision_function")


def area_under_roc(real: np.ndarray, synthetic: np.ndarray) -> float:
    """Returns the share of pairs in which the synthetic slice has the higher score, ties counting half.

    0.5: nobody can tell them apart, 1: every one is told; a little below 0.5 is chance too.

    Args:
        real: `(n,)` scores.
        synthetic: `(m,)`.
    """
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([synthetic, real]))[: len(synthetic)]
    return float((ranks.mean() - (len(synthetic) + 1) / 2) / len(real))


@metric(
    "c2st",
    "told from real by a classifier (AUROC; 0.5 is chance)",
    "fidelity",
    "lower",
    "Lopez-Paz and Oquab, ICLR 2017; MiniRocket, KDD 2021",
    (0.0, 1.0),
)
def _c2st(reference: View, candidate: View) -> float:
    """The interval draws slices anew and keeps the scores: it does not hold what other training slices would change."""
    reference, candidate = reference.fewer(MOST), candidate.fewer(MOST)

    def work_out() -> tuple[np.ndarray, np.ndarray]:
        sets = [reference.judged.signals, candidate.judged.signals]
        extractor = cast(RandomFeatures, reference.judged.extractors["random"])
        features = np.concatenate([extractor.kernels(signals) for signals in sets])
        count = len(sets[0])
        synthetic = np.arange(len(features)) >= count
        # A patient on both sides, of whom the candidate may be a copy, stays in one fold.
        _, groups = np.unique(np.concatenate([signals.groups.astype(str) for signals in sets]), return_inverse=True)
        scores = held_out_scores(features, synthetic, groups, seed=0)
        return scores[:count], scores[count:]

    real, made = candidate.judged.once(("c2st", reference.judged), work_out)
    return area_under_roc(real[reference.index], made[candidate.index])
