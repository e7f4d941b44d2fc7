"""Random crops: training on windows of longer prepared slices, other ones in every epoch.

Images are decoded in the graph, a window is cut out of each, and it is encoded again as a slice of its own. A sample
keeps its value to one level, and with 8 bits exactly: with the adapted range its level falls by as many levels as the
window's minimum lies above the slice's.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import tensorflow as tf

from ecg_synth.codec import EcgImageCodec, codec_from_config
from ecg_synth.codec.variants import varied
from ecg_synth.data.graph_decode import GraphDecoder
from ecg_synth.data.graph_encode import GraphEncoder
from ecg_synth.data.slice_set import SliceSet
from ecg_synth.errors import InputError


class Cropper(tf.Module):
    """Images of prepared slices -> images of windows.

    Args:
        config: Config of the codec that the slices were prepared with.
        crop: Samples a window.

    Attributes:
        codec: The codec of the windows: the prepared one with `length=crop` and its default image shape.

    Raises:
        InputError: The images are no ECGs, `crop` is not between 1 and the slices' length, or the codec's arrangement
            follows R peaks.
    """

    def __init__(self, config: dict[str, Any], crop: int):
        super().__init__(name="cropper")
        prepared = codec_from_config(config)
        if not isinstance(prepared, EcgImageCodec):
            raise InputError(
                f"Only slices of an ECG can be cropped. Received: crop={crop}, and other data. Use crop=0."
            )
        if not 1 <= crop <= prepared.length:
            raise InputError(
                f"A crop must lie within a slice. Received: crop={crop}, and slices of {prepared.length} samples. "
                f"Choose 1 to {prepared.length}, 0 for whole slices, or prepare longer slices with --length."
            )
        if prepared.domain.needs_fit:
            raise InputError(
                f"A window can be cut out of samples in time alone. Received: crop={crop}, and slices of the domain "
                f"{prepared.domain.name!r}. Use crop=0."
            )
        self.crop = crop
        self.room = prepared.length - crop
        self.codec = varied(prepared, length=crop, image_shape=None, stride=0, align="none")
        self._encoder = GraphEncoder(self.codec)
        self._decoder = GraphDecoder(prepared)
        self._no_offset = tf.zeros((1, len(prepared.stored_leads)))

    def starts(self, count: int, seed: int, epoch: tf.Tensor) -> tf.Tensor:
        """Returns int32 (count,): where the window of each image of the set begins in this epoch."""
        # Another stream than that of the order, which has the same seed and epoch.
        key = tf.random.experimental.stateless_fold_in(tf.stack([tf.constant(seed, tf.int64), epoch]), 1)
        return tf.random.stateless_uniform((count,), key, maxval=self.room + 1, dtype=tf.int32)

    def __call__(self, images: tf.Tensor, starts: tf.Tensor) -> tf.Tensor:
        """Cuts a window out of each image.

        Args:
            images: (batch, *full_shape) of the prepared codec's type.
            starts: int32 (batch,): first sample of each window.

        Returns:
            (batch, *full_shape) of `codec`'s type.
        """
        signal_mv = self._decoder(images, self._no_offset)
        windows = tf.gather(signal_mv, starts[:, None] + tf.range(self.crop), axis=1, batch_dims=1)
        # In float64, so that whole levels stay whole.
        return self._encoder(tf.cast(windows, tf.float64))[0]


def as_trained(slice_set: SliceSet, crop: int) -> tuple[dict[str, Any], tuple[int, int, int]]:
    """Returns the codec's config and the image's shape of what is trained on: whole slices, or windows of them.

    Raises:
        InputError: The set cannot be cropped so.
    """
    if not crop:
        return slice_set.codec, slice_set.image_shape
    codec = Cropper(slice_set.codec, crop).codec
    return codec.get_config(), codec.full_shape


def windows(slice_set: SliceSet, crop: int, seed: int) -> SliceSet:
    """Returns a set with one window of each slice, the same for the same seed; the set itself where `crop` is 0.

    Raises:
        InputError: The set cannot be cropped so.
    """
    if not crop:
        return slice_set
    cropper = Cropper(slice_set.codec, crop)
    starts = cropper.starts(len(slice_set), seed, tf.constant(0, tf.int64))
    images = cropper(tf.constant(slice_set.images), starts).numpy()
    return dataclasses.replace(slice_set, images=images, codec=cropper.codec.get_config(), fingerprint="")
