"""What each generated image is told of heart rate, age, sex, class: one value, a range, or one an image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

from ecg_synth.data.conditions import CONDITIONS, Scale, Scales, choices_of
from ecg_synth.errors import InputError, unknown_name

Asked = float | str | tuple[float, float] | Sequence[float | str | None]
"""A number, or the name of a choice; a tuple of two numbers to draw between; or a list of one an image, None untold."""
Conditions = Mapping[str, Asked | None] | None
"""What is asked for, by name of condition; what is left out is not told."""


class ConditionPlan:
    """What generated images are told, block by block; it depends on the seed and the image's number alone.

    A condition that is not asked for is not told: images then have it as slices of the training set do that are like
    what was asked for otherwise. So nothing has to be drawn from patients, and a run keeps no row of theirs.

    Args:
        conditions: What was asked for. `(50, 90)` draws each image's value evenly between both.
        scales: The conditions that the model is told, with the range that training saw.
        count: Number of images.
        seed: Seed of the draw.
        block: Images a block.

    Raises:
        InputError: The model is told no such condition, or a value is none, or outside the range that training saw.
    """

    def __init__(self, conditions: Conditions, scales: Scales, count: int, seed: int, block: int):
        asked = {name: value for name, value in (conditions or {}).items() if value is not None}
        for name, value in asked.items():
            if name not in CONDITIONS or (scales and name not in scales):
                raise unknown_name("condition", name, scales or CONDITIONS)
            if not scales:
                raise InputError(
                    f"Only a model with conditions is told the {CONDITIONS[name].title}. Received: {name}={value!r}, "
                    f"and this model was trained without conditions. Leave it out, or train with --preset "
                    f"flow-conditions."
                )
        self.seed = seed
        self.size = block
        self._ends = [_ends(name, asked.get(name), scale, count) for name, scale in scales.items()]

    def values(self, index: int) -> np.ndarray:
        """Returns what block `index` is told, float32 (block, conditions), NaN where nothing is."""
        number = np.arange(index * self.size, (index + 1) * self.size)
        # Another stream than that of drawn classes.
        drawn = np.random.default_rng([self.seed, index, 1]).random((len(self._ends), self.size))
        values = np.zeros((self.size, len(self._ends)), np.float32)
        for column, (ends, shares) in enumerate(zip(self._ends, drawn, strict=True)):
            # A block is always computed whole: what lies past the last image is thrown away.
            low, high = ends[:, np.minimum(number, ends.shape[1] - 1)]
            values[:, column] = low + shares * (high - low)
        return values


def parse_condition(name: str, text: str) -> Asked:
    """Reads a condition as the command line takes it: `"60"`, `"50..90"`, or one of the choices.

    Raises:
        InputError: It is none of these.
    """
    if CONDITIONS[name].is_choice:
        return text
    try:
        ends = tuple(float(part) for part in text.split(".."))
    except ValueError:
        ends = ()
    if len(ends) not in (1, 2):
        raise InputError(
            f"The {CONDITIONS[name].title} must read '60' or, to draw from a range, '50..90'. "
            f"Received: {name}={text!r}."
        )
    return ends[0] if len(ends) == 1 else (ends[0], ends[1])


def _ends(name: str, asked: Any, scale: Scale, count: int) -> np.ndarray:
    """The lowest and highest value of all images (2, 1), or of each (2, count)."""
    if isinstance(asked, tuple) and not CONDITIONS[name].is_choice:
        ends = [asked_value(name, value, scale) for value in asked]
        if len(ends) != 2 or not ends[0] <= ends[1]:
            raise InputError(f"A range has a low end and a high one. Received: {name}={asked!r}.")
        return np.array(ends)[:, None]
    if isinstance(asked, list | np.ndarray):
        if len(asked) != count:
            raise InputError(
                f"A list of conditions must have one an image. Received: {name} with {len(asked)} for {count=}. "
                f"Use a tuple, ({CONDITIONS[name].title} from, to), for a range."
            )
        return np.array([[asked_value(name, value, scale) for value in asked]] * 2)
    return np.array([[asked_value(name, asked, scale)]] * 2)


def asked_value(name: str, value: Any, scale: Scale) -> float:
    """Returns a condition of one image as a number, a choice as its index, NaN where None is told.

    Raises:
        InputError: It is none of the condition's values, or outside what training saw.
    """
    condition = CONDITIONS[name]
    if value is None:
        return float("nan")
    if condition.is_choice:
        choices = choices_of(name, scale)
        if value in choices:
            return float(choices.index(value))
        lowered = [choice.lower() for choice in choices]
        if str(value).lower() not in lowered:
            raise unknown_name(name, value, choices)
        return float(lowered.index(str(value).lower()))
    number = isinstance(value, Real) and not isinstance(value, bool)
    # False for NaN too.
    if not number or not scale["low"] <= value <= scale["high"]:
        raise InputError(
            f"The {condition.title} must be a number from {scale['low']:g} to {scale['high']:g} {condition.unit}, the "
            f"range of 98 % of the training slices. Received: {name}={value!r}. Ask within it, or leave it out."
        )
    return float(value)
