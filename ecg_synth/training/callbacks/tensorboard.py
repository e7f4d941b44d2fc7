"""The metrics of every epoch as TensorBoard reads them.

`keras.callbacks.TensorBoard` and `tf.summary.scalar` need the package `tensorboard`, which TensorFlow 2.21 no longer
brings along. Writing needs only TensorFlow; `pip install tensorboard` is for those who look.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

import keras
import tensorflow as tf

from ecg_synth.files import storage_errors

# `DATA_CLASS_SCALAR` of TensorBoard's summary.proto, which TensorFlow exports no name for.
SCALAR = 1


class WriteTensorBoard(keras.callbacks.Callback):
    """Writes one scalar a metric after every epoch.

    Args:
        folder: The log directory to point TensorBoard at.
    """

    def __init__(self, folder: Path):
        super().__init__()
        self.folder = folder

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Opens a new event file; a resumed run adds one."""
        with _disk_errors(self.folder):
            self._writer = tf.summary.create_file_writer(str(self.folder))

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Writes and flushes, so that a killed run loses nothing."""
        kind = tf.compat.v1.SummaryMetadata(data_class=SCALAR)
        kind.plugin_data.plugin_name = "scalars"
        with _disk_errors(self.folder), self._writer.as_default():
            for name, value in (logs or {}).items():
                tf.summary.write(name, tf.constant(float(value), tf.float32), step=epoch + 1, metadata=kind)
            self._writer.flush()

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Closes the event file."""
        self._writer.close()


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    with storage_errors(folder):
        try:
            yield
        except tf.errors.ResourceExhaustedError as error:
            raise OSError(errno.ENOSPC, str(error)) from error
        except tf.errors.PermissionDeniedError as error:
            raise OSError(errno.EACCES, str(error)) from error
