"""A discriminator with a flow's eyes: the way down of its U-Net, on the samples that the flow itself works on.

A network that can say where noise is to go knows what a slice looks like, so that a discriminator which begins with its
weights judges from the first step on (Sauer et al. 2024, LADD; Sauer et al. 2023, ADD).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from ecg_synth.models.time_order import TimeOrder
from ecg_synth.models.unet import Layers, TimeFeatures, check_plan

# What a flow is told of a slice that has hardly any noise left; later times it has hardly seen.
TOLD_TIME = 0.95


@keras.saving.register_keras_serializable("ecg_synth")
class OnGrid(keras.layers.Layer):
    """Images `(batch, h, w, channels)` to a flow's normalized samples `(batch, grid, leads)`.

    Args:
        codec: Config of the images' codec.
        onto: `(grid, length)`: the matrix from samples to the grid.
        **kwargs: `name` and `dtype` of `keras.layers.Layer`.

    Attributes:
        mean: What a slice's samples on the grid are on average, by lead.
        deviation: Their standard deviation, by lead.
    """

    def __init__(self, codec: Mapping[str, Any] | None, onto: np.ndarray, **kwargs: Any):
        super().__init__(**kwargs)
        self._order, self._onto = TimeOrder(codec), onto
        weight = {"shape": (self._order.leads,), "dtype": "float32", "trainable": False}
        self.mean = self.add_weight(name="mean", initializer="zeros", **weight)
        self.deviation = self.add_weight(name="deviation", initializer="ones", **weight)

    def call(self, images: Any) -> Any:
        """Returns the samples."""
        samples = ops.einsum("gl,blc->bgc", self._onto, self._order.samples(images))
        return (samples - self.mean) / self.deviation

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns `(batch, grid, leads)`."""
        return (input_shape[0], len(self._onto), self._order.leads)


def flow_judge(
    samples: int, channels: int, filters: tuple[int, ...], patch: int, seed: int, dtype: keras.DTypePolicy
) -> keras.Model:
    """Returns the network from normalized samples and their times to a logit `(batch, 1)`, float32.

    Samples `(batch, samples, channels)` may have noise left, and times `(batch, 1)` say how much.

    The logit is a weighted sum of what every level of the U-Net finds, averaged over time: texture in the first, the
    rhythm in the last.

    Args:
        samples: Samples of a slice on the grid.
        channels: Leads.
        filters: Feature maps of each level, as the flow's.
        patch: Samples folded into the channels of one, as the flow's.
        seed: Seed of the first weights.
        dtype: Dtype policy of the layers but the last.

    Raises:
        InputError: See `ecg_synth.models.unet.check_plan`.
    """
    check_plan(samples, filters, patch)
    layers = Layers(seed, dtype)
    seen, times = keras.Input((samples, channels), name="samples"), keras.Input((1,), name="times")
    told = _told(layers, times, 2 * filters[-1])
    levels, bottom = layers.way_down(seen, told, filters, patch)
    found = [
        keras.layers.GlobalAveragePooling1D(dtype=dtype, name=f"found_{number}")(
            layers.silu(layers.norm(level, f"found_{number}_norm"), f"found_{number}_silu")
        )
        for number, level in enumerate([*levels, bottom])
    ]
    x = keras.layers.Concatenate(dtype=dtype, name="found")(found)
    layers.dtype = keras.dtype_policies.get("float32")
    return keras.Model([seen, times], layers.dense(x, 1, "source", zero=True), name="judge")


def _told(layers: Layers, times: Any, width: int) -> Any:
    told = TimeFeatures(dtype=layers.dtype, name="time_features")(times)
    return layers.dense(layers.dense(told, width, "time_dense", "silu"), width, "told_dense", "silu")


@keras.saving.register_keras_serializable("ecg_synth")
class Constant(keras.layers.Layer):
    """Anything to `(batch, 1)` of one value.

    Args:
        value: The value.
        **kwargs: `name` and `dtype` of `keras.layers.Layer`.
    """

    def __init__(self, value: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.value = value

    def call(self, inputs: Any) -> Any:
        """Returns the value, once a row."""
        return ops.full((ops.shape(inputs)[0], 1), self.value, dtype="float32")

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns `(batch, 1)`."""
        return (input_shape[0], 1)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), "value": self.value}
