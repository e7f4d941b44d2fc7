"""The deep convolutional GAN of P1, 3.3.3, after Radford et al. 2016 (arXiv:1511.06434)."""

from __future__ import annotations

from typing import Any

import keras

from ecg_synth.errors import InputError, check_seed
from ecg_synth.models.blocks import (
    batch_norm,
    center_crop,
    downsample,
    normal_initializers,
    smallest_grid,
    upsample,
)
from ecg_synth.models.gan import Gan
from ecg_synth.models.registry import MODELS

MIN_SIDE = 8


@MODELS.register("dcgan")
@keras.saving.register_keras_serializable("ecg_synth")
class Dcgan(Gan):
    """A DCGAN for images of any side from 8 pixels and any number of channels.

    The discriminator halves the image once for each entry of `filters`. The generator mirrors it: a dense layer onto
    the smallest grid, as many doublings, and a crop of the middle, for 45 is not a multiple of 8 and 48 is.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        latent_dim: Length of the noise vector.
        filters: Feature maps of the discriminator's convolutions, from the image inwards.
        kernel_size: Side of every kernel in pixels.
        seed: Seed of the first weights and of the noise.
        dtype: Keras dtype policy; images, logits and losses are float32 under any.
        **kwargs: `bits` of `Gan`, and `name` of `keras.Model`.

    Raises:
        InputError: A side is below 8 pixels, a number is not positive, or the seed is outside its range.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int = 100,
        filters: tuple[int, ...] = (64, 128, 256),
        kernel_size: int = 4,
        seed: int = 0,
        dtype: Any = None,
        **kwargs: Any,
    ):
        # JSON gives lists.
        shape, filters = tuple(image_shape), tuple(filters)
        _check(shape, latent_dim, filters, kernel_size)
        check_seed(seed)
        policy = keras.dtype_policies.get(dtype)
        super().__init__(
            generator=_generator(shape, latent_dim, filters, kernel_size, seed, policy),
            discriminator=_discriminator(shape, filters, kernel_size, seed, policy),
            latent_dim=latent_dim,
            seed=seed,
            dtype=policy,
            **kwargs,
        )
        self.image_shape = shape
        self.filters = filters
        self.kernel_size = kernel_size

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        config = super().get_config()
        # Both networks follow from the numbers below.
        del config["generator"], config["discriminator"]
        return {
            **config,
            "image_shape": self.image_shape,
            "filters": self.filters,
            "kernel_size": self.kernel_size,
        }


def _check(image_shape: tuple[int, ...], latent_dim: int, filters: tuple[int, ...], kernel_size: int) -> None:
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


def _generator(
    image_shape: tuple[int, ...],
    latent_dim: int,
    filters: tuple[int, ...],
    kernel_size: int,
    seed: int,
    dtype: keras.DTypePolicy,
) -> keras.Sequential:
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
        keras.layers.Conv2DTranspose(
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
    return keras.Sequential([keras.Input((latent_dim,), name="latents"), *layers], name="generator")


def _discriminator(
    image_shape: tuple[int, ...],
    filters: tuple[int, ...],
    kernel_size: int,
    seed: int,
    dtype: keras.DTypePolicy,
) -> keras.Sequential:
    weights = normal_initializers(seed + 1)
    layers: list[keras.layers.Layer] = []
    for number, maps in enumerate(filters, start=1):
        # None on the first (Radford et al. 2016, section 3): it would wash out the image's own grey levels.
        layers += downsample(maps, kernel_size, next(weights), dtype, f"down_{number}", normalize=number > 1)
    layers += [
        keras.layers.Flatten(dtype=dtype, name="flatten"),
        keras.layers.Dense(1, kernel_initializer=next(weights), dtype="float32", name="logit"),
    ]
    return keras.Sequential([keras.Input(image_shape, name="images"), *layers], name="discriminator")
