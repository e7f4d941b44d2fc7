"""The convolutional networks of DCGAN, ACGAN and the Wasserstein GANs (P1, 3.3.3; Radford et al. 2016)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
from ecg_synth.models.helical import convolution
from ecg_synth.models.signal_heads import signal_features

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
    padding: str = "zeros",
) -> keras.Model:
    """Returns the generator: a dense layer onto the smallest grid, doublings, and a crop of the middle.

    With helical padding the last doubling makes features, a quarter as many as the first convolution of the
    discriminator, and one more convolution makes the image of them after the crop: only at the image's own width does
    a row go on in the next.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        latent_dim: Length of the noise vector.
        n_classes: Classes that it is told; 0 for none.
        filters: Feature maps of the discriminator, which the generator mirrors.
        kernel_size: Side of every kernel in pixels.
        seed: Seed of the first weights.
        dtype: Dtype policy of the layers but the last.
        padding: A name in `helical.PADDINGS`.
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
        layers += upsample(maps, kernel_size, next(weights), dtype, f"up_{number}", padding)
    helical = padding == "helical"
    if helical:
        layers += upsample(max(filters[0] // 4, 1), kernel_size, next(weights), dtype, f"up_{doublings}", padding)
        layers.append(center_crop(full, (height, width), dtype=dtype))
    layers.append(
        convolution(padding, transposed=not helical)(
            channels,
            kernel_size,
            strides=1 if helical else 2,
            padding="same",
            kernel_initializer=next(weights),
            dtype=dtype,
            name="image_conv",
        )
    )
    if not helical:
        layers.append(center_crop(full, (height, width)))
    # In float32, for half precision has fewer levels near +-1 than a grey image.
    layers.append(keras.layers.Activation("tanh", dtype="float32", name="image"))
    return generator_of(layers, latent_dim, n_classes, seed)


def discriminator(
    image_shape: tuple[int, ...],
    filters: tuple[int, ...],
    kernel_size: int,
    seed: int,
    dtype: keras.DTypePolicy,
    normalization: str = "batch",
    n_classes: int = 0,
    padding: str = "zeros",
    signal_scales: tuple[int, ...] = (),
    codec: Mapping[str, Any] | None = None,
) -> keras.Model:
    """Returns the discriminator: halvings, and a dense layer for the source's logit; see also `signal_heads`.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        filters: Feature maps of the convolutions, from the image inwards.
        kernel_size: Side of every kernel in pixels.
        seed: Seed of the first weights.
        dtype: Dtype policy of the layers but the last.
        normalization: Of every convolution but the first; a name in `NORMALIZATIONS`.
        n_classes: Where it is not 0, a second output gives a logit for each class (P1, 4.6).
        padding: A name in `helical.PADDINGS`.
        signal_scales: Pooling factors of the signal for a head each, which gives a further logit of the source.
        codec: Config of the codec; looked at only for `signal_scales`.
    """
    weights = normal_initializers(seed + 1)
    layers: list[keras.layers.Layer] = []
    for number, maps in enumerate(filters, start=1):
        # None on the first (Radford et al. 2016, section 3): it would wash out the image's own grey levels.
        chosen = normalization if number > 1 else "none"
        layers += downsample(maps, kernel_size, next(weights), dtype, f"down_{number}", chosen, padding)
    layers.append(keras.layers.Flatten(dtype=dtype, name="flatten"))
    source = keras.layers.Dense(1, kernel_initializer=next(weights), dtype="float32", name="logit")
    images = keras.Input(image_shape, name="images")
    if not n_classes and not signal_scales:
        return keras.Sequential([images, *layers, source], name="discriminator")
    features = images
    for layer in layers:
        features = layer(features)
    logits = [source(features)]
    for scale, seen in zip(signal_scales, signal_features(images, codec, signal_scales, weights, dtype), strict=True):
        head = keras.layers.Dense(1, kernel_initializer=next(weights), dtype="float32", name=f"signal_{scale}_logit")
        logits.append(head(seen))
    if signal_scales:
        logits = [keras.layers.Concatenate(dtype="float32", name="logits")(logits)]
    if not n_classes:
        return keras.Model(images, logits[0], name="discriminator")
    classes = keras.layers.Dense(n_classes, kernel_initializer=next(weights), dtype="float32", name="class_logits")
    return keras.Model(images, [*logits, classes(features)], name="discriminator")
