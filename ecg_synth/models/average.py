"""The averaged generator: an exponential moving average of the weights, from which samples are drawn.

A generator under training circles around what it learns; its average sits in the middle (Yazici et al. 2019; Karras et
al. 2018, section 4).
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from ecg_synth.errors import InputError


def copy_of(network: keras.Model, decay: float) -> keras.Model:
    """Returns a network with the same weights that no optimizer changes.

    Args:
        network: A built network.
        decay: Of the average, a step.

    Raises:
        InputError: `decay` is not within [0, 1).
    """
    check_decay(decay)
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    copy.trainable = False
    return copy


def check_decay(decay: float) -> float:
    """Returns the decay of an average when it is at least 0 and below 1; raises `InputError` otherwise."""
    if not 0.0 <= decay < 1.0:
        raise InputError(
            f"The decay of the averaged generator must be at least 0 and below 1. Received: ema={decay!r}."
        )
    return decay


def update(average: keras.Model, network: keras.Model, decay: float, step: Any) -> None:
    """Moves the average towards the network: by 1 - decay, and in the first steps by more, else it would lag.

    Args:
        average: What `copy_of` returned.
        network: The network under training.
        decay: Of the average, a step; in step t it is at most (1 + t) / (10 + t).
        step: Number of the step, from 0.
    """
    t = ops.cast(step, "float32")
    keep = ops.minimum(decay, (1.0 + t) / (10.0 + t))
    learnt = {id(weight) for weight in network.trainable_variables}
    for mean, weight in zip(average.weights, network.weights, strict=True):
        # Moving statistics are averages already.
        share = 1.0 - keep if id(weight) in learnt else 1.0
        mean.assign(mean + share * (weight - mean))
