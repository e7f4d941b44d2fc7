"""The convolutional networks of DCGAN, ACGAN and the Wasserstein GANs (P1, 3.3.3; Radford et al. 2016)."""

from __future__ import annotations

import keras

from ecg_synth.errors import InputError
from ecg_synth.models.blocks import (
    batch_norm,
    center_crop,
    downsample,
    generator_of,
    normal_initializers,
    smallest_grid,
    upsample,
)
from ecg_synth.models.strided import DoublingConv2D

MIN_SIDE = 8


def check_numbers(image_shape: tuple[int, ...], latent_dim: int, filters: tuple[int, ...], kernel_size: int) -> None:
    """Raises `InputError` when the networks cannot be built of these numbers."""
    if len(image_shape) != 3 or min(image_shape[:2]) < MIN_SIDE or image_shape[2] < 1:
        raise InputError(
            f"An image must be (height, width, channels) with sides of at least {MIN_SIDE} pixels and at least "
            f"1 channel. Received: image_shape={image_shape!r}."
        )
    if not filters or min(filters) < 1:
        raise InputError(f"Each convolution needs at least 1 feature map. Received: filters={filters!r}.")
    if latent_dim < 1 or kernel_size < 1:
        raise InputError(
            f"The noise and the kernels must be at least 1 long. "
            f"Received: latent_dim={latent_dim!r}, kernel_size={kernel_size!r}."
        )


def generator(
    image_shape: tuple[int, ...],
    latent_dim: int,
    n_classes: int,
    filters: tuple[int, ...],
    kernel_size: int,
    seed: int,
    dtype: keras.DTypePolicy,
) -> keras.Model:
    """Returns the generator: a dense layer onto the smallest grid, doublings, and a crop of the middle.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        latent_dim: Length of the noise vector.
        n_classes: Classes that it is told; 0 for none.
        filters: Feature maps of the discriminator, which the generator mirrors.
        kernel_size: Side of every kernel in pixels.
        seed: Seed of the first weights.
        dtype: Dtype policy of the layers but the last.
    """
    height, width, channels = image_shape
    doublings = len(filters)
    grid = (smallest_grid(height, doublings), smallest_grid(width, doublings))
    full = (grid[0] * 2**doublings, grid[1] * 2**doublings)
    weights = normal_initializers(seed)
    layers: list[keras.layers.Layer] = [
        keras.layers.Dense(
            grid[0] * grid[1] * filters[-1],
            use_bias=False,
            kernel_initializer=next(weights),
            dtype=dtype,
            name="dense",
        ),
        keras.layers.Reshape((*grid, filters[-1]), dtype=dtype, name="grid"),
        batch_norm("grid_norm", dtype),
        keras.layers.ReLU(dtype=dtype, name="grid_relu"),
    ]
    for number, maps in enumerate(reversed(filters[:-1]), start=1):
        layers += upsample(maps, kernel_size, next(weights), dtype, f"up_{number}")
    layers += [
        DoublingConv2D(
            channels,
            kernel_size,
            strides=2,
            padding="same",
            kernel_initializer=next(weights),
            dtype=dtype,
            name="image_conv",
        ),
        center_crop(full, (height, width)),
        # In float32, for half precision has fewer levels near +-1 than a grey image.
        keras.layers.Activation("tanh", dtype="float32", name="image"),
    ]
    return generator_of(layers, latent_dim, n_classes, seed)


def discriminator(
    image_shape: tuple[int, ...],
    filters: tuple[int, ...],
    kernel_size: int,
    seed: int,
    dtype: keras.DTypePolicy,
    normalization: str = "batch",
    n_classes: int = 0,
) -> keras.Model:
    """Returns the discriminator: halvings, and a dense layer for the source's logit.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        filters: Feature maps of the convolutions, from the image inwards.
        kernel_size: Side of every kernel in pixels.
        seed: Seed of the first weights.
        dtype: Dtype policy of the layers but the last.
        normalization: Of every convolution but the first; a name in `NORMALIZATIONS`.
        n_classes: Where it is not 0, a second output gives a logit for each class (P1, 4.6).
    """
    weights = normal_initializers(seed + 1)
    layers: list[keras.layers.Layer] = []
    for number, maps in enumerate(filters, start=1):
        # None on the first (Radford et al. 2016, section 3): it would wash out the image's own grey levels.
        chosen = normalization if number > 1 else "none"
        layers += downsample(maps, kernel_size, next(weights), dtype, f"down_{number}", chosen)
    layers.append(keras.layers.Flatten(dtype=dtype, name="flatten"))
    source = keras.layers.Dense(1, kernel_initializer=next(weights), dtype="float32", name="logit")
    images = keras.Input(image_shape, name="images")
    if not n_classes:
        return keras.Sequential([images, *layers, source], name="discriminator")
    features = images
    for layer in layers:
        features = layer(features)
    classes = keras.layers.Dense(n_classes, kernel_initializer=next(weights), dtype="float32", name="class_logits")
    return keras.Model(images, [source(features), classes(features)], name="discriminator")
