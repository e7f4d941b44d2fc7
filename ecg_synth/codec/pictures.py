"""The codec of pictures: they are images already, and stay what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ecg_synth.codec.interface import EncodedImages, ImageCodec
from ecg_synth.errors import InputError


class PictureCodec(ImageCodec):
    """The identity on pictures of one size, for P1's fingerprints and irises (3.2), behind the codecs' interface.

    Files of any size become pictures of this one in `ecg_synth.sources.images`.

    Args:
        side: Side of the square pictures in pixels, or (height, width).
        channels: 1 for grey, 3 for color.

    Raises:
        InputError: A side is below 1 pixel, or the channels are neither 1 nor 3.
    """

    def __init__(self, side: int | Sequence[int], channels: int = 1):
        height, width = (side, side) if isinstance(side, int) else side
        if min(height, width) < 1:
            raise InputError(f"A picture needs at least one pixel a side. Received: side={height}x{width}.")
        if channels not in (1, 3):
            raise InputError(f"A picture has 1 channel (grey) or 3 (color). Received: channels={channels!r}.")
        self.image_shape = (int(height), int(width))
        self.side = self.image_shape
        self.channels = channels

    def encode(self, pictures: np.ndarray) -> EncodedImages:
        """Returns uint8 (n, height, width, channels) as it is; nothing can be saturated.

        Raises:
            InputError: The pictures have another shape or type.
        """
        images = self.check_images(pictures)
        return EncodedImages(images, np.zeros(len(images), dtype=bool))

    def decode(self, images: np.ndarray) -> np.ndarray:
        """Returns uint8 (n, height, width, channels) as it is.

        Raises:
            InputError: The images have another shape or type.
        """
        return self.check_images(images)

    def get_config(self) -> dict[str, Any]:
        """See the base class."""
        return {"codec": "picture", "side": list(self.side), "channels": self.channels}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> PictureCodec:
        """Rebuilds the codec that `get_config` described."""
        return cls(**{key: value for key, value in config.items() if key != "codec"})
