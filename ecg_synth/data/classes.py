"""Which classes to train on: choosing, ordering and joining those of a dataset."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from ecg_synth.data.slice_set import UNKNOWN_LABEL, SliceSet
from ecg_synth.errors import InputError, unknown_name


def with_classes(slice_set: SliceSet, classes: Sequence[str], complete: bool = True) -> SliceSet:
    """Returns the set with the classes asked for, without the images of all others.

    Args:
        slice_set: Images with labels.
        classes: What the new labels mean, in order: a class of the set, or `"name=one+other"`, which joins classes
            under a new name (P1, tables 1 and 2: 'miscellaneous'). Empty: the set as it is.
        complete: Whether every class must have images, as in what a model trains on.

    Returns:
        A set whose labels are indices into the new names; images of classes that are not named, and of unknown
        class, are left out.

    Raises:
        InputError: A class does not exist, is named twice, or has no image where it must.
    """
    if not classes:
        return slice_set
    names, new = class_map(slice_set.class_names, classes, slice_set.name)
    # The last entry, which label -1 picks, stays unknown.
    labels = new[slice_set.labels]
    for label, name in enumerate(names):
        if complete and not (labels == label).any():
            raise InputError(f"A class to train on needs at least one image. Received: {name!r} in {slice_set.name!r}.")
    named = dataclasses.replace(slice_set, labels=labels, class_names=names)
    return named.take(labels != UNKNOWN_LABEL)


def class_map(class_names: Sequence[str], classes: Sequence[str], where: str) -> tuple[tuple[str, ...], np.ndarray]:
    """Returns the names that `classes` asks for, and the new label of each old one.

    Args:
        class_names: What the old labels mean.
        classes: As `with_classes` takes them, at least one.
        where: What has these classes, for errors.

    Returns:
        The new names, and int64 `(len(class_names) + 1,)`: the new label of each old one, -1 where it is left out, and
        at the end -1 for what had no label.

    Raises:
        InputError: A class does not exist, or is named twice.
    """
    names = [entry.partition("=")[0] for entry in classes]
    parts = [(entry.partition("=")[2] or entry).split("+") for entry in classes]
    mentioned = [member for members in parts for member in members]
    for kind, listed in (("name", names), ("class", mentioned)):
        twice = next((name for name in listed if listed.count(name) > 1), None)
        if twice is not None:
            raise InputError(f"Each {kind} may stand once in classes. Received: {twice!r} twice in {tuple(classes)!r}.")
    for member in mentioned:
        if member not in class_names:
            raise unknown_name("class", member, class_names, where=where)
    new = np.full(len(class_names) + 1, UNKNOWN_LABEL, np.int64)
    for label, members in enumerate(parts):
        new[[tuple(class_names).index(member) for member in members]] = label
    return tuple(names), new


def check_labels(slice_set: SliceSet) -> None:
    """Raises `InputError` when a label is unknown: a model that learns classes has no use for the image."""
    unknown = int((slice_set.labels == UNKNOWN_LABEL).sum())
    if unknown:
        raise InputError(
            f"A model that learns classes needs the class of every image. Received: {unknown} of {len(slice_set)} "
            f"images in {slice_set.name!r} with an unknown label (-1). Name the classes to train on, which leaves the "
            f"others out: --classes {' '.join(repr(name) for name in slice_set.class_names)}."
        )
