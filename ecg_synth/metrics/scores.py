"""How well classes are told: accuracy, balanced accuracy, macro F1 and macro AUROC, for many weightings at once."""

from __future__ import annotations

import numpy as np

SCORES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "macro_auroc": "macro AUROC",
}


def scores(labels: np.ndarray, decision: np.ndarray, weights: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Returns each of `SCORES` for each weighting; all from 0 to 1, more is better.

    A slice counts as the class of its largest decision. Balanced accuracy is the mean recall, macro F1 the mean of
    2 TP / (2 TP + FP + FN), macro AUROC the mean chance that a slice of the class has a larger decision for it than a
    slice of another (ties count half; one class against the rest): means over the classes that have weight. As
    scikit-learn has them; written anew because a patient bootstrap asks thousands of times.

    Args:
        labels: int `(n,)`: the true class of each.
        decision: float `(n, classes)`: the larger, the more a slice is held to be of the class.
        weights: float `(weightings, n)`: how often each slice counts, in a bootstrap for one; None: each once.

    Returns:
        By name float64 `(weightings,)`; NaN where a weighting leaves nothing to tell.
    """
    weights = np.ones((1, len(labels))) if weights is None else np.asarray(weights, np.float64)
    classes = decision.shape[1]
    truth, told = (np.eye(classes)[index] for index in (labels, decision.argmax(axis=1)))
    pairs = (truth[:, :, None] * told[:, None, :]).reshape(len(labels), -1)
    confusion = (weights @ pairs).reshape(-1, classes, classes)
    right, true, said = np.einsum("bkk->bk", confusion), confusion.sum(axis=2), confusion.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        areas = np.stack([_auroc(labels == k, decision[:, k], weights) for k in range(classes)], axis=1)
        return {
            "accuracy": right.sum(axis=1) / true.sum(axis=1),
            "balanced_accuracy": _mean(right / true, true > 0),
            "macro_f1": _mean(2 * right / (true + said), true > 0),
            "macro_auroc": _mean(areas, np.isfinite(areas)),
        }


def _mean(values: np.ndarray, kept: np.ndarray) -> np.ndarray:
    return np.where(kept, values, 0.0).sum(axis=1) / kept.sum(axis=1)


def _auroc(positive: np.ndarray, decision: np.ndarray, weights: np.ndarray) -> np.ndarray:
    order = np.argsort(decision, kind="stable")
    ranked = decision[order]
    # Where each run of equal decisions begins.
    starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
    ours, others = (
        np.add.reduceat(np.where(side[order], weights[:, order], 0.0), starts, axis=1) for side in (positive, ~positive)
    )
    below = np.cumsum(others, axis=1) - others
    return (ours * (below + others / 2)).sum(axis=1) / (ours.sum(axis=1) * others.sum(axis=1))


def group_weights(groups: np.ndarray, replicates: int, seed: int) -> np.ndarray:
    """Returns weights of a bootstrap that draws whole patients with replacement, float64 `(replicates, n)`.

    Args:
        groups: `(n,)`: the patient of each slice.
        replicates: How many draws.
        seed: Seed of the draws.
    """
    _, number = np.unique(groups, return_inverse=True)
    count = int(number.max()) + 1
    stream = np.random.default_rng(seed)
    drawn = stream.multinomial(count, np.full(count, 1 / count), size=replicates)
    return drawn[:, number].astype(np.float64)
