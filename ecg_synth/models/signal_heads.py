"""Heads of a discriminator that look at the signal: where an image has seams, a signal has jumps.

Each scale is the signal pooled by its own factor, seen by one-dimensional convolutions of its own (as the multi-scale
discriminators of Kumar et al. 2019, MelGAN).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras

from ecg_synth.errors import InputError
from ecg_synth.models.blocks import LEAKY_SLOPE
from ecg_synth.models.time_order import Samples

FILTERS = (16, 32, 64)
KERNEL_SIZE = 9
STRIDE = 4


def check_scales(scales: tuple[int, ...]) -> None:
    """Raises `InputError` when a factor is below 1 or stands twice."""
    if any(scale < 1 for scale in scales) or len(set(scales)) < len(scales):
        raise InputError(
            f"Each head of the signal pools it by a factor of its own, from 1 on. Received: signal_scales={scales!r}."
        )


def signal_features(
    images: Any,
    codec: Mapping[str, Any] | None,
    scales: tuple[int, ...],
    weights: Iterator[keras.initializers.Initializer],
    dtype: keras.DTypePolicy,
) -> list[Any]:
    """Returns the features of each scale, `(batch, any)`, for a dense layer to judge by.

    Args:
        images: Symbolic input `(batch, h, w, channels)`.
        codec: Config of the images' codec.
        scales: How many samples are averaged into one, for each head; with none the codec is not looked at.
        weights: Initializers of the kernels.
        dtype: Dtype policy of the layers.

    Raises:
        InputError: The codec has no fixed positions or other images, or a factor is longer than the slice.
    """
    if not scales:
        return []
    samples = Samples(codec, dtype=dtype, name="samples")(images)
    if max(scales) > samples.shape[1]:
        raise InputError(
            f"A pooling factor must not pass the slice's length. Received: signal_scales={scales!r}, slices of "
            f"{samples.shape[1]} samples."
        )
    features = []
    for scale in scales:
        name = f"signal_{scale}"
        x = keras.layers.AveragePooling1D(scale, dtype=dtype, name=f"{name}_pool")(samples) if scale > 1 else samples
        for number, maps in enumerate(FILTERS, start=1):
            x = keras.layers.Conv1D(
                maps,
                KERNEL_SIZE,
                strides=STRIDE,
                padding="same",
                use_bias=False,
                kernel_initializer=next(weights),
                dtype=dtype,
                name=f"{name}_conv_{number}",
            )(x)
            x = keras.layers.LeakyReLU(LEAKY_SLOPE, dtype=dtype, name=f"{name}_relu_{number}")(x)
        features.append(keras.layers.Flatten(dtype=dtype, name=f"{name}_flatten")(x))
    return features
