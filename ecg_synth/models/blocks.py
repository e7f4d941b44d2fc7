"""What the convolutional networks share: halving and doubling blocks, cropping, seeded initializers.

A block is a list of layers to be spread into a `keras.Sequential`, so that a network reads as one list and its
weights lie flat in the file. No convolution in a block has a bias: batch normalization makes it idle, and where there
is none, TensorFlow's graph optimizer fails on the gradient of convolution + bias + LeakyReLU and gives up its pass.
"""

from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np

# Radford et al. 2016, section 4.
WEIGHT_STDDEV = 0.02
LEAKY_SLOPE = 0.2
# Keras's 0.99 needs some 500 steps before a generator in inference mode resembles the one that was trained.
NORM_MOMENTUM = 0.9
NORM_EPSILON = 1e-5


def normal_initializers(seed: int) -> Iterator[keras.initializers.Initializer]:
    """Yields N(0, 0.02) initializers without end, each with a seed of its own derived from `seed`."""
    stream = np.random.default_rng(seed)
    while True:
        yield keras.initializers.RandomNormal(stddev=WEIGHT_STDDEV, seed=int(stream.integers(2**31)))


def batch_norm(name: str, dtype: keras.DTypePolicy) -> keras.layers.Layer:
    """Returns the batch normalization that all networks use."""
    return keras.layers.BatchNormalization(momentum=NORM_MOMENTUM, epsilon=NORM_EPSILON, dtype=dtype, name=name)


def downsample(
    filters: int,
    kernel_size: int,
    initializer: keras.initializers.Initializer,
    dtype: keras.DTypePolicy,
    name: str,
    normalize: bool = True,
) -> list[keras.layers.Layer]:
    """Returns layers that take `(batch, h, w, any)` to `(batch, ceil(h/2), ceil(w/2), filters)`.

    Args:
        filters: Feature maps out.
        kernel_size: Side of the kernel in pixels.
        initializer: Initializer of the kernel.
        dtype: Dtype policy of the layers.
        name: Prefix of the layers' names.
        normalize: Adds batch normalization.
    """
    layers: list[keras.layers.Layer] = [
        keras.layers.Conv2D(
            filters,
            kernel_size,
            strides=2,
            padding="same",
            use_bias=False,
            kernel_initializer=initializer,
            dtype=dtype,
            name=f"{name}_conv",
        )
    ]
    if normalize:
        layers.append(batch_norm(f"{name}_norm", dtype))
    layers.append(keras.layers.LeakyReLU(LEAKY_SLOPE, dtype=dtype, name=f"{name}_relu"))
    return layers


def upsample(
    filters: int,
    kernel_size: int,
    initializer: keras.initializers.Initializer,
    dtype: keras.DTypePolicy,
    name: str,
) -> list[keras.layers.Layer]:
    """Returns layers that take `(batch, h, w, any)` to `(batch, 2h, 2w, filters)`; arguments as in `downsample`."""
    return [
        keras.layers.Conv2DTranspose(
            filters,
            kernel_size,
            strides=2,
            padding="same",
            use_bias=False,
            kernel_initializer=initializer,
            dtype=dtype,
            name=f"{name}_conv",
        ),
        batch_norm(f"{name}_norm", dtype),
        keras.layers.ReLU(dtype=dtype, name=f"{name}_relu"),
    ]


def smallest_grid(side: int, halvings: int) -> int:
    """Returns the side in pixels from which `halvings` doublings reach at least `side`."""
    return -(-side // 2**halvings)


def center_crop(size: tuple[int, int], wanted: tuple[int, int], name: str = "crop") -> keras.layers.Layer:
    """Returns a layer that cuts the middle `wanted` `(h, w)` pixels out of `size` `(h, w)`."""
    margins = [(have - want) for have, want in zip(size, wanted, strict=True)]
    return keras.layers.Cropping2D(
        tuple((margin // 2, margin - margin // 2) for margin in margins), dtype="float32", name=name
    )
