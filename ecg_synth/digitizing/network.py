"""The network that tells ink apart: a small two-dimensional U-Net (Ronneberger et al. 2015) over a flat page.

It works at 4 pixels a millimetre, on the 2x2 pixels of the page stacked as channels, and answers for each of the four.
"""

from __future__ import annotations

from typing import Any

import keras

CLASSES = ("trace", "text", "pulse")
FOLD = 2
"""Pixels of the page a side that are one place of the network."""
WIDTHS = (16, 32, 48, 48, 48)
STRIDE_PX = FOLD * 2 ** (len(WIDTHS) - 1)
"""A page's height and width must be multiples of it."""


def build_network(widths: tuple[int, ...] = WIDTHS, seed: int = 0) -> keras.Model:
    """Builds the network with random weights.

    Args:
        widths: Maps at each level; every level halves the resolution.
        seed: Seed of the weights.

    Returns:
        A model: float32 (batch, height, width, 3), evened by `even_light`, to logits (batch, height, width, 3) of
        `CLASSES`. Height and width are multiples of 2 to the number of levels.
    """
    seeds = iter(range(1000 * seed, 1000 * (seed + 1)))

    def conv(x: Any, maps: int, size: int = 3, strides: int = 1) -> Any:
        x = keras.layers.Conv2D(
            maps, size, strides, "same", use_bias=False, kernel_initializer=keras.initializers.HeNormal(next(seeds))
        )(x)
        x = keras.layers.BatchNormalization(momentum=0.95)(x)
        return keras.layers.ReLU()(x)

    image = keras.Input((None, None, 3), name="evened")
    x = conv(_Unfold(FOLD)(image), widths[0])
    skips = [x]
    for maps in widths[1:]:
        x = conv(conv(x, maps, strides=2), maps)
        skips.append(x)
    for skip, maps in zip(skips[-2::-1], widths[-2::-1], strict=True):
        x = keras.layers.UpSampling2D(2)(conv(x, maps, size=1))
        x = conv(keras.layers.Add()([x, skip]), maps)
    # Traces are a few percent of a page.
    bias = keras.initializers.Constant(-3.0)
    x = keras.layers.Conv2D(
        len(CLASSES) * FOLD**2, 1, bias_initializer=bias, kernel_initializer=keras.initializers.HeNormal(next(seeds))
    )(x)
    return keras.Model(image, _Fold(FOLD)(x), name="ink")


class _Folding(keras.layers.Layer):
    """What both directions know: the side of a block of pixels that is folded into maps."""

    def __init__(self, side: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.side = side

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "side": self.side}


@keras.saving.register_keras_serializable("ecg_synth")
class _Unfold(_Folding):
    """(batch, height, width, maps) to (batch, height / side, width / side, side * side * maps)."""

    def call(self, x: Any) -> Any:
        side = self.side
        batch, height, width, maps = keras.ops.shape(x)
        x = keras.ops.reshape(x, (batch, height // side, side, width // side, side, maps))
        x = keras.ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return keras.ops.reshape(x, (batch, height // side, width // side, side * side * maps))

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        height, width = (None if length is None else length // self.side for length in shape[1:3])
        return shape[0], height, width, (shape[3] or 0) * self.side**2


@keras.saving.register_keras_serializable("ecg_synth")
class _Fold(_Folding):
    """The inverse of `_Unfold`."""

    def call(self, x: Any) -> Any:
        side = self.side
        batch, height, width, stacked = keras.ops.shape(x)
        maps = stacked // side**2
        x = keras.ops.reshape(x, (batch, height, width, side, side, maps))
        x = keras.ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return keras.ops.reshape(x, (batch, height * side, width * side, maps))

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        height, width = (None if length is None else length * self.side for length in shape[1:3])
        return shape[0], height, width, (shape[3] or 0) // self.side**2
