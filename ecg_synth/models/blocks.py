"""What the convolutional networks share: halving and doubling blocks, cropping, seeded initializers.

A block is a list of layers to be spread into a `keras.Sequential`, so that a network reads as one list and its
weights lie flat in the file. No convolution in a block has a bias: batch normalization makes it idle, and where there
is none, TensorFlow's graph optimizer fails on the gradient of convolution + bias + LeakyReLU and gives up its pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import keras
import numpy as np

from ecg_synth.models.batch_norm import FusedBatchNormalization
from ecg_synth.models.strided import DoublingConv2D, HalvingConv2D
from ecg_synth.registry import Registry

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


def embed_classes(n_classes: int, width: int, initializer: keras.initializers.Initializer) -> keras.layers.Layer:
    """Returns a layer from class probabilities `(batch, n_classes)` to `(batch, width)`; a mix lies in between."""
    return keras.layers.Dense(width, use_bias=False, kernel_initializer=initializer, name="class_embedding")


def generator_of(layers: list[keras.layers.Layer], latent_dim: int, n_classes: int = 0, seed: int = 0) -> keras.Model:
    """Returns the generator made of `layers`.

    Args:
        layers: From `(batch, latent_dim)`, with classes `(batch, 2 * latent_dim)`, to images.
        latent_dim: Length of the noise vector.
        n_classes: Where it is not 0, class probabilities are a second input: their embedding joins the noise.
        seed: Seed of the embedding's first weights.
    """
    latents = keras.Input((latent_dim,), name="latents")
    if not n_classes:
        return keras.Sequential([latents, *layers], name="generator")
    classes = keras.Input((n_classes,), name="classes")
    # As wide and as long as the noise: no input drowns the other.
    initializer = keras.initializers.RandomNormal(stddev=1.0, seed=seed)
    x = keras.layers.Concatenate(name="noise_and_class")(
        [latents, embed_classes(n_classes, latent_dim, initializer)(classes)]
    )
    for layer in layers:
        x = layer(x)
    return keras.Model([latents, classes], x, name="generator")


def batch_norm(name: str, dtype: keras.DTypePolicy) -> keras.layers.Layer:
    """Returns the batch normalization that all networks use."""
    return FusedBatchNormalization(momentum=NORM_MOMENTUM, epsilon=NORM_EPSILON, dtype=dtype, name=name)


def layer_norm(name: str, dtype: keras.DTypePolicy) -> keras.layers.Layer:
    """Returns layer normalization over height, width and channels, with a gain and a shift a channel."""
    return keras.layers.GroupNormalization(groups=1, epsilon=NORM_EPSILON, dtype=dtype, name=name)


NORMALIZATIONS: Registry[Callable[[str, keras.DTypePolicy], list[keras.layers.Layer]]] = Registry("normalization")
NORMALIZATIONS.register("none")(lambda name, dtype: [])
NORMALIZATIONS.register("batch")(lambda name, dtype: [batch_norm(name, dtype)])
NORMALIZATIONS.register("layer")(lambda name, dtype: [layer_norm(name, dtype)])


def downsample(
    filters: int,
    kernel_size: int,
    initializer: keras.initializers.Initializer,
    dtype: keras.DTypePolicy,
    name: str,
    normalization: str = "batch",
) -> list[keras.layers.Layer]:
    """Returns layers that take `(batch, h, w, any)` to `(batch, ceil(h/2), ceil(w/2), filters)`.

    Args:
        filters: Feature maps out.
        kernel_size: Side of the kernel in pixels.
        initializer: Initializer of the kernel.
        dtype: Dtype policy of the layers.
        name: Prefix of the layers' names.
        normalization: A name in `NORMALIZATIONS`.
    """
    layers: list[keras.layers.Layer] = [
        HalvingConv2D(
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
    layers += NORMALIZATIONS[normalization](f"{name}_norm", dtype)
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
        DoublingConv2D(
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
