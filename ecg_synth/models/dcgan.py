"""The deep convolutional GAN of P1, 3.3.3, after Radford et al. 2016 (arXiv:1511.06434)."""

from __future__ import annotations

from typing import Any, ClassVar

import keras

from ecg_synth.models import convolutional
from ecg_synth.models.built import ConvolutionalGan
from ecg_synth.models.registry import MODELS


@MODELS.register("dcgan")
@keras.saving.register_keras_serializable("ecg_synth")
class Dcgan(ConvolutionalGan):
    """A DCGAN for images of any side from 8 pixels and any number of channels.

    The discriminator halves the image once for each entry of `filters`. The generator mirrors it: a dense layer onto
    the smallest grid, as many doublings, and a crop of the middle, for 45 is not a multiple of 8 and 48 is.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        latent_dim: Length of the noise vector.
        filters: Feature maps of the discriminator's convolutions, from the image inwards.
        kernel_size: Side of every kernel in pixels.
        padding: What a kernel sees beyond the edge of an image: zeros, or helical, the row before or after.
        **kwargs: The other arguments of `ConvolutionalGan`: heads for the signal, `seed`, `dtype` ...; `n_classes` is 0
            here, and 2 or more in subclasses with a class head.

    Attributes:
        normalization: Of the discriminator; a name in `blocks.NORMALIZATIONS`.

    Raises:
        InputError: See `ConvolutionalGan`.
    """

    normalization: ClassVar[str] = "batch"

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int = 100,
        filters: tuple[int, ...] = (64, 128, 256),
        kernel_size: int = 4,
        padding: str = "zeros",
        **kwargs: Any,
    ):
        super().__init__(
            lambda plan: (convolutional.generator(plan), convolutional.discriminator(plan, self.normalization)),
            image_shape,
            latent_dim,
            filters,
            kernel_size,
            padding,
            **kwargs,
        )
