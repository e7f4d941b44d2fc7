"""What synthetic slices are good for: classifiers trained on them, on real slices and on both.

Train on synthetic, test on real (TSTR) and the reverse (TRTS): Esteban, Hyland and Raetsch (2017), arXiv:1706.02633.
Pure functions of features, labels and patients.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ecg_synth.metrics.scores import SCORES, group_weights, scores

SHARES = (0.01, 0.05, 0.2, 1.0)
SEEDS = 5
REPLICATES = 200
# On lead I of PTB-XL 64 and 128 classify no better.
COMPONENTS = 32
ALPHAS = np.logspace(-1, 5, 7)
TRTR, TSTR, TRTS, CHANCE = "TRTR", "TSTR", "TRTS", "chance"
BOTH, CONTROL = "both", "control"


@dataclass(frozen=True, eq=False)
class Labeled:
    """Slices as a classifier sees them.

    Attributes:
        features: float64 `(n, features)`.
        labels: int64 `(n,)`, from 0 on; the same number is the same class in every set.
        groups: `(n,)`: the patient of each.
    """

    features: np.ndarray
    labels: np.ndarray
    groups: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: np.ndarray) -> Labeled:
        """Returns the slices that `index` (numbers or a mask) chooses."""
        return Labeled(self.features[index], self.labels[index], self.groups[index])

    def relabeled(self, stream: np.random.Generator) -> Labeled:
        """Returns the same slices with their labels permuted."""
        return Labeled(self.features, stream.permutation(self.labels), self.groups)

    def reduced(self, by: Callable[[np.ndarray], np.ndarray]) -> Labeled:
        """Returns the same slices with other features."""
        return Labeled(by(self.features), self.labels, self.groups)


@dataclass(frozen=True)
class Score:
    """One score of several classifiers.

    Attributes:
        mean: Mean over the seeds.
        spread: Standard deviation over the seeds: other features, other patients or synthetic slices to learn from.
        low: Lower end of the 95 % interval of the mean over other test patients.
        high: Upper end.
    """

    mean: float
    spread: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Answers:
    """What classifiers of several seeds said of one test set.

    Attributes:
        learnt_from: Slices that each learnt from, the mean over the seeds.
        tested_on: Slices that they were asked about.
        values: By name of a score, float64 `(seeds,)`.
        drawn: The mean over the seeds for each draw of test patients, float64 `(replicates,)`.
    """

    learnt_from: float
    tested_on: int
    values: dict[str, np.ndarray]
    drawn: dict[str, np.ndarray]

    def score(self, name: str, than: Answers | None = None) -> Score:
        """Returns one score, or how much larger it is than that of other classifiers on the same test patients."""
        values = self.values[name] - (than.values[name] if than else 0.0)
        drawn = self.drawn[name] - (than.drawn[name] if than else 0.0)
        low, high = np.nanquantile(drawn, [0.025, 0.975])
        return Score(float(values.mean()), float(values.std(ddof=1)), float(low), float(high))


@dataclass(frozen=True, eq=False)
class Use:
    """All that was asked.

    Attributes:
        ways: `"TRTR"`, `"TSTR"`, `"TRTS"` and `"chance"` (real slices whose labels were permuted).
        real: By share of the real patients, classifiers trained on them alone.
        both: By share, on them and the synthetic slices.
        control: By share, on them and the synthetic slices with their labels permuted: what more slices do by
            themselves.
    """

    ways: dict[str, Answers]
    real: dict[float, Answers]
    both: dict[float, Answers]
    control: dict[float, Answers]


def ways_of_use(
    real: Labeled,
    synthetic: Labeled,
    test: Labeled,
    classes: int,
    seed: int,
    seeds: int = SEEDS,
    shares: Sequence[float] = SHARES,
    replicates: int = REPLICATES,
) -> Use:
    """Trains and tests.

    Each of the `seeds` classifiers sees a half of the features of its own, brought to `COMPONENTS` principal components
    of the real slices (whose labels that does not ask for), and draws of its own of real patients and of synthetic
    slices, of which it takes as many as there are real ones, or all.

    Args:
        real: Real slices to learn from.
        synthetic: Synthetic ones.
        test: Real slices of other patients.
        classes: How many there are; each must occur in `real`.
        seed: Seed of all draws.
        seeds: Classifiers a way, at least 2.
        shares: Shares of the real patients to learn from, each within (0, 1], the last of them 1.
        replicates: Draws of test patients for the intervals.
    """
    said: dict[tuple[str, float], list[tuple[int, np.ndarray]]] = {}
    for number in range(seeds):
        stream = np.random.default_rng([seed, number])
        reduce = _components(real.features, stream)
        ours, theirs, asked = (part.reduced(reduce) for part in (real, synthetic, test))
        drawn = theirs.take(np.sort(stream.permutation(len(theirs))[: len(ours)]))
        for way, share, parts, ask in _tasks(ours, drawn, theirs, asked, shares, stream):
            answer = decisions(parts, ask.features, classes)
            said.setdefault((way, share), []).append((sum(map(len, parts)), answer))
    weights = {way: group_weights(part.groups, replicates, seed) for way, part in (("", test), (TRTS, synthetic))}

    def of(way: str, share: float = 1.0) -> Answers:
        labels = (synthetic if way == TRTS else test).labels
        return answers_of(said[way, share], labels, weights.get(way, weights[""]))

    ways = {way: of(way) for way in (TRTR, TSTR, TRTS, CHANCE)}
    return Use(ways, *({share: of(way, share) for share in shares} for way in (TRTR, BOTH, CONTROL)))


def _components(features: np.ndarray, stream: np.random.Generator) -> Callable[[np.ndarray], np.ndarray]:
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    count = features.shape[1]
    half = np.sort(stream.permutation(count)[: -(-count // 2)])
    number = min(COMPONENTS, len(half), len(features) - 1)
    pipeline = make_pipeline(StandardScaler(), PCA(number, svd_solver="randomized", random_state=0))
    scale = pipeline.fit_transform(features[:, half]).std()
    return lambda rows: pipeline.transform(rows[:, half]) / scale


def _tasks(
    real: Labeled,
    drawn: Labeled,
    synthetic: Labeled,
    test: Labeled,
    shares: Sequence[float],
    stream: np.random.Generator,
) -> Iterator[tuple[str, float, list[Labeled], Labeled]]:
    mixed = drawn.relabeled(stream)
    yield TSTR, 1.0, [drawn], test
    yield TRTS, 1.0, [real], synthetic
    yield CHANCE, 1.0, [real.relabeled(stream)], test
    for share in shares:
        some = real.take(draw_patients(real.labels, real.groups, share, stream))
        yield TRTR, share, [some], test
        yield BOTH, share, [some, drawn], test
        yield CONTROL, share, [some, mixed], test


def decisions(parts: Sequence[Labeled], asked: np.ndarray, classes: int) -> np.ndarray:
    """Returns what a ridge classifier that learnt from some slices says of others, float64 `(asked, classes)`.

    scikit-learn's `RidgeClassifierCV`, as is usual on MiniRocket's features.

    Args:
        parts: Slices to learn from. Within each part classes count alike, and a slice counts 1 on average: with all in
            one pot, synthetic slices of a rare class would take the weight of the real ones.
        asked: float `(m, features)` of the slices to tell.
        classes: How many there are. One that was not seen gets minus infinity.
    """
    from sklearn.linear_model import RidgeClassifierCV
    from sklearn.utils.class_weight import compute_sample_weight

    features, labels = (np.concatenate([getattr(part, what) for part in parts]) for what in ("features", "labels"))
    weights = np.concatenate([compute_sample_weight("balanced", part.labels) for part in parts])
    found = np.full((len(asked), classes), -math.inf)
    seen = np.unique(labels)
    if len(seen) == 1:
        found[:, seen] = 0.0
        return found
    said = RidgeClassifierCV(ALPHAS).fit(features, labels, weights).decision_function(asked)
    found[:, seen] = np.stack([-said, said], axis=1) if said.ndim == 1 else said
    return found


def draw_patients(labels: np.ndarray, groups: np.ndarray, share: float, stream: np.random.Generator) -> np.ndarray:
    """Returns bool `(n,)`: all slices of the patients that were drawn, of each class its share, at least one.

    Args:
        labels: int `(n,)`.
        groups: `(n,)`: the patient of each slice; one with slices of two classes counts in both.
        share: Within (0, 1].
        stream: Where the draw comes from.
    """
    chosen: set[object] = set()
    for label in np.unique(labels):
        patients = np.unique(groups[labels == label])
        count = max(1, math.ceil(share * len(patients) - 1e-9))
        chosen |= set(stream.permutation(patients)[:count].tolist())
    return np.isin(groups, sorted(chosen))


def answers_of(said: Sequence[tuple[int, np.ndarray]], labels: np.ndarray, weights: np.ndarray) -> Answers:
    """Returns the scores of what classifiers said.

    Args:
        said: Of each seed how many slices were learnt from, and decisions float64 `(n, classes)`.
        labels: int64 `(n,)`: the truth.
        weights: Draws of test patients, float64 `(replicates, n)`.
    """
    values = [scores(labels, answer) for _, answer in said]
    drawn = [scores(labels, answer, weights) for _, answer in said]
    return Answers(
        float(np.mean([count for count, _ in said])),
        len(labels),
        {name: np.concatenate([value[name] for value in values]) for name in SCORES},
        {name: np.mean([value[name] for value in drawn], axis=0) for name in SCORES},
    )
