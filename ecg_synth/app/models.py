"""The models that the page offers: run folders and SavedModels."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ecg_synth.app.ecg import Ecg
from ecg_synth.app.places import check_places, is_saved_model
from ecg_synth.data.conditions import choices_of
from ecg_synth.errors import InputError, unknown_name
from ecg_synth.metrics.signal_set import centered
from ecg_synth.models.pretrained import place_of
from ecg_synth.sampling.checks import check_count
from ecg_synth.sampling.load import load_sampler
from ecg_synth.sampling.sampler import BLOCK, Samples
from ecg_synth.serving.saved import load_saved

HeartRate = float | tuple[float, float]
"""Per minute; two ends of a range to draw from."""

_KEPT = 8


class Model:
    """A generator of ECGs, as the page calls it.

    Args:
        name: What it is called on the page.
        sampler: A `Sampler` or `SavedSampler` of ECGs.
        facts: Of its run, as `load_sampler` gives them.

    Raises:
        InputError: It generates no ECGs.
    """

    def __init__(self, name: str, sampler: Any, facts: dict[str, Any]):
        if sampler.family.noun != "slice":
            raise InputError(
                f"The page draws ECGs. Received: model={name!r}, whose every image is a {sampler.family.noun}. "
                f"'ecg-synth generate' and 'ecg-synth plot' are for it."
            )
        self.name = name
        self.sampler = sampler
        self.facts = facts
        self.codec = sampler.codec
        # Another choice of leads or another class's real neighbors must not draw the same images again.
        self._sample = functools.lru_cache(_KEPT)(self._drawn)

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes that can be asked for; none of a model without."""
        if "class_name" in self.sampler.scales:
            return choices_of("class_name", self.sampler.scales["class_name"])
        return tuple(self.sampler.class_names)

    @property
    def takes_turns(self) -> bool:
        """Whether classes take turns where none is asked for; else none is told."""
        return bool(self.sampler.class_names)

    @property
    def is_told_heart_rate(self) -> bool:
        """Whether a heart rate can be asked for."""
        return "heart_rate" in self.sampler.scales

    def asked(self, class_name: str | None, heart_rate: HeartRate | None = None) -> dict[str, Any]:
        """Returns what is asked for as `Sampler.sample` and `write_synthetic` take it: `classes` and `conditions`."""
        told = {"class_name": class_name} if "class_name" in self.sampler.scales else {}
        return {"classes": None if told else class_name, "conditions": {**told, "heart_rate": heart_rate}}

    @property
    def leads(self) -> tuple[str, ...]:
        """Leads that it generates."""
        return tuple(self.codec.leads)

    def describe(self) -> str:
        """Returns one line: what made it, of which data."""
        facts = self.facts
        return (
            f"{self.name}: preset {facts['preset']}, epoch {facts['epoch']}, trained on {facts['trained_on']} "
            f"({facts['trained_on_origin']}); {self.codec.length / self.codec.fs:.3g} s at {self.codec.fs:g} Hz"
        )

    def ecgs(
        self,
        count: int,
        seed: int,
        class_name: str | None = None,
        truncation: float = 1.0,
        heart_rate: HeartRate | None = None,
    ) -> list[Ecg]:
        """Returns `count` synthetic ECGs; arguments and errors are those of `Sampler.iter_blocks`.

        Args:
            count: How many.
            seed: Of the latents.
            class_name: Class, of a model that knows some.
            truncation: What latents are multiplied by.
            heart_rate: Per minute, of a model that is told it; a tuple draws from a range.
        """
        check_count(count)
        whole = -(-count // BLOCK) * BLOCK
        found = self._sample(whole, seed, class_name, truncation, heart_rate)
        rate = "" if heart_rate is None else f", asked for {rate_words(heart_rate)}"
        ecgs = self._named(
            Samples(*(field[:count] for field in found)), [f"seed {seed}, no. {n}{rate}" for n in range(count)]
        )
        return ecgs if self.takes_turns else [replace(ecg, class_name=class_name) for ecg in ecgs]

    def _drawn(
        self, count: int, seed: int, class_name: str | None, truncation: float, heart_rate: HeartRate | None
    ) -> Samples:
        return self.sampler.sample(count, seed, truncation=truncation, **self.asked(class_name, heart_rate))

    def between(
        self,
        count: int,
        seed: int,
        start: int,
        end: int,
        start_class: str | None = None,
        end_class: str | None = None,
        end_seed: int | None = None,
    ) -> list[Ecg]:
        """Returns `count` ECGs on the way from one to another; arguments and errors are those of `interpolate`."""
        if "class_name" in self.sampler.scales and (start_class or end_class):
            raise InputError(
                f"On the way between two a model with conditions is told none. Received: class={start_class!r} to "
                f"{end_class!r}. Leave the class out."
            )
        found = self.sampler.interpolate(count, seed, start, end, start_class, end_class, end_seed)
        of_seed = "" if end_seed in (None, seed) else f"seed {end_seed}, no. "
        way = f"seed {seed}, no. {start} to {of_seed}{end}"
        return self._named(found, [f"{way}: {n / (count - 1):.0%} of the way" for n in range(count)])

    def _named(self, samples: Samples, sources: Sequence[str]) -> list[Ecg]:
        signals = centered(samples.decoded)
        return [
            Ecg(
                "synthetic",
                f"{self.name}, {source}",
                signal,
                image,
                float(self.codec.fs),
                self.leads,
                self.classes[label] if label >= 0 else None,
            )
            for source, signal, image, label in zip(sources, signals, samples.images, samples.labels, strict=True)
        ]


def rate_words(heart_rate: HeartRate) -> str:
    """Returns a heart rate that was asked for in words."""
    ends = heart_rate if isinstance(heart_rate, tuple) else (heart_rate,)
    return f"{' to '.join(f'{end:g}' for end in ends)} /min"


def load_models(places: Sequence[str], best: bool = False) -> dict[str, Model]:
    """Loads run folders and SavedModels.

    Args:
        places: Their folders, or `pretrained:NAME`.
        best: Of run folders: the weights that were best by `--evaluate-every`.

    Returns:
        Models by name: of their folder, with the folder above it where two are alike.

    Raises:
        InputError: No place is given, one is no model, or one generates no ECGs.
    """
    check_places(places)
    paths = list(dict.fromkeys(place_of(place).resolve() for place in places))
    alike = [path.name for path in paths]
    found = {}
    for path in paths:
        name = path.name if alike.count(path.name) == 1 else f"{path.parent.name}/{path.name}"
        name = name if name not in found else str(path)
        found[name] = Model(name, *(load_saved(path) if is_saved_model(path) else load_sampler(path, best)))
    return found


def chosen(models: dict[str, Model], name: str | None) -> Model:
    """Returns the model of that name; raises `InputError` with the names that there are."""
    if name not in models:
        raise unknown_name("model", name, models)
    return models[name]
