"""A flow that is told a class."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from ecg_synth.models.flow import Flow
from ecg_synth.models.registry import MODELS
from ecg_synth.models.seeds import Seeds

# Ho and Salimans 2022: share of the slices whose class is not told, so that the network knows both fields.
UNTOLD = 0.1


@MODELS.register("flow_classes")
@keras.saving.register_keras_serializable("ecg_synth")
class FlowClasses(Flow):
    """`Flow` that is told a class, and of one slice in ten is not, so that its guidance can be chosen."""

    conditional = True

    def _told(self, labels: Any, count: Any, seeds: Seeds) -> list[Any]:
        told = tf.random.stateless_uniform((count, 1), seeds.augment) >= UNTOLD
        return [ops.one_hot(labels, self.n_classes) * ops.cast(told, "float32")]
