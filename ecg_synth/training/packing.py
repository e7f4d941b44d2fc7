"""A run packed to be shared: the weights that samples are drawn from, at half size, without what training needs.

config.json        as in the run
weights.npz        kernels in float16, all else in float32, and in `state` their names and shapes, epoch and minutes

A packed run is drawn from, judged, exported and started from like any other; it cannot go on. A discriminator stays
behind unless it is asked for: what it says of a record tells whether it learnt from it (Hayes et al. 2019, LOGAN).
"""

from __future__ import annotations

import dataclasses
import io
import json
import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ecg_synth.config import FlowGanConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.files import new_folder, write_bytes
from ecg_synth.models.gan import Gan
from ecg_synth.training.checkpoints import Checkpoint, restore

PACKED = "weights.npz"


def pack(
    gan: Gan,
    checkpoint: Checkpoint,
    config: Path,
    out: str | os.PathLike[str],
    overwrite: bool = False,
    discriminator: bool = False,
) -> Path:
    """Writes a packed run.

    Args:
        gan: The model with the checkpoint's weights.
        checkpoint: Where they come from.
        config: The run's `config.json`.
        out: Folder to make.
        overwrite: Replace a packed run that stands there; anything else is never touched.
        discriminator: Packs it too, of a model that has one.

    Returns:
        The folder.

    Raises:
        InputError: The folder is there, and not a packed run or `overwrite` is False.
        StorageError: The disk is full; what stood there is unchanged.
    """
    path = Path(out)
    if overwrite and path.exists() and not is_packed(path):
        raise InputError(f"Only a packed run is replaced. Received: out={str(out)!r}, which is none. Choose another.")
    weights = _weights(gan, discriminator)
    arrays = {str(number): _halved(weight.numpy()) for number, weight in enumerate(weights)}
    state = {"epoch": checkpoint.epoch, "minutes": checkpoint.minutes, "shapes": _shapes(weights)}
    memory = io.BytesIO()
    np.savez_compressed(memory, allow_pickle=False, state=np.array(json.dumps(state)), **arrays)
    with new_folder(path, overwrite) as folder:
        shutil.copyfile(config, folder / config.name)
        write_bytes(folder / PACKED, memory.getvalue())
    return path


def is_packed(folder: Path) -> bool:
    """Whether a packed run stands there."""
    return (folder / PACKED).is_file()


def packed_checkpoint(folder: Path) -> Checkpoint:
    """Returns what a packed run knows of the checkpoint that it was made of; its path is that of the weights.

    Raises:
        InputError: The file is damaged.
    """
    state, _ = _read(folder / PACKED)
    return Checkpoint(folder / PACKED, int(state["epoch"]), float(state["minutes"]), state["shapes"])


def sampled_from(config: TrainConfig) -> TrainConfig:
    """Returns the config of the model that a packed run holds: without the flow that only training looks at."""
    if isinstance(config.model, FlowGanConfig):
        return dataclasses.replace(config, model=dataclasses.replace(config.model, matching=0.0))
    return config


def restored(gan: Gan, folder: Path, checkpoint: Checkpoint) -> Gan:
    """Returns `gan` with the weights of a packed run, or with a checkpoint's weights and optimizers.

    Raises:
        InputError: See `unpack` and `checkpoints.restore`.
    """
    if is_packed(folder):
        unpack(gan, folder)
    else:
        restore(gan, checkpoint)
    return gan


def unpack(gan: Gan, folder: Path) -> None:
    """Gives `gan` the weights of a packed run: of its generator, the averaged one too, and of a discriminator in it.

    Raises:
        InputError: The file is damaged, or of another model.
    """
    state, arrays = _read(folder / PACKED)
    known = (_weights(gan, discriminator) for discriminator in (False, True))
    weights = next((weights for weights in known if _shapes(weights) == state["shapes"]), None)
    if weights is None:
        raise InputError(f"{folder / PACKED} is of another model than its config.json says. Bring both back together.")
    gan.discriminator_known = len(weights) > len(gan.sampling_generator.weights)
    for weight, array in zip(weights, arrays, strict=True):
        weight.assign(array.astype(np.float32))
    if gan.sampling_generator is not gan.generator:
        gan.generator.set_weights(gan.sampling_generator.get_weights())


def _weights(gan: Gan, discriminator: bool) -> list[keras.Variable]:
    networks = [gan.sampling_generator, *([gan.discriminator] if discriminator and gan.has_discriminator else [])]
    return [weight for network in networks for weight in network.weights]


def _shapes(weights: list[keras.Variable]) -> list[list[Any]]:
    return [[weight.path, list(weight.shape)] for weight in weights]


def _halved(array: np.ndarray) -> np.ndarray:
    # Biases, scales and statistics are few, and 16 bits hold no statistic beyond 65,504.
    fits = array.ndim > 1 and np.abs(array).max(initial=0.0) < np.finfo(np.float16).max
    return array.astype(np.float16) if fits else array.astype(np.float32)


def _read(file: Path) -> tuple[dict[str, Any], list[np.ndarray]]:
    try:
        with np.load(file, allow_pickle=False) as stored:
            state = json.loads(str(stored["state"]))
            return state, [stored[str(number)] for number in range(len(state["shapes"]))]
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{file} is not the weights of a packed run ({type(error).__name__}: {error}). Pack the run again."
        ) from None
