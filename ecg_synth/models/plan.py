"""What the networks of a convolutional GAN are built from, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

from ecg_synth.errors import InputError, check_choice, check_seed
from ecg_synth.models.helical import PADDINGS
from ecg_synth.models.signal_heads import check_scales

MIN_SIDE = 8


@dataclass(frozen=True)
class Plan:
    """What both networks of a convolutional GAN are built from.

    Attributes:
        image_shape: `(height, width, channels)` in pixels.
        latent_dim: Length of the noise vector.
        n_classes: Classes that the networks are told or tell; 0 for none.
        filters: Feature maps of the discriminator, from the image inwards; the generator mirrors them.
        kernel_size: Side of the kernels in pixels.
        padding: A name in `helical.PADDINGS`.
        signal_scales: Pooling factors of the signal, each for a head of the discriminator with a further logit.
        codec: Config of the images' codec; looked at only for `signal_scales`.
        seed: Seed of the first weights.
        dtype: Dtype policy of the layers but the last, which are float32.

    Raises:
        InputError: A side is below 8 pixels, a number is not positive, a factor stands twice, the padding is unknown,
            or the seed is outside its range.
    """

    image_shape: tuple[int, ...]
    latent_dim: int
    n_classes: int
    filters: tuple[int, ...]
    kernel_size: int
    padding: str
    signal_scales: tuple[int, ...]
    codec: Mapping[str, Any] | None
    seed: int
    dtype: keras.DTypePolicy

    def __post_init__(self) -> None:
        """Checks the values."""
        if len(self.image_shape) != 3 or min(self.image_shape[:2]) < MIN_SIDE or self.image_shape[2] < 1:
            raise InputError(
                f"An image must be (height, width, channels) with sides of at least {MIN_SIDE} pixels and at least "
                f"1 channel. Received: image_shape={self.image_shape!r}."
            )
        if not self.filters or min(self.filters) < 1:
            raise InputError(f"Each convolution needs at least 1 feature map. Received: filters={self.filters!r}.")
        if self.latent_dim < 1 or self.kernel_size < 1:
            raise InputError(
                f"The noise and the kernels must be at least 1 long. "
                f"Received: latent_dim={self.latent_dim!r}, kernel_size={self.kernel_size!r}."
            )
        check_scales(self.signal_scales)
        check_choice("padding", self.padding, PADDINGS)
        check_seed(self.seed)
