"""What codecs give, and what every one but the ECG's own shares: its image's shape, and the check of its images."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ecg_synth.errors import InputError


class Encoded(NamedTuple):
    """Images of some slices.

    Attributes:
        images: uint8, or uint16 with 16 bits (slices, *codec.full_shape).
        offset: float32 (slices, stored leads) in mV: what `decode` needs to give absolute values back.
        saturated: bool (slices,): a sample lay beyond the standardization's range and was cut to it.
    """

    images: np.ndarray
    offset: np.ndarray
    saturated: np.ndarray


class EncodedImages(NamedTuple):
    """Images of some rows or pictures.

    Attributes:
        images: uint8 (n, height, width, channels).
        saturated: bool (n,): a value lay beyond the codec's bounds and was cut to them.
    """

    images: np.ndarray
    saturated: np.ndarray


class ImageCodec:
    """Data <-> uint8 images. The constructor's arguments are the attributes and the config.

    Attributes:
        image_shape: (height, width) in pixels.
        channels: Channels of an image.
    """

    image_shape: tuple[int, int]
    channels: int

    def check_images(self, images: np.ndarray) -> np.ndarray:
        """Returns `images` as an array.

        Raises:
            InputError: They are not uint8 (n, height, width, channels) of this codec.
        """
        images = np.asarray(images)
        shape = (*self.image_shape, self.channels)
        if images.ndim != 4 or images.shape[1:] != shape:
            raise InputError(f"Images must be (n, {', '.join(map(str, shape))}). Received: shape={images.shape}.")
        if images.dtype != np.uint8:
            raise InputError(f"Images must be uint8 grey levels. Received: dtype={images.dtype}.")
        return images

    @property
    def null_pixels(self) -> np.ndarray:
        """Flat indices of an image's pixels that hold nothing and are 0 in data, int (pixels,)."""
        return np.zeros(0, dtype=np.intp)

    def decode(self, images: np.ndarray) -> np.ndarray:
        """Turns images of data, or of a generator, back into data."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Returns what `from_config` rebuilds this codec from; JSON can write it."""
        raise NotImplementedError
