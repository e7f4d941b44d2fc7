"""Batches whose order follows from the seed and the epoch alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ecg_synth.data.slice_set import SliceSet
from ecg_synth.errors import InputError

if TYPE_CHECKING:
    import tensorflow as tf


def steps_per_epoch(slice_set: SliceSet, batch_size: int) -> int:
    """Returns the number of whole batches in the set.

    Raises:
        InputError: There is not one.
    """
    if batch_size < 1:
        raise InputError(f"A batch must hold at least 1 image. Received: batch_size={batch_size!r}.")
    if len(slice_set) < batch_size:
        raise InputError(
            f"The training set must hold at least one batch. Received: {len(slice_set)} images in "
            f"{slice_set.name!r}, batch_size={batch_size}. Lower --batch-size to {len(slice_set)} or less, or "
            f"prepare more records."
        )
    return len(slice_set) // batch_size


def epoch_batches(
    slice_set: SliceSet,
    batch_size: int,
    seed: int,
    initial_epoch: int,
    epochs: int,
    labels: np.ndarray | None = None,
    crop: int = 0,
    parts: int = 1,
    replicas: int = 1,
) -> tf.data.Dataset:
    """Returns the batches of epochs `initial_epoch` to `epochs - 1`, one epoch after the other.

    Epoch k holds the same batches whether training begins at 0 or at k. The images that do not fill a batch are left
    out, others in every epoch. To be used with `fit(steps_per_epoch=steps_per_epoch(...), initial_epoch=...)`.

    Args:
        slice_set: The images; they stay in host memory once, whatever the number of epochs.
        batch_size: Images a batch.
        seed: Seed of the order.
        initial_epoch: First epoch, from 0.
        epochs: Where to stop.
        labels: What a batch holds beside each image, `(n, ...)`: its class, or the conditions that a model is told.
        crop: Samples of a random window of each slice; 0 takes the images as they are.
        parts: Parts that a step cuts its batch into, one after the other.
        replicas: Devices that share each part of a batch equally: one batch becomes as many elements of the dataset.

    Returns:
        A dataset of images `(batch_size / replicas, height, width, channels)` of the set's own type, and with labels of
        pairs with `(batch_size / replicas, ...)`.

    Raises:
        InputError: The set is smaller than one batch, or cannot be cropped so.
    """
    import tensorflow as tf

    from ecg_synth.data.crops import Cropper

    steps = steps_per_epoch(slice_set, batch_size)
    size = batch_size // replicas
    with tf.device("/CPU:0"):
        images = tf.constant(slice_set.images)
        cropper = Cropper(slice_set.codec, crop) if crop else None

        def batches_of(epoch: tf.Tensor) -> tf.data.Dataset:
            key = tf.stack([tf.constant(seed, tf.int64), epoch])
            order = tf.random.experimental.stateless_shuffle(tf.range(len(slice_set)), key)
            shared = tf.reshape(order[: steps * batch_size], (steps, parts, replicas, -1))
            order = tf.reshape(tf.transpose(shared, (0, 2, 1, 3)), (-1, size))
            starts = tf.gather(cropper.starts(len(slice_set), seed, epoch), order) if cropper else order
            return tf.data.Dataset.from_tensor_slices((order, starts))

        indices = tf.data.Dataset.range(initial_epoch, epochs).flat_map(batches_of)
        others = None if labels is None else tf.constant(labels)
        shape = (size, *(cropper.codec.full_shape if cropper else slice_set.image_shape))

        def pick(chosen: tf.Tensor, starts: tf.Tensor) -> Any:
            batch = tf.gather(images, chosen)
            batch = tf.ensure_shape(cropper(batch, starts) if cropper else batch, shape)
            if others is None:
                return batch
            return batch, tf.ensure_shape(tf.gather(others, chosen), (size, *others.shape[1:]))

        return indices.map(pick).prefetch(2)
