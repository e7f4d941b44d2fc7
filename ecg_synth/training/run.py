"""The run folder: what was trained, on what, how far, and the model that came out.

config.json        resolved config, versions, and the facts of the training set
metrics.csv        one row an epoch
health.json        what the detectors found in it
tensorboard/       the same for TensorBoard
images/            epoch-0010.png, ..., losses.png
checkpoints/       epoch-0012/{model.weights.h5, state.json}, the newest two
best/              the same of the epoch with the least `frechet`, where that is measured
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ecg_synth._version import __version__
from ecg_synth.config import StopConfig, TrainConfig
from ecg_synth.config_files import from_dict, to_dict
from ecg_synth.data.crops import as_trained
from ecg_synth.data.slice_set import SliceSet
from ecg_synth.errors import InputError
from ecg_synth.files import storage_errors, write_text
from ecg_synth.models.build import build_gan
from ecg_synth.models.gan import Gan
from ecg_synth.training import checkpoints, health_file, metrics_table, stopping
from ecg_synth.training.best import COLUMN, best_epoch
from ecg_synth.training.health import Finding

CONFIG = "config.json"
# A run may be told to train longer, and when to stop.
MAY_CHANGE = ("epochs", "max_minutes", "on_trouble", *(f"stop.{item.name}" for item in dataclasses.fields(StopConfig)))
OTHER_RUN = "Choose another folder, or pass --overwrite to replace it."


@dataclass(frozen=True, eq=False)
class Run:
    """A run folder and what its `config.json` says.

    Attributes:
        path: The folder.
        config: The resolved training config.
        preset: The preset that the config began as, or None.
        data: Facts of the training set: `name`, `origin`, `fingerprint`, `codec`, `class_names`, `image_shape`; codec
            and shape are those of the crops where the run is trained on crops.
    """

    path: Path
    config: TrainConfig
    preset: str | None
    data: dict[str, Any]

    @classmethod
    def create_or_resume(
        cls,
        run_dir: str | os.PathLike[str],
        config: TrainConfig,
        slice_set: SliceSet,
        preset: str | None = None,
        overwrite: bool = False,
        validation: SliceSet | None = None,
    ) -> Run:
        """Returns the run in `run_dir`, a new one where the folder is missing or empty.

        Args:
            run_dir: The folder.
            config: The config to train with; on resuming only `MAY_CHANGE` may differ.
            slice_set: The training set; on resuming its fingerprint must be the same.
            preset: Noted in `config.json`.
            overwrite: Removes the run that stands there and begins anew; never touches a folder that is not a run.
            validation: Images that a classifier is judged on; on resuming their fingerprint must be the same.

        Raises:
            InputError: The folder holds another run, or is not empty and not a run.
            StorageError: The folder cannot be written to.
        """
        path = Path(run_dir)
        run = cls(path, config, preset, _facts(slice_set, config.crop, validation))
        if path.exists() and not path.is_dir():
            raise InputError(f"A run is a folder, but a file stands there. Received: run_dir={str(path)!r}.")
        if path.is_dir() and any(path.iterdir()):
            if not (path / CONFIG).is_file():
                raise InputError(
                    f"The folder is not empty and not a run: it has no {CONFIG}, and nothing in it was changed. "
                    f"Received: run_dir={str(path)!r}. Choose another folder."
                )
            if overwrite:
                run._clear()
            else:
                _check_same(cls.load(path), run)
        checkpoints.sweep(path)
        text = json.dumps(run._describe(), indent=2) + "\n"
        write_text(path / CONFIG, text)
        return run

    @classmethod
    def load(cls, run_dir: str | os.PathLike[str]) -> Run:
        """Returns the run that stands in `run_dir`.

        Raises:
            InputError: There is none, or its `config.json` cannot be read.
        """
        path = Path(run_dir)
        file = path / CONFIG
        if not file.is_file():
            raise InputError(
                f"There is no run: the folder has no {CONFIG}. Received: run_dir={str(path)!r}. "
                f"'ecg-synth train' makes one."
            )
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
            data, values = content["data"], content["config"]
            preset = content["preset"]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{file} is not what training wrote ({type(error).__name__}: {error}).") from None
        return cls(path, from_dict(TrainConfig(), values, str(file)), preset, data)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """`(height, width, channels)` in pixels."""
        height, width, channels = self.data["image_shape"]
        return height, width, channels

    @property
    def checkpoints_dir(self) -> Path:
        """Folder of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def best_dir(self) -> Path:
        """Folder of the best weights."""
        return self.path / "best"

    @property
    def images_dir(self) -> Path:
        """Folder of the sample grids and the loss plot."""
        return self.path / "images"

    @property
    def metrics_path(self) -> Path:
        """The table of metrics."""
        return self.path / "metrics.csv"

    @property
    def health_path(self) -> Path:
        """What the detectors found."""
        return self.path / "health.json"

    def health(self) -> list[Finding]:
        """Returns what the detectors found, in the order in which it was named."""
        return health_file.read(self.health_path)

    def stopped_by(self, epoch: int | None = None) -> str | None:
        """Returns why training was stopped before its last epoch, other than by the clock, or None.

        Args:
            epoch: Looks at the record up to this epoch; default all of it.
        """
        rows = metrics_table.read_rows(self.metrics_path)
        until = len(rows) if epoch is None else epoch
        if self.config.on_trouble == "stop":
            for finding in self.health():
                if finding.named <= until:
                    return str(finding)
        return stopping.reason(metrics_table.to_columns(rows[:until]), self.config.stop)

    def metrics(self) -> dict[str, np.ndarray]:
        """Returns `epoch` and every metric of the model, `d_loss` for example, float64 `(epochs,)` each, by name."""
        return metrics_table.to_columns(metrics_table.read_rows(self.metrics_path))

    def newest_checkpoint(self) -> checkpoints.Checkpoint | None:
        """Returns the newest whole checkpoint, or None; warns of damaged ones."""
        return checkpoints.newest(self.checkpoints_dir)

    def best_checkpoint(self) -> checkpoints.Checkpoint:
        """Returns the checkpoint of the epoch with the least `frechet`.

        Raises:
            InputError: It was never measured, or the checkpoint is damaged.
        """
        epoch = best_epoch(self.metrics())
        if epoch is None:
            raise InputError(
                f"The best weights are kept where {COLUMN} is measured, and this run has no such column in "
                f"{self.metrics_path.name}. Received: run_dir={str(self.path)!r}, best=True. Train with "
                f"--evaluate-every 1, or take the newest weights."
            )
        return checkpoints.at(self.best_dir, epoch)

    def checkpoint(self, best: bool = False) -> checkpoints.Checkpoint:
        """Returns the newest whole checkpoint, or the best.

        Raises:
            InputError: There is none.
        """
        found = self.best_checkpoint() if best else self.newest_checkpoint()
        if found is None:
            raise InputError(
                f"The run has no checkpoint yet. Received: run_dir={str(self.path)!r}. "
                f"Train it for at least {self.config.checkpoint_every} epoch(s)."
            )
        return found

    def load_gan(self, best: bool = False) -> Gan:
        """Returns the compiled model with a checkpoint's weights and optimizers.

        Args:
            best: Takes the epoch with the least `frechet`, and not the newest.

        Raises:
            InputError: There is no such checkpoint, or it is of another model.
        """
        checkpoint = self.checkpoint(best)
        gan = build_gan(
            self.config, self.image_shape, len(self.data["class_names"]), self.data["codec"], self.data.get("bits", 8)
        )
        checkpoints.restore(gan, checkpoint)
        return gan

    def is_finished(self, checkpoint: checkpoints.Checkpoint | None) -> bool:
        """Whether a run that got as far as `checkpoint` is at its last epoch, its time limit or a reason to stop."""
        if checkpoint is None:
            return False
        limit = self.config.max_minutes
        if checkpoint.epoch >= self.config.epochs or (limit and checkpoint.minutes >= limit):
            return True
        return self.stopped_by(checkpoint.epoch) is not None

    def _describe(self) -> dict[str, Any]:
        return {
            "ecg_synth": __version__,
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
            "preset": self.preset,
            "config": to_dict(self.config),
            "data": self.data,
        }

    def _clear(self) -> None:
        # Checkpoints first: a kill in between leaves an old run that has not begun, never one that resumes midway.
        with storage_errors(self.path):
            for name in ("checkpoints", "best", "tensorboard", "images"):
                if (self.path / name).exists():
                    shutil.rmtree(self.path / name)
            self.metrics_path.unlink(missing_ok=True)
            self.health_path.unlink(missing_ok=True)


def _facts(slice_set: SliceSet, crop: int, validation: SliceSet | None) -> dict[str, Any]:
    codec, image_shape = as_trained(slice_set, crop)
    return {
        "name": slice_set.name,
        "origin": slice_set.origin,
        "fingerprint": slice_set.fingerprint,
        "codec": codec,
        "class_names": list(slice_set.class_names),
        "image_shape": list(image_shape),
        "bits": slice_set.bits,
        **({"validation": validation.fingerprint} if validation else {}),
    }


def _check_same(there: Run, received: Run) -> None:
    pairs = [
        ("data.fingerprint", there.data.get("fingerprint"), received.data["fingerprint"]),
        ("data.validation", there.data.get("validation"), received.data.get("validation")),
        *_fields("config", to_dict(there.config), to_dict(received.config)),
    ]
    for name, old, new in pairs:
        if old != new and name.removeprefix("config.") not in MAY_CHANGE:
            raise InputError(
                f"The folder {str(there.path)!r} holds another run: {name} differs. There: {old!r}. "
                f"Received: {new!r}. {OTHER_RUN}"
            )


def _fields(prefix: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name in {**old, **new}:
        left, right = old.get(name), new.get(name)
        if isinstance(left, dict) and isinstance(right, dict):
            yield from _fields(f"{prefix}.{name}", left, right)
        else:
            yield f"{prefix}.{name}", left, right
