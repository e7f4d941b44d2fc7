"""Classes of one size: seeded under-sampling (P1, 4.6), over-sampling, and class weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ecg_synth.data.slice_set import SliceSet
from ecg_synth.errors import InputError, check_seed
from ecg_synth.registry import Registry

BALANCES: Registry[Callable[[SliceSet, int], SliceSet]] = Registry("balance")


@BALANCES.register("none")
def keep(slice_set: SliceSet, seed: int) -> SliceSet:
    """The set as it is."""
    return slice_set


@BALANCES.register("under")
def under_sample(slice_set: SliceSet, seed: int) -> SliceSet:
    """Draws from every class as many images as the smallest has, without repetition (P1, 4.6).

    Args:
        slice_set: Images whose labels are all known. A class without an image is none of the classes here.
        seed: Seed of the draw; the same seed gives the same images in the same order.

    Returns:
        A smaller set, in the order of the given one.

    Raises:
        InputError: A label is unknown, or the seed is out of range.
    """
    rng = np.random.default_rng(check_seed(seed))
    members = _members(slice_set, "under_sample")
    smallest = min((len(indices) for indices in members.values()), default=0)
    return _take(slice_set, [rng.permutation(indices)[:smallest] for indices in members.values()])


@BALANCES.register("over")
def over_sample(slice_set: SliceSet, seed: int) -> SliceSet:
    """Repeats the images of every class until it has as many as the largest.

    Within a class each image appears equally often, up to one: which of them once more is drawn.

    Args:
        slice_set: Images whose labels are all known. A class without an image is none of the classes here.
        seed: Seed of the draw; the same seed gives the same images in the same order.

    Returns:
        A larger set, repetitions next to each other, in the order of the given one.

    Raises:
        InputError: A label is unknown, or the seed is out of range.
    """
    rng = np.random.default_rng(check_seed(seed))
    members = _members(slice_set, "over_sample")
    largest = max((len(indices) for indices in members.values()), default=0)
    return _take(slice_set, [np.resize(rng.permutation(indices), largest) for indices in members.values()])


def class_weights(slice_set: SliceSet) -> dict[int, float]:
    """Returns the weight of each class that has images: images / (classes * images of the class).

    The weights of all images sum to their number, as `sklearn` and the `class_weight` of `keras.Model.fit` have it.

    Raises:
        InputError: A label is unknown.
    """
    members = _members(slice_set, "class_weights")
    return {label: len(slice_set) / (len(members) * len(indices)) for label, indices in members.items()}


def balanced(slice_set: SliceSet, balance: str, seed: int) -> SliceSet:
    """Applies the member of `BALANCES` called `balance`.

    Raises:
        InputError: There is none of this name, or it refuses the set.
    """
    return BALANCES[balance](slice_set, seed)


def _members(slice_set: SliceSet, asked: str) -> dict[int, np.ndarray]:
    unknown = int((slice_set.labels < 0).sum())
    if unknown:
        raise InputError(
            f"{asked} needs the class of every image. Received: {unknown} of {len(slice_set)} images in "
            f"{slice_set.name!r} with an unknown label (-1). Leave them out, or train with balance 'none'."
        )
    return {int(label): np.flatnonzero(slice_set.labels == label) for label in np.unique(slice_set.labels)}


def _take(slice_set: SliceSet, chosen: list[np.ndarray]) -> SliceSet:
    indices = np.sort(np.concatenate(chosen)) if chosen else np.zeros(0, np.intp)
    return slice_set.take(indices)
