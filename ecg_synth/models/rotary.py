"""Attention that knows how far apart samples are: queries and keys turned by their places (Su et al. 2021, RoFormer).

Attention without places finds that there is another beat, not where; a network that has no other reach of a second puts
beats at irregular distances.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

# Places that the fastest pair of features needs for one turn; the slowest needs `SLOWEST` times the reach.
FASTEST = 4.0
SLOWEST = 4.0


@keras.saving.register_keras_serializable("ecg_synth")
class RotaryAttention(keras.layers.Layer):
    """What each sample finds at others, by what they are and by how many places they are away; at first zeros.

    Args:
        heads: How often each sample looks; divides the features into even parts.
        reach: Places that the network is trained on, and the longest distance of its slowest turn.
        near: Places to each side that a sample looks at; 0: all of them.
        kernel_initializer: Of the weights of queries, keys and values.
        **kwargs: `name` and `dtype` of `keras.layers.Layer`.
    """

    def __init__(
        self, heads: int, reach: int, near: int = 0, kernel_initializer: Any = "glorot_uniform", **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.heads, self.reach, self.near = heads, reach, near
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Builds the weights for features `(batch, places, maps)`."""
        maps = int(input_shape[-1] or 0)
        self.asked = keras.layers.Dense(
            3 * maps, use_bias=False, kernel_initializer=self.kernel_initializer, dtype=self.dtype_policy, name="asked"
        )
        self.found = keras.layers.Dense(maps, kernel_initializer="zeros", dtype=self.dtype_policy, name="found")
        self.asked.build(input_shape)
        self.found.build(input_shape)

    def call(self, features: Any) -> Any:
        """Returns what is found, of the features' shape."""
        places, maps = features.shape[1:]
        parts = ops.reshape(self.asked(features), (-1, places, 3, self.heads, maps // self.heads))
        # Not sliced: the gradient of each slice is as large as all three.
        query, key, value = ops.unstack(parts, axis=2)
        mask = None
        if self.near:
            place = np.arange(places)
            mask = ops.convert_to_tensor(np.abs(place[:, None] - place) <= self.near)[None, None]
        found = ops.dot_product_attention(self.turned(query), self.turned(key), value, mask=mask)
        return self.found(ops.reshape(found, (-1, places, maps)))

    def turned(self, features: Any) -> Any:
        """Returns `(batch, places, heads, n)`, each pair `i`, `i + n / 2` turned by an angle of its place."""
        places, size = features.shape[1], features.shape[-1]
        turns = 1.0 / np.geomspace(FASTEST, SLOWEST * self.reach, size // 2)
        angles = 2 * np.pi * np.arange(places)[:, None] * turns
        cosine, sine = (ops.cast(part[:, None, :], features.dtype) for part in (np.cos(angles), np.sin(angles)))
        first, second = ops.split(features, 2, axis=-1)
        return ops.concatenate([first * cosine - second * sine, first * sine + second * cosine], axis=-1)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns the shape of the features."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            **super().get_config(),
            "heads": self.heads,
            "reach": self.reach,
            "near": self.near,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
