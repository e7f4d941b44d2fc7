"""Images in time order: the gather by the codec's `position` that lets a network or an augmentation see the signal.

Grey levels are affine in mV, and networks learn an affine map by their first layer: samples stay in [-1, 1].
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from ecg_synth.codec import codec_from_config
from ecg_synth.errors import InputError


def check_fixed(codec: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Returns a codec's config when each of its pixels holds one sample, the same in every image.

    Raises:
        InputError: There is no codec, its images are no ECGs, its samples stand elsewhere in each image (`beats`), or
            its pixels hold frequencies or colors that mix leads.
    """
    if codec is None:
        raise InputError(
            "To see the signal of an image takes the config of its codec. Received: codec=None. "
            "Give build_gan the codec of the training set, slice_set.codec."
        )
    domain = codec.get("domain", "time")
    found = {
        "codec": codec.get("codec", "ecg"),
        "arrangement": codec.get("arrangement", "z"),
        "domain": domain["name"] if isinstance(domain, Mapping) else domain,
        "color": codec.get("color", "rgb"),
    }
    if (
        found["codec"] != "ecg"
        or found["arrangement"] == "beats"
        or (found["domain"], found["color"])
        != (
            "time",
            "rgb",
        )
    ):
        received = ", ".join(f"{name}={value!r}" for name, value in found.items())
        raise InputError(
            f"Signal heads and augmentation need ECG images whose pixels each hold one sample, the same in every "
            f"image. Received: {received}. Leave both out: signal_scales and augment empty."
        )
    return codec


class TimeOrder:
    """Images <-> samples, differentiable in both directions.

    Args:
        codec: Config of an ECG codec with fixed positions, any arrangement and layout.

    Attributes:
        length: Samples of a slice.
        leads: Leads on an image.
        fs: Rate in Hz.
        image_shape: `(height, width, channels)` of a whole image in pixels.

    Raises:
        InputError: The codec has no fixed positions, see `check_fixed`, or its config is not what one wrote.
    """

    def __init__(self, codec: Mapping[str, Any] | None):
        ecg = codec_from_config(check_fixed(codec))
        self.length, self.leads = ecg.position.shape
        self.fs = ecg.fs
        self.image_shape = ecg.full_shape
        position = ecg.position.ravel()
        self._pixels = math.prod(ecg.full_shape)
        # The samples in time order, then the pixels that hold none.
        order = np.concatenate([position, np.setdiff1d(np.arange(self._pixels), position)])
        self._inverse = np.argsort(order)
        # In the arrangement z a reshape does it, and the gradient of a gather is dear.
        self._order = None if np.array_equal(order, np.arange(self._pixels)) else order

    def check_images(self, image_shape: tuple[int, ...]) -> None:
        """Raises `InputError` when images have another shape than the codec's."""
        if tuple(image_shape) != tuple(self.image_shape):
            raise InputError(
                f"The codec must be that of the images. Received: image_shape={tuple(image_shape)!r}, and a codec of "
                f"images {tuple(self.image_shape)}."
            )

    def samples(self, images: Any) -> Any:
        """Returns `(batch, length, leads)` for images `(batch, h, w, channels)`."""
        flat = self._flat(images)[:, : self.length * self.leads]
        return ops.reshape(flat, (-1, self.length, self.leads))

    def images(self, samples: Any, like: Any) -> Any:
        """Returns images with these samples; pixels that hold none are those of `like`.

        Args:
            samples: `(batch, length, leads)`.
            like: Images `(batch, h, w, channels)`.
        """
        used = self.length * self.leads
        flat = ops.reshape(samples, (-1, used))
        if used < self._pixels:
            flat = ops.concatenate([flat, self._flat(like)[:, used:]], axis=1)
        if self._order is not None:
            flat = ops.take(flat, self._inverse, axis=1)
        return ops.reshape(flat, (-1, *self.image_shape))

    def _flat(self, images: Any) -> Any:
        flat = ops.reshape(images, (-1, self._pixels))
        return flat if self._order is None else ops.take(flat, self._order, axis=1)


@keras.saving.register_keras_serializable("ecg_synth")
class Samples(keras.layers.Layer):
    """Images `(batch, h, w, channels)` to samples in time order `(batch, length, leads)`.

    Args:
        codec: Config of an ECG codec with fixed positions; None is refused.
        **kwargs: `name` and `dtype` of `keras.layers.Layer`.

    Raises:
        InputError: The codec has no fixed positions.
    """

    def __init__(self, codec: Mapping[str, Any] | None, **kwargs: Any):
        super().__init__(**kwargs)
        self.codec = codec
        self._time_order = TimeOrder(codec)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Checks that the images are the codec's."""
        self._time_order.check_images(tuple(input_shape[1:]))  # type: ignore[arg-type]
        super().build(input_shape)

    def call(self, images: Any) -> Any:
        """Returns the samples."""
        return self._time_order.samples(images)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Returns `(batch, length, leads)`."""
        return (input_shape[0], self._time_order.length, self._time_order.leads)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), "codec": self.codec}
