"""The modern recipe's models: residual networks, with and without classes.

Loss, penalties, augmentation and the average of the generator are `compile`'s and the base's; the presets `gan-modern`
and `gan-modern-classes` set them: relativistic loss with R1 and R2 (Huang et al. 2024, R3GAN).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from ecg_synth.errors import check_choice, check_seed
from ecg_synth.models import residual
from ecg_synth.models.convolutional import check_numbers
from ecg_synth.models.gan import Gan
from ecg_synth.models.helical import PADDINGS
from ecg_synth.models.judgement import Judgement
from ecg_synth.models.registry import MODELS
from ecg_synth.models.signal_heads import check_scales


@MODELS.register("resnet")
@keras.saving.register_keras_serializable("ecg_synth")
class Resnet(Gan):
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
        signal_scales: Pooling factors of the signal in time order, each for a head that gives a further logit.
        codec: Config of the images' codec; needed, and looked at, only where `signal_scales` is not empty.
        n_classes: 0 here; `ResnetClasses` takes 2 or more.
        ema: Decay a step of the averaged generator that samples are drawn from; 0 for none.
        seed: Seed of the first weights and of the noise.
        dtype: Keras dtype policy; images, logits and losses are float32 under any.
        **kwargs: `name` of `keras.Model`.

    Raises:
        InputError: A side is below 8 pixels, a number is not positive, the classes do not fit the model, the padding
            is unknown, the codec has no fixed positions or other images, or the seed is outside its range.
    """

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int = 100,
        filters: tuple[int, ...] = (16, 32, 64),
        kernel_size: int = 3,
        padding: str = "helical",
        spectral_norm: bool = False,
        signal_scales: tuple[int, ...] = (),
        codec: Mapping[str, Any] | None = None,
        n_classes: int = 0,
        ema: float = 0.0,
        seed: int = 0,
        dtype: Any = None,
        **kwargs: Any,
    ):
        # JSON gives lists.
        shape, filters, scales = tuple(image_shape), tuple(filters), tuple(signal_scales)
        check_numbers(shape, latent_dim, filters, kernel_size)
        check_scales(scales)
        check_choice("padding", padding, PADDINGS)
        self.check_classes(n_classes)
        check_seed(seed)
        policy = keras.dtype_policies.get(dtype)
        super().__init__(
            generator=residual.generator(shape, latent_dim, n_classes, filters, kernel_size, padding, seed, policy),
            discriminator=residual.discriminator(
                shape, n_classes, filters, kernel_size, padding, spectral_norm, scales, codec, seed, policy
            ),
            latent_dim=latent_dim,
            n_classes=n_classes,
            ema=ema,
            seed=seed,
            dtype=policy,
            **kwargs,
        )
        self.image_shape = shape
        self.filters = filters
        self.kernel_size = kernel_size
        self.padding = padding
        self.spectral_norm = spectral_norm
        self.signal_scales = scales
        self.codec = codec

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
            "padding": self.padding,
            "spectral_norm": self.spectral_norm,
            "signal_scales": self.signal_scales,
            "codec": self.codec,
        }


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
