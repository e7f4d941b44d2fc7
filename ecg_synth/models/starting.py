"""Weights of one model for another: what has the same name and shape is taken over, the rest stays as it was drawn."""

from __future__ import annotations

from collections.abc import Sequence

import keras

from ecg_synth.errors import InputError


def take_weights(networks: Sequence[tuple[keras.Model, keras.Model]]) -> tuple[int, int]:
    """Copies the weights of trained networks into new ones.

    Networks of another number of leads or classes differ in a few layers; those begin anew (transfer learning, Yosinski
    et al. 2014).

    Args:
        networks: Pairs of a new network and the trained one in its place.

    Returns:
        How many numbers were taken over, and how many there are.

    Raises:
        InputError: Nothing fits, as with a model of another family.
    """
    taken = total = 0
    for new, trained in networks:
        there = {_name(trained, weight): weight for weight in trained.weights}
        for weight in new.weights:
            size = int(weight.numpy().size)
            total += size
            found = there.get(_name(new, weight))
            if found is not None and tuple(found.shape) == tuple(weight.shape):
                weight.assign(found)
                taken += size
    if not taken:
        names = ", ".join(f"{new.name} from {trained.name}" for new, trained in networks)
        raise InputError(
            f"A model can start from one of its own family, whose layers have the same names and shapes. "
            f"Received: none that fits ({names}). Choose a run of the same preset, or leave start_from out."
        )
    return taken, total


def _name(network: keras.Model, weight: keras.Variable) -> str:
    return weight.path.removeprefix(f"{network.name}/")
