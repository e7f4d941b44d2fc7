"""Which class each generated image is of: one class, shares of several, a list, or all in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ecg_synth.data.slice_set import UNKNOWN_LABEL
from ecg_synth.errors import InputError, unknown_name

Classes = str | Mapping[str, float] | Sequence[str] | None
"""A class; shares by class; the class of each image; or None, where the classes take turns."""


def label_of(name: str, class_names: Sequence[str]) -> int:
    """Returns the label of a class by its name; case does not matter.

    Raises:
        InputError: The model knows no classes, or has no such class; the message lists those it has.
    """
    if not class_names:
        raise InputError(
            f"Only a model with classes generates a class that is asked for. Received: class={name!r}, and this model "
            f"was trained without classes. Leave the class out, or train with a preset that has classes, "
            f"for example acgan."
        )
    if name in class_names:
        return list(class_names).index(name)
    alike = [label for label, known in enumerate(class_names) if known.lower() == name.lower()]
    if len(alike) != 1:
        raise unknown_name("class", name, class_names)
    return alike[0]


class ClassPlan:
    """The labels of generated images, block by block; a label depends on the seed and the image's number alone.

    Args:
        classes: What was asked for. Shares are relative: `{"NORM": 2, "MI": 1}` draws each image's class from the seed,
            NORM twice as often.
        class_names: The classes of the model; none where it knows none.
        count: Number of images.
        seed: Seed of the draw.
        block: Images a block.

    Raises:
        InputError: A class does not exist, the shares are no numbers above 0, or the list has not one class an image.
    """

    def __init__(self, classes: Classes, class_names: Sequence[str], count: int, seed: int, block: int):
        self.class_names = tuple(class_names)
        self.seed = seed
        self.size = block
        self._fixed: np.ndarray | None = None
        self._edges: np.ndarray | None = None
        self._members = np.zeros(0, np.int64)
        if isinstance(classes, str):
            self._fixed = np.full(count, label_of(classes, class_names), np.int64)
        elif isinstance(classes, Mapping):
            self._members = np.array([label_of(name, class_names) for name in classes], np.int64)
            self._edges = np.cumsum(_check_shares(classes))
        elif classes is not None:
            if len(classes) != count:
                raise InputError(f"A list of classes must name one an image. Received: {len(classes)} for {count=}.")
            self._fixed = np.array([label_of(name, class_names) for name in classes], np.int64)

    def labels(self, index: int) -> np.ndarray:
        """Returns the labels of block `index`, int64 (block,); all -1 where the model knows no classes."""
        number = np.arange(index * self.size, (index + 1) * self.size)
        if not self.class_names:
            return np.full(self.size, UNKNOWN_LABEL, np.int64)
        if self._fixed is not None:
            # A block is always computed whole: what lies past the last image is thrown away.
            return self._fixed[np.minimum(number, len(self._fixed) - 1)]
        if self._edges is not None:
            drawn = np.random.default_rng([self.seed, index]).random(self.size) * self._edges[-1]
            return self._members[np.searchsorted(self._edges[:-1], drawn, side="right")]
        return number % len(self.class_names)


def parse_mix(text: str) -> dict[str, float]:
    """Reads shares as the command line takes them: `"NORM=0.5,MI=0.5"`.

    Raises:
        InputError: A part is not `class=share`, or a class stands twice.
    """
    shares: dict[str, float] = {}
    for part in text.split(","):
        # From the right: a class's name may hold '='.
        name, equals, share = part.strip().rpartition("=")
        try:
            value = float(share)
        except ValueError:
            equals = ""
        if not equals or not name.strip():
            raise InputError(f"A mix must read 'class=share,class=share'. Received: {part.strip()!r} in {text!r}.")
        if name.strip() in shares:
            raise InputError(f"A class may stand once in a mix. Received: {name.strip()!r} twice in {text!r}.")
        shares[name.strip()] = value
    return shares


def _check_shares(shares: Mapping[str, float]) -> np.ndarray:
    values = np.array(list(shares.values()), np.float64)
    if not len(values) or not np.isfinite(values).all() or (values < 0).any() or values.sum() <= 0:
        raise InputError(
            f"Shares of classes must be finite numbers from 0 on, and not all 0. Received: {dict(shares)!r}."
        )
    return values
