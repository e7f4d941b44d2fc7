"""GANs whose networks follow from a few numbers and names: their config holds those, and no network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import keras

from ecg_synth.models.gan import Gan
from ecg_synth.models.helical import check_helix
from ecg_synth.models.plan import Plan


class BuiltGan(Gan):
    """A GAN that builds its networks itself.

    Attributes:
        arguments: The constructor's arguments that the networks follow from, each an attribute and a key of the config,
            beside those that every GAN has.
    """

    arguments: ClassVar[tuple[str, ...]] = ("image_shape",)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), **{name: getattr(self, name) for name in self.arguments}}

    def _networks_config(self) -> dict[str, Any]:
        return {}


class ConvolutionalGan(BuiltGan):
    """What convolutional GANs share, for images of any side from 8 pixels and any number of channels.

    Args:
        networks: Builds the generator and the discriminator.
        image_shape: `(height, width, channels)` in pixels.
        latent_dim: Length of the noise vector.
        filters: Feature maps of the discriminator, from the image inwards.
        kernel_size: Side of the kernels in pixels.
        padding: What a kernel sees beyond the edge of an image: zeros, or helical, the row before or after.
        signal_scales: Pooling factors of the signal in time order, each for a head that gives a further logit.
        codec: Config of the images' codec; needed where `signal_scales` is not empty, and looked at by helical padding
            where it is given.
        n_classes: 2 or more in a model with classes, 0 in others.
        seed: Seed of the first weights and of the noise.
        dtype: Keras dtype policy; images, logits and losses are float32 under any.
        **kwargs: `ema`, `bits` and `null_pixels` of `Gan`, and `name` of `keras.Model`.

    Raises:
        InputError: A side is below 8 pixels, a number is not positive, the classes do not fit the model, the padding
            is unknown or not for the codec, the codec has no fixed positions or other images, or the seed is outside
            its range.
    """

    needs = ("codec",)
    arguments = (*BuiltGan.arguments, "filters", "kernel_size", "padding", "signal_scales", "codec")

    def __init__(
        self,
        networks: Callable[[Plan], tuple[keras.Model, keras.Model]],
        image_shape: tuple[int, int, int],
        latent_dim: int,
        filters: tuple[int, ...],
        kernel_size: int,
        padding: str,
        signal_scales: tuple[int, ...] = (),
        codec: Mapping[str, Any] | None = None,
        n_classes: int = 0,
        seed: int = 0,
        dtype: Any = None,
        **kwargs: Any,
    ):
        self.check_classes(n_classes)
        if padding == "helical" and codec is not None:
            check_helix(codec)
        plan = Plan(
            # JSON gives lists.
            image_shape=tuple(image_shape),
            latent_dim=latent_dim,
            n_classes=n_classes,
            filters=tuple(filters),
            kernel_size=kernel_size,
            padding=padding,
            signal_scales=tuple(signal_scales),
            codec=codec,
            seed=seed,
            dtype=keras.dtype_policies.get(dtype),
        )
        generator, discriminator = networks(plan)
        super().__init__(
            generator, discriminator, latent_dim, n_classes=n_classes, seed=seed, dtype=plan.dtype, **kwargs
        )
        self.image_shape = plan.image_shape
        self.filters = plan.filters
        self.kernel_size = kernel_size
        self.padding = padding
        self.signal_scales = plan.signal_scales
        self.codec = codec
