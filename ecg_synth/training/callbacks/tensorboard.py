"""The metrics of every epoch as TensorBoard reads them.

`keras.callbacks.TensorBoard` and `tf.summary.scalar` need the package `tensorboard`, which TensorFlow 2.21 no longer
brings along. Writing needs only TensorFlow; `pip install tensorboard` is for those who look.
"""

from __future__ import annotations

import contextlib
import errno
import math
from collections.abc import Iterator
from pathlib import Path

import keras
import tensorflow as tf

from ecg_synth.files import storage_errors

# `DATA_CLASS_SCALAR` of TensorBoard's summary.proto, which TensorFlow exports no name for.
SCALAR = 1
# `DATA_CLASS_BLOB_SEQUENCE`, that of images.
BLOB = 3


class WriteTensorBoard(keras.callbacks.Callback):
    """Writes one scalar a metric after every epoch, and the grid of images where one was drawn.

    Args:
        folder: The log directory to point TensorBoard at.
        images_dir: Where `DrawImages` leaves its grids; it must come earlier in the list of callbacks.
    """

    def __init__(self, folder: Path, images_dir: Path):
        super().__init__()
        self.folder = folder
        self.images_dir = images_dir

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Opens a new event file; a resumed run adds one."""
        with _disk_errors(self.folder):
            self._writer = tf.summary.create_file_writer(str(self.folder))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Writes and flushes, so that a killed run loses nothing."""
        kind = _kind(SCALAR, "scalars")
        grid = self.images_dir / f"epoch-{epoch + 1:04d}.png"
        with _disk_errors(self.folder), self._writer.as_default():
            for name, value in (logs or {}).items():
                if math.isnan(value):  # not measured in this epoch
                    continue
                tf.summary.write(name, tf.constant(float(value), tf.float32), step=epoch + 1, metadata=kind)
            if grid.is_file():
                # As the image plugin has it: width, height, and the files.
                content = grid.read_bytes()
                height, width = tf.io.decode_png(content).shape[:2]
                value = tf.constant([str(width).encode(), str(height).encode(), content])
                tf.summary.write("images", value, step=epoch + 1, metadata=_kind(BLOB, "images"))
            self._writer.flush()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Closes the event file."""
        self._writer.close()


def _kind(data_class: int, plugin: str) -> tf.compat.v1.SummaryMetadata:
    kind = tf.compat.v1.SummaryMetadata(data_class=data_class)
    kind.plugin_data.plugin_name = plugin
    return kind


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    with storage_errors(folder):
        try:
            yield
        except tf.errors.ResourceExhaustedError as error:
            raise OSError(errno.ENOSPC, str(error)) from error
        except tf.errors.PermissionDeniedError as error:
            raise OSError(errno.EACCES, str(error)) from error
