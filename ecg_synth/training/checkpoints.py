"""Checkpoints that are whole or not there: weights, both optimizers and the epoch in one folder, by one rename."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecg_synth.errors import InputError
from ecg_synth.files import new_folder
from ecg_synth.models.gan import Gan
from ecg_synth.sources.checksums import sha256_of

WEIGHTS = "model.weights.h5"
STATE = "state.json"
KEEP = 2


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint whose weights agree with its state.

    Attributes:
        path: Its folder.
        epoch: Epochs finished when it was written.
        minutes: Minutes of training until then, over all sittings.
        shapes: `[name, shape]` of every weight of the model, in its own order.
    """

    path: Path
    epoch: int
    minutes: float
    shapes: list[list[Any]]


def save(gan: Gan, folder: Path, epoch: int, minutes: float) -> Path:
    """Writes `epoch-NNNN` into `folder` and removes all but the newest two; arguments and errors are `write`'s."""
    path = write(gan, folder, epoch, minutes)
    keep_only(folder, epochs(folder)[:KEEP])
    return path


def write(gan: Gan, folder: Path, epoch: int, minutes: float) -> Path:
    """Writes `epoch-NNNN` into `folder`.

    Keras's `BackupAndRestore` writes weights and epoch as two files and can be killed between them; here both come
    into being with one rename.

    Args:
        gan: The compiled model.
        folder: The run's `checkpoints` folder, or `best`.
        epoch: Epochs finished.
        minutes: Minutes of training so far.

    Returns:
        The folder of the checkpoint.

    Raises:
        StorageError: The disk is full or the folder is not writable; the checkpoints before stay as they were.
    """
    path = _path(folder, epoch)
    weights = _weights_file(gan)
    state = {
        "epoch": epoch,
        "minutes": minutes,
        "sha256": hashlib.sha256(weights).hexdigest(),
        "shapes": weight_shapes(gan),
    }
    with new_folder(path, overwrite=True) as beside:
        _write(beside / WEIGHTS, weights)
        _write(beside / STATE, json.dumps(state).encode())
    return path


def epochs(folder: Path) -> list[int]:
    """Returns the epochs of the checkpoints in `folder`, damaged ones too, the newest first."""
    return sorted((int(path.name.removeprefix("epoch-")) for path in folder.glob("epoch-*")), reverse=True)


def keep_only(folder: Path, kept: Iterable[int | None]) -> None:
    """Removes the checkpoints of all other epochs from `folder`."""
    for epoch in set(epochs(folder)) - set(kept):
        _remove(_path(folder, epoch))


class _Memory(io.BytesIO):
    """A file in memory whose name Keras accepts."""

    def __str__(self) -> str:
        return WEIGHTS


def _weights_file(gan: Gan) -> bytes:
    # HDF5 that meets a full disk can kill the process; it writes to memory, and plain files report errors plainly.
    memory = _Memory()
    gan.save_weights(memory)
    return memory.getvalue()


def _write(path: Path, content: bytes) -> None:
    with open(path, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def newest(folder: Path) -> Checkpoint | None:
    """Returns the newest checkpoint in `folder` that is whole, or None; warns of every damaged one that it skips."""
    for epoch in epochs(folder):
        try:
            return at(folder, epoch)
        except InputError as error:
            warnings.warn(f"{error} It is skipped for the one before it.", stacklevel=2)
    return None


def at(folder: Path, epoch: int) -> Checkpoint:
    """Returns the checkpoint of one epoch.

    Raises:
        InputError: It is not there, or damaged.
    """
    path = _path(folder, epoch)
    try:
        state = json.loads((path / STATE).read_text(encoding="utf-8"))
        if sha256_of(path / WEIGHTS) == state["sha256"]:
            return Checkpoint(path, int(state["epoch"]), float(state["minutes"]), state["shapes"])
        problem = f"{WEIGHTS} does not have the sha256 that {STATE} states"
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = f"{type(error).__name__}: {error}"
    raise InputError(f"The checkpoint {path} is damaged ({problem}).")


def restore(gan: Gan, checkpoint: Checkpoint) -> None:
    """Loads weights and both optimizers into `gan`, which must be compiled for its optimizers to be there.

    Raises:
        InputError: The checkpoint is of another model.
    """
    weights = checkpoint.path / WEIGHTS
    expected = weight_shapes(gan)
    for index in range(max(len(expected), len(checkpoint.shapes))):
        wanted = _describe(expected, index)
        found = _describe(checkpoint.shapes, index)
        if wanted != found:
            raise InputError(
                f"The checkpoint {weights} is of another model. Expected: {wanted}. Received: {found}. "
                f"Use the configuration that it was trained with, or another run folder."
            )
    try:
        with warnings.catch_warnings():
            # Keras leaves an optimizer that does not fit at its beginning, and only warns.
            warnings.filterwarnings("error", message="Skipping variable loading for optimizer")
            gan.load_weights(weights)
    except (ValueError, KeyError) as error:
        raise InputError(
            f"The checkpoint {weights} does not fit the model or its optimizers: {error} "
            f"Use the configuration that it was trained with, or another run folder."
        ) from error


def sweep(folder: Path) -> None:
    """Removes the unfinished files and folders that a killed run left in `folder` and the folders below it."""
    for pattern in (".*.partial", ".*.old"):
        for left in list(folder.rglob(pattern)):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def weight_shapes(gan: Gan) -> list[list[Any]]:
    """Returns `[name, shape]` of every weight of its networks, in their own order."""
    return [[weight.path, list(weight.shape)] for network in gan.networks for weight in network.weights]


def _describe(shapes: list[list[Any]], index: int) -> str:
    if index >= len(shapes):
        return "no further weight"
    name, shape = shapes[index]
    return f"{name} of shape {tuple(shape)}"


def _path(folder: Path, epoch: int) -> Path:
    return folder / f"epoch-{epoch:04d}"


def _remove(path: Path) -> None:
    # Renamed first: a process killed in the middle of the removal leaves no half checkpoint under a checkpoint's name.
    gone = path.with_name(f".{path.name}.old")
    shutil.rmtree(gone, ignore_errors=True)
    path.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)
