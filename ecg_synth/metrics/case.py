"""What is judged, and by what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ecg_synth.errors import InputError, check_seed
from ecg_synth.metrics.extractors import Extractors
from ecg_synth.metrics.faults import broken
from ecg_synth.metrics.judged import Extractor, Judged
from ecg_synth.metrics.signal_set import SignalSet, check_alike

LEAST = 20


@dataclass(frozen=True, eq=False)
class Case:
    """What is judged, and by what: patients of the three real sets must not be the same.

    Attributes:
        train: Real slices that extractors and classifiers are fitted on.
        floor: Real slices of other patients, judged as the candidate is: as good as anything can be.
        reference: Real slices of still other patients, which candidate and floor are compared with.
        candidate: The slices that are judged.
        seed: Seed of every draw.
    """

    train: SignalSet
    floor: SignalSet
    reference: SignalSet
    candidate: SignalSet
    seed: int = 0

    def __post_init__(self) -> None:
        check_alike(self.reference, self.floor, self.train, self.candidate)
        check_seed(self.seed)
        for role in ("floor", "reference", "candidate"):
            if len(getattr(self, role)) < LEAST:
                raise InputError(
                    f"A judgement needs at least {LEAST} slices of each kind. Received: {len(getattr(self, role))} in "
                    f"{getattr(self, role).name!r}."
                )
        roles = ("train", "floor", "reference")
        for index, role in enumerate(roles):
            for other in roles[index + 1 :]:
                both = set(getattr(self, role).groups.tolist()) & set(getattr(self, other).groups.tolist())
                if both:
                    raise InputError(
                        f"No patient may be in two of the real sets: a floor that shares patients lies. Received: "
                        f"{len(both)} in both {role} and {other}, {sorted(map(str, both))[0]!r} for one."
                    )


class Judgement:
    """A case brought to equal numbers, with features that are worked out once for all metrics and sections.

    Candidate, floor and broken slices are as many as the smaller of candidate and floor, drawn with the case's seed:
    many metrics are worse of fewer slices.

    Args:
        case: What is judged.
        fitted: Extractors that are taken as they are; the others are fitted on the training slices.

    Attributes:
        case: What is judged.
        extractors: Extractors by name.
        train: The training slices.
        reference: The real slices that the others are compared with.
        floor: Other real slices.
        candidate: The slices that are judged.
    """

    def __init__(self, case: Case, fitted: Mapping[str, Extractor] | None = None):
        self.case = case
        self.extractors = Extractors(case.train, case.seed, fitted)
        count = min(len(case.candidate), len(case.floor))
        self.train = Judged(case.train, self.extractors)
        self.reference = Judged(case.reference, self.extractors)
        self.floor = Judged(case.floor.draw(count, case.seed), self.extractors)
        self.candidate = Judged(case.candidate.draw(count, case.seed), self.extractors)
        self._broken: dict[str, Judged] = {}

    @property
    def seed(self) -> int:
        """Seed of every draw."""
        return self.case.seed

    def broken(self, fault: str) -> Judged:
        """Returns the floor's slices wholly broken by one fault of `FAULTS`."""
        if fault not in self._broken:
            signals = broken(self.floor.signals, fault, 1.0, self.seed)
            self._broken[fault] = Judged(signals, self.extractors)
        return self._broken[fault]
