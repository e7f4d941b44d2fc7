"""What a writer is given: generated images one by one, and the facts that mark them synthetic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from ecg_synth._version import __version__
from ecg_synth.codec import EcgImageCodec
from ecg_synth.data.conditions import describe_conditions
from ecg_synth.sampling.classes import Classes
from ecg_synth.sampling.conditions import Conditions
from ecg_synth.sampling.sampler import Sampler

Progress = Callable[[Iterable[int]], Iterable[int]]
"""Wraps the numbers of the images, as tqdm does."""
SIDECAR = "synthetic.json"
"""Beside files that cannot hold all that `synthetic_facts` says."""


class Synthetic(NamedTuple):
    """One generated image.

    Attributes:
        number: Of the image, from 0.
        image: Grey levels (height, width, channels).
        decoded: What the codec makes of it: of an ECG (length, leads) in mV, of a table's image (columns,).
        class_name: The class it was made for; None in a model without classes.
        asked: The conditions it was made for, in words; empty where none was told.
    """

    number: int
    image: np.ndarray
    decoded: np.ndarray
    class_name: str | None
    asked: str = ""


def iter_synthetic(
    sampler: Sampler,
    count: int,
    seed: int,
    classes: Classes = None,
    progress: Progress | None = None,
    truncation: float = 1.0,
    conditions: Conditions = None,
) -> Iterator[Synthetic]:
    """Yields what `Sampler.iter_blocks` does, image by image; arguments and errors are its own."""
    blocks = sampler.iter_told(count, seed, classes, truncation, conditions)
    rows = (row for samples, told in blocks for row in zip(*samples, told, strict=True))
    numbers = progress(range(count)) if progress else range(count)
    # The numbers come first: a progress bar ends only when its iterable does.
    for number, (image, decoded, label, asked) in zip(numbers, rows, strict=True):
        class_name = sampler.class_names[label] if sampler.class_names else None
        yield Synthetic(number, image, decoded, class_name, describe_conditions(asked, sampler.scales))


def synthetic_facts(facts: dict[str, Any], seed: int, truncation: float = 1.0) -> dict[str, Any]:
    """Returns what is known of synthetic data: that they are such, what made them, and what nobody has checked.

    Args:
        facts: Of the run, as `load_sampler` gives them.
        seed: Seed of the latents.
    """
    return {
        "origin": "synthetic",
        "notice": "Made by a neural network, not measured on a patient. Not for clinical use.",
        "privacy_audit": "none",
        "ecg_synth_version": __version__,
        "seed": seed,
        "truncation": truncation,
        **facts,
    }


def begun_with(started_from: Mapping[str, Any] | None) -> str:
    """Returns in words whose weights a run began with, and what those were trained on, back to the first.

    Args:
        started_from: As `load_sampler` gives it; None for a run that began with random weights.
    """
    if not started_from:
        return "random weights"
    before = started_from.get("started_from")
    earlier = f", itself begun with {begun_with(before)}" if before else ""
    preset = f"preset {started_from['preset']}" if started_from.get("preset") else "no preset"
    return f"the weights of a run of {preset}, trained on {started_from['name']} ({started_from['origin']}){earlier}"


def slice_facts(facts: dict[str, Any], codec: EcgImageCodec) -> dict[str, Any]:
    """Returns `facts` and what the numbers of synthetic slices mean: leads, rate, length, unit."""
    return {**facts, "leads": list(codec.leads), "fs": codec.fs, "length": codec.length, "unit": "mV"}
