"""Convolutions that know how an arranged ECG goes on: at the right edge of a row follows the left edge of the next.

An image that is filled row by row is a helix, cut open. Padded with zeros, a convolution sees an edge at each end of
each row, 90 of them on a 45x45 image, where the signal has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from ecg_synth.errors import InputError, check_choice
from ecg_synth.models.strided import DoublingConv2D, HalvingConv2D

PADDINGS = ("zeros", "helical")
HELIXES = ("z", "reversed")
"""Arrangements in which each row goes on in the next."""


def check_helix(codec: Mapping[str, Any]) -> None:
    """Raises `InputError` when the images of a codec are not filled row by row, so that rows do not go on in the next.

    Args:
        codec: Config of the codec; a key that is missing has its default.
    """
    family, arrangement = codec.get("codec", "ecg"), codec.get("arrangement", "z")
    layout = codec.get("layout", "stacked")
    if family != "ecg" or arrangement not in HELIXES or layout == "tiles":
        raise InputError(
            f"Helical padding is for ECG images whose rows go on in the next: the arrangement {' or '.join(HELIXES)}, "
            f"and not the layout tiles. Received: codec={family!r}, arrangement={arrangement!r}, layout={layout!r}. "
            f"Set the model's padding to 'zeros'."
        )


def helical_padding(images: Any, padding: tuple[tuple[int, int], tuple[int, int]]) -> Any:
    """Pads images with what comes before and after along the helix.

    Pixel (r, c) of an image of width w is number `r * w + c` of its helix, and so is the padded pixel, with a c below 0
    or from w on, and an r above or below the image. Numbers before the first pixel and after the last one are zeros:
    all that stands above and below the image but the ends of its first and last turn.

    Args:
        images: `(batch, h, w, channels)`, h and w static.
        padding: `((top, bottom), (left, right))` in pixels, each 0 or more, as in `keras.layers.ZeroPadding2D`.

    Returns:
        `(batch, top + h + bottom, left + w + right, channels)`.
    """
    _, height, width, channels = images.shape
    (top, bottom), (left, right) = padding
    rows, columns = top + height + bottom, left + width + right
    turns = -(-columns // width)
    before = top * width + left
    after = (rows + turns - 1) * width - before - height * width
    helix = ops.pad(ops.reshape(images, (-1, height * width, channels)), ((0, 0), (before, after), (0, 0)))
    lines = ops.reshape(helix, (-1, rows + turns - 1, width, channels))
    # A padded row is that row of the helix and, as far as its width goes, the beginnings of the next.
    parts = [lines[:, turn : turn + rows, : columns - turn * width] for turn in range(turns)]
    return ops.concatenate(parts, axis=2) if turns > 1 else parts[0]


def _same(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """What 'same' pads before and after a side."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


@keras.saving.register_keras_serializable("ecg_synth")
class HelicalConv2D(keras.layers.Conv2D):
    """`keras.layers.Conv2D` with padding 'same' whose padding is helical; weights and output shape are its own.

    On the image itself, a kernel of 1 x k convolves the signal as `Conv1D` does, and one of m x k as `Conv1D` with m
    groups of taps, a row apart. On features of fewer rows it joins what is next to each other only roughly: a row
    there holds several rows of the image.
    """

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolves; Keras adds bias and activation."""
        sides = zip(inputs.shape[1:3], self.kernel_size, self.strides, strict=True)
        top_bottom, left_right = (_same(*side) for side in sides)
        return ops.conv(
            helical_padding(inputs, (top_bottom, left_right)), kernel, strides=list(self.strides), padding="valid"
        )


@keras.saving.register_keras_serializable("ecg_synth")
class HelicalConv2DTranspose(keras.layers.Conv2DTranspose):
    """`keras.layers.Conv2DTranspose` with padding 'same' that sees beyond each row's ends along the helix.

    The features are widened at both ends of each row, convolved, and cut back. Above and below them stand zeros, also
    next to the first and the last row's ends.
    """

    def call(self, inputs: Any) -> Any:
        """Returns features `(batch, h * stride, w * stride, filters)`."""
        size, stride = self.kernel_size[1], self.strides[1]
        # As many features as still reach into the image.
        reach = -(-max(size - stride, 0) // stride)
        wide = super().call(helical_padding(inputs, ((0, 0), (reach, reach))))
        return wide[:, :, reach * stride : wide.shape[2] - reach * stride]


def convolution(padding: str, transposed: bool = False) -> type[keras.layers.Layer]:
    """Returns the class of two-dimensional convolutions with this padding.

    Raises:
        InputError: `padding` is not in `PADDINGS`.
    """
    if check_choice("padding", padding, PADDINGS) == "helical":
        return HelicalConv2DTranspose if transposed else HelicalConv2D
    return DoublingConv2D if transposed else HalvingConv2D
