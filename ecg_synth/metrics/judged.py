"""A set beside what was worked out of it, once, whoever asks: features, and distances to another set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

import numpy as np

from ecg_synth.metrics.signal_set import SignalSet

T = TypeVar("T")


class Extractor(Protocol):
    """Turns slices into features; fitted, where it has something to fit, on real training slices alone.

    Attributes:
        name: What it is called in `EXTRACTORS` and by metrics.
    """

    name: str

    def __call__(self, signals: SignalSet) -> np.ndarray:
        """Returns float64 `(n, features)`, one row a slice."""


class Judged:
    """A set with its features and distances, each worked out when it is first asked for.

    Args:
        signals: The slices.
        extractors: The fitted extractors, by name; one mapping for all sets that are compared.
    """

    def __init__(self, signals: SignalSet, extractors: Mapping[str, Extractor]):
        self.signals = signals
        self.extractors = extractors
        self._kept: dict[tuple[object, ...], object] = {}

    def once(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """Returns what `make` returns, worked out once a key."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]  # type: ignore[return-value]

    def features(self, name: str) -> np.ndarray:
        """Returns the features of one extractor, float64 `(n, features)`."""
        return self.once(("features", name), lambda: self.extractors[name](self.signals))

    def view(self) -> View:
        """Returns all of it as a view."""
        return View(self, np.arange(len(self.signals)))


class View:
    """Some slices of a judged set: what a metric looks at.

    Args:
        judged: The set.
        index: int `(n,)`: which of its slices.
    """

    def __init__(self, judged: Judged, index: np.ndarray):
        self.judged = judged
        self.index = index
        # The whole set is not copied.
        self._whole = len(index) == len(judged.signals) and bool((index == np.arange(len(index))).all())

    def __len__(self) -> int:
        return len(self.index)

    @property
    def signals(self) -> SignalSet:
        """The slices themselves."""
        return self.judged.signals if self._whole else self.judged.signals.take(self.index)

    @property
    def groups(self) -> np.ndarray:
        """Patient of each slice."""
        return self.judged.signals.groups[self.index]

    def features(self, name: str) -> np.ndarray:
        """Returns float64 `(n, features)` of the extractor called `name`."""
        found = self.judged.features(name)
        return found if self._whole else found[self.index]

    def pairs(self, other: View, name: str, work_out: Callable[[Judged, Judged], np.ndarray]) -> np.ndarray:
        """Returns a matrix `(len(self), len(other))` of something between every two slices, worked out once.

        Args:
            other: The other slices; may be of the same set.
            name: What the matrix is called; one name for one `work_out`.
            work_out: Two sets -> the matrix of all their slices.
        """
        # The set itself is the key: the number of one that is gone may come back with another.
        key = ("pairs", name, other.judged)
        whole = self.judged.once(key, lambda: work_out(self.judged, other.judged))
        return whole if self._whole and other._whole else whole[np.ix_(self.index, other.index)]

    def take(self, index: np.ndarray) -> View:
        """Returns the slices that `index` (numbers or a mask) chooses among these."""
        return View(self.judged, self.index[index])

    def fewer(self, most: int) -> View:
        """Returns those of these slices that are among `most` drawn of the whole set, always the same ones.

        A matrix of all pairs of 50,000 slices fills no memory then, and every half-sample shares the matrix.
        """
        count = len(self.judged.signals)
        if count <= most:
            return self
        drawn = np.sort(np.random.default_rng(most).choice(count, most, replace=False))
        judged = self.judged
        few = judged.once(("fewer", most), lambda: Judged(judged.signals.take(drawn), judged.extractors))
        position = np.full(count, -1)
        position[drawn] = np.arange(most)
        kept = position[self.index]
        return View(few, kept[kept >= 0])
