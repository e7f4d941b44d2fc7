"""If-then rules over named features: learnt on one set by a decision tree, held against another.

P2 (Pon Bharathi et al.) names rules in words as what makes synthetic health data explainable, and the number of
validated rules as a measure of quality. Here a rule learnt on synthetic slices holds when the class it names is more
frequent among the real slices it covers than among all, by more than chance would give patients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

DEPTH = 3
# A leaf holds so many slices, and so large a share of them.
LEAST_LEAF, LEAF_SHARE = 10, 0.02
PERMUTATIONS = 2000
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Rule:
    """Conditions that are all met, and the class that follows.

    Attributes:
        conditions: By number of the feature: (above, at most), either may be infinite, and both where it is asked
            only that the feature is not missing.
        label: Index of the class.
    """

    conditions: dict[int, tuple[float, float]] = field(hash=False)
    label: int

    def covers(self, features: np.ndarray) -> np.ndarray:
        """Returns bool (n,): which slices meet every condition; a missing value, NaN, meets none."""
        met = np.ones(len(features), bool)
        for number, (above, most) in self.conditions.items():
            met &= (features[:, number] > above) & (features[:, number] <= most)
        return met

    def words(self, titles: Sequence[str], units: Sequence[str], classes: Sequence[str]) -> str:
        """Returns it as a sentence: 'if heart rate > 92 /min and QRS <= 118 ms then MI'."""
        parts = []
        for number, (above, most) in self.conditions.items():
            unit = f" {units[number]}" if units[number] else ""
            if np.isfinite(above) and np.isfinite(most):
                parts.append(f"{above:.3g} < {titles[number]} <= {most:.3g}{unit}")
            elif above == -np.inf and most == np.inf:
                # What the tree makes of a split into measured and missing.
                parts.append(f"{titles[number]} is measured")
            else:
                sign, value = (">", above) if np.isfinite(above) else ("<=", most)
                parts.append(f"{titles[number]} {sign} {value:.3g}{unit}")
        return f"if {' and '.join(parts)} then {classes[self.label]}"


def learn_rules(features: np.ndarray, labels: np.ndarray, seed: int, depth: int = DEPTH) -> list[Rule]:
    """Learns the leaves of a decision tree (`sklearn.tree.DecisionTreeClassifier`, Gini, classes weighted equal).

    A leaf's class is the one that is most frequent in it beside its frequency in all. The tree sends missing values
    to the better side of a split; the rule made of a leaf covers none of them, and is dropped when nothing is left.

    Args:
        features: (n, features), NaN where a value is missing.
        labels: int (n,), every one known.
        seed: Seed of ties.
        depth: Conditions a rule at most.

    Returns:
        Rules, in the order of the tree's leaves.
    """
    from sklearn.tree import DecisionTreeClassifier

    kept = np.flatnonzero(np.isfinite(features).any(axis=0))
    least = max(LEAST_LEAF, round(LEAF_SHARE * len(features)))
    model = DecisionTreeClassifier(
        max_depth=depth, min_samples_leaf=least, class_weight="balanced", random_state=seed
    ).fit(features[:, kept], labels)
    tree = model.tree_
    rules: list[Rule] = []

    def walk(node: int, conditions: dict[int, tuple[float, float]]) -> None:
        left, right = int(tree.children_left[node]), int(tree.children_right[node])
        if left == right:
            if conditions:
                rules.append(Rule(conditions, int(model.classes_[tree.value[node][0].argmax()])))
            return
        number, threshold = int(kept[tree.feature[node]]), float(tree.threshold[node])
        above, most = conditions.get(number, (-np.inf, np.inf))
        walk(left, conditions | {number: (above, min(most, threshold))})
        walk(right, conditions | {number: (max(above, threshold), most)})

    walk(0, {})
    return [rule for rule in rules if rule.covers(features).any()]


def judge_rules(
    rules: Sequence[Rule],
    learnt_on: tuple[np.ndarray, np.ndarray],
    held_against: tuple[np.ndarray, np.ndarray, np.ndarray],
    seed: int,
) -> list[dict[str, Any]]:
    """Holds rules against slices of patients that they were not learnt on.

    lift = P(class | covered) / P(class). Its significance is that of a one-sided test in which the labels of whole
    patients change places, 2,000 times: slices of one patient are no independent evidence. The p-values of all rules
    are corrected together (Benjamini and Hochberg 1995). A rule holds when its lift is above 1 on both sides and the
    corrected p-value below 0.05.

    Args:
        rules: Rules.
        learnt_on: Features (n, features) and labels (n,) that the rules were learnt on.
        held_against: Features (m, features), labels (m,) and patients (m,) of the real slices.
        seed: Seed of the permutations.

    Returns:
        For every rule `support`, `precision`, `lift` (what it was learnt on), `real_support`, `real_patients`,
        `real_precision`, `real_lift`, `p` (corrected) and `holds`. Precision and lift are NaN where it covers nothing.
    """
    from scipy.stats import false_discovery_control

    if not rules:
        return []
    features, labels, groups = held_against
    patients, number = np.unique(groups, return_inverse=True)
    stream = np.random.default_rng(seed)
    shuffled = np.stack([stream.permutation(len(patients)) for _ in range(PERMUTATIONS)])
    slices = np.bincount(number)
    found = []
    chances = []
    for rule in rules:
        covered = rule.covers(features)
        support, precision, lift = _lift(rule.covers(learnt_on[0]), learnt_on[1] == rule.label)
        real_support, real_precision, real_lift = _lift(covered, labels == rule.label)
        hits = np.bincount(number, covered, len(patients))
        share = np.bincount(number, labels == rule.label, len(patients)) / slices
        # Rounding of sums in another order must not make a tie a win.
        chances.append((1 + (share[shuffled] @ hits >= share @ hits - 1e-9).sum()) / (1 + PERMUTATIONS))
        found.append(
            {
                "support": support,
                "precision": precision,
                "lift": lift,
                "real_support": real_support,
                "real_patients": int((hits > 0).sum()),
                "real_precision": real_precision,
                "real_lift": real_lift,
            }
        )
    for one, p in zip(found, false_discovery_control(chances), strict=True):
        one["p"] = float(p)
        one["holds"] = bool(one["lift"] > 1 and one["real_lift"] > 1 and p < SIGNIFICANCE)
    return found


def _lift(covered: np.ndarray, of_class: np.ndarray) -> tuple[float, float, float]:
    """Support, precision and lift of a rule."""
    precision = float(of_class[covered].mean()) if covered.any() else float("nan")
    base = float(of_class.mean())
    return float(covered.mean()), precision, precision / base if base else float("nan")
