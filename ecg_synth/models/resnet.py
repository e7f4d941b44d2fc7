"""The modern recipe's models: residual networks, with and without classes.

Loss, penalties, augmentation and the average of the generator are `compile`'s and the base's; the presets `gan-modern`
and `gan-modern-classes` set them: relativistic loss with R1 and R2 (Huang et al. 2024, R3GAN).
"""

from __future__ import annotations

from typing import Any

import keras

from ecg_synth.models import residual
from ecg_synth.models.built import ConvolutionalGan
from ecg_synth.models.judgement import Judgement
from ecg_synth.models.registry import MODELS


@MODELS.register("resnet")
@keras.saving.register_keras_serializable("ecg_synth")
class Resnet(ConvolutionalGan):
    """A GAN of residual networks, for images of any side from 8 pixels and any number of channels.

    The discriminator halves the image once for each entry of `filters`, without batch normalization; the generator
    mirrors it, and its last block works at the image's own size.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        latent_dim: Length of the noise vector.
        filters: Feature maps of the discriminator's blocks, from the image inwards.
        kernel_size: Side of the kernels in pixels; those that halve or double the size are one pixel larger.
        padding: What a kernel sees beyond the edge of an image: zeros, or helical, the row before or after.
        spectral_norm: Whether the discriminator's kernels are divided by their largest singular value.
        **kwargs: The other arguments of `ConvolutionalGan`: heads for the signal, `seed`, `dtype` ...; `n_classes` is 0
            here, and 2 or more in `ResnetClasses`.

    Raises:
        InputError: See `ConvolutionalGan`.
    """

    arguments = (*ConvolutionalGan.arguments, "spectral_norm")

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int = 100,
        filters: tuple[int, ...] = (16, 32, 64),
        kernel_size: int = 3,
        padding: str = "helical",
        spectral_norm: bool = False,
        **kwargs: Any,
    ):
        super().__init__(
            lambda plan: (residual.generator(plan), residual.discriminator(plan, spectral_norm)),
            image_shape,
            latent_dim,
            filters,
            kernel_size,
            padding,
            **kwargs,
        )
        self.spectral_norm = spectral_norm


@MODELS.register("resnet_classes")
@keras.saving.register_keras_serializable("ecg_synth")
class ResnetClasses(Resnet):
    """`Resnet` whose generator is told a class, and whose discriminator judges whether an image is real and of it.

    There is no class head: the class is projected onto the features (Miyato and Koyama 2018), so that nothing rewards
    images that are merely easy to classify, as an ACGAN's loss does.
    """

    conditional = True

    def judge(self, images: Any, classes: Any = None, training: bool = False) -> Judgement:
        """See `Gan.judge`."""
        return Judgement(self.discriminator([images, classes], training=training))
