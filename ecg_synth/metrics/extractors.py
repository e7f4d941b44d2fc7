"""The feature extractors, fitted on real training slices when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ecg_synth.metrics.judged import Extractor
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.registry import Registry

# (real training slices, seed) -> a fitted extractor.
EXTRACTORS: Registry[Callable[[SignalSet, int], Extractor]] = Registry("extractor")


class Extractors(Mapping[str, Extractor]):
    """The extractors of one judgement, by name, fitted when first asked for.

    Args:
        train: Real slices to fit on, of patients that are in no other set.
        seed: Seed of whatever an extractor draws.
        fitted: Extractors that are taken as they are, an encoder that was trained before for one.
    """

    def __init__(self, train: SignalSet, seed: int, fitted: Mapping[str, Extractor] | None = None):
        self.train = train
        self.seed = seed
        self._fitted = dict(fitted or {})

    def __getitem__(self, name: str) -> Extractor:
        if name not in self._fitted:
            self._fitted[name] = EXTRACTORS[name](self.train, self.seed)
        return self._fitted[name]

    @property
    def fitted(self) -> dict[str, Extractor]:
        """Those that were given, or fitted so far, by name."""
        return dict(self._fitted)

    def __iter__(self) -> Iterator[str]:
        return iter({*EXTRACTORS, *self._fitted})

    def __len__(self) -> int:
        return len({*EXTRACTORS, *self._fitted})
