"""The deep convolutional GAN of P1, 3.3.3, after Radford et al. 2016 (arXiv:1511.06434)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import keras

from ecg_synth.errors import check_choice, check_seed
from ecg_synth.models import convolutional
from ecg_synth.models.gan import Gan
from ecg_synth.models.helical import PADDINGS
from ecg_synth.models.registry import MODELS
from ecg_synth.models.signal_heads import check_scales


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
        padding: What a kernel sees beyond the edge of an image: zeros, or helical, the row before or after.
        signal_scales: Pooling factors of the signal in time order, each for a head that gives a further logit.
        codec: Config of the images' codec; needed, and looked at, only where `signal_scales` is not empty.
        n_classes: 0 here; subclasses with a class head take 2 or more.
        ema: Decay a step of the averaged generator that samples are drawn from; 0 for none.
        seed: Seed of the first weights and of the noise.
        dtype: Keras dtype policy; images, logits and losses are float32 under any.
        **kwargs: `bits` of `Gan`, and `name` of `keras.Model`.

    Attributes:
        normalization: Of the discriminator; a name in `blocks.NORMALIZATIONS`.

    Raises:
        InputError: A side is below 8 pixels, a number is not positive, the classes do not fit the model, the padding
            is unknown, the codec has no fixed positions or other images, or the seed is outside its range.
    """

    normalization: ClassVar[str] = "batch"

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int = 100,
        filters: tuple[int, ...] = (64, 128, 256),
        kernel_size: int = 4,
        padding: str = "zeros",
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
        convolutional.check_numbers(shape, latent_dim, filters, kernel_size)
        check_scales(scales)
        check_choice("padding", padding, PADDINGS)
        self.check_classes(n_classes)
        check_seed(seed)
        policy = keras.dtype_policies.get(dtype)
        super().__init__(
            generator=convolutional.generator(
                shape, latent_dim, n_classes, filters, kernel_size, seed, policy, padding
            ),
            discriminator=convolutional.discriminator(
                shape,
                filters,
                kernel_size,
                seed,
                policy,
                normalization=self.normalization,
                n_classes=n_classes,
                padding=padding,
                signal_scales=scales,
                codec=codec,
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
            "signal_scales": self.signal_scales,
            "codec": self.codec,
        }
