"""The run folder: what was trained, on what, how far, and the model that came out.

config.json        resolved config, versions, and the facts of the training set
metrics.csv        one row an epoch
health.json        what the detectors found in it
tensorboard/       the same for TensorBoard
images/            epoch-0010.png, ..., losses.png
checkpoints/       epoch-0012/{model.weights.h5, state.json}, the newest two
best/              the same of the epoch with the least `frechet`, where that is measured

A packed run (`ecg_synth.training.packing`) has config.json and weights.npz alone.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ecg_synth._version import __version__
from ecg_synth.config import TrainConfig
from ecg_synth.config_files import from_dict, to_dict
from ecg_synth.data.conditions import Scales
from ecg_synth.data.slice_set import SliceSet
from ecg_synth.errors import InputError
from ecg_synth.files import storage_errors, write_text
from ecg_synth.models.build import build_gan
from ecg_synth.models.gan import Gan
from ecg_synth.models.pretrained import place_of
from ecg_synth.training import checkpoints, health_file, metrics_table, stopping
from ecg_synth.training.best import COLUMN, best_epoch
from ecg_synth.training.health import Finding
from ecg_synth.training.packing import is_packed, pack, packed_checkpoint, restored, sampled_from
from ecg_synth.training.run_facts import check_same, facts_of, is_unfinished

CONFIG = "config.json"
CHECKPOINTS = "checkpoints"


@dataclass(frozen=True, eq=False)
class Run:
    """A run folder and what its `config.json` says.

    Attributes:
        path: The folder.
        config: The resolved training config.
        preset: The preset that the config began as, or None.
        data: Facts of the training set: `name`, `origin`, `fingerprint`, `codec`, `class_names`, `image_shape`, `bits`,
            where a classifier judges the run, `validation`, that set's fingerprint, where its weights began as
            another run's, `started_from`, what that was trained on, and of a model told conditions `conditions`, what
            the set has of each, in numbers of all slices together. Codec and shape are those of the crops where the
            run is trained on crops.
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
        started_from: Mapping[str, Any] | None = None,
        scales: Scales | None = None,
    ) -> Run:
        """Returns the run in `run_dir`, a new one where the folder is missing or empty.

        Args:
            run_dir: The folder.
            config: The config to train with; on resuming only `run_facts.MAY_CHANGE` may differ.
            slice_set: The training set; on resuming its fingerprint must be the same.
            preset: Noted in `config.json`.
            overwrite: Removes the run that stands there and begins anew; never touches a folder that is not a run.
            validation: Images that a classifier is judged on; on resuming their fingerprint must be the same.
            started_from: `provenance` of the run whose weights this one begins with; a run that is there keeps its own.
            scales: What the training set has of the conditions that the model is told; on resuming it must be the same.

        Raises:
            InputError: The folder holds another run, or is not empty and not a run.
            StorageError: The folder cannot be written to.
        """
        path = Path(run_dir)
        run = cls(path, config, preset, facts_of(slice_set, config.crop, validation, started_from, scales))
        if path.exists() and not path.is_dir():
            raise InputError(f"A run is a folder, but a file stands there. Received: run_dir={str(path)!r}.")
        if path.is_dir() and not all(is_unfinished(item, CONFIG) for item in path.iterdir()):
            if not (path / CONFIG).is_file():
                raise InputError(
                    f"The folder is not empty and not a run: it has no {CONFIG}, and nothing in it was changed. "
                    f"Received: run_dir={str(path)!r}. Choose another folder."
                )
            if is_packed(path):
                raise InputError(
                    f"A packed run has no optimizers to go on with. Received: run_dir={str(path)!r}. Choose another "
                    f"folder, and begin with its weights: --start-from {path}."
                )
            if overwrite:
                run._clear()
            else:
                there = cls.load(path)
                check_same(path, (there.config, there.data), (config, run.data))
                run.data.update({name: there.data[name] for name in ("started_from",) if name in there.data})
        checkpoints.sweep(path)
        text = json.dumps(run._describe(), indent=2) + "\n"
        write_text(path / CONFIG, text)
        return run

    @classmethod
    def load(cls, run_dir: str | os.PathLike[str]) -> Run:
        """Returns the run that stands in `run_dir`, or that `pretrained:NAME` names.

        Raises:
            InputError: There is none, or its `config.json` cannot be read.
        """
        path = place_of(run_dir)
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
            raise InputError(
                f"{file} is not what training wrote ({type(error).__name__}: {error}). Bring it back from a copy, or "
                f"train in another folder."
            ) from None
        return cls(path, from_dict(TrainConfig(), values, str(file)), preset, data)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """`(height, width, channels)` in pixels."""
        height, width, channels = self.data["image_shape"]
        return height, width, channels

    @property
    def checkpoints_dir(self) -> Path:
        """Folder of the checkpoints."""
        return self.path / CHECKPOINTS

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
        if is_packed(self.path):
            return packed_checkpoint(self.path)
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

    def provenance(self) -> dict[str, Any]:
        """Returns what a run that starts from this one's weights has to tell of them."""
        kept = ("name", "origin", "fingerprint", "started_from")
        return {"preset": self.preset, **{name: self.data[name] for name in kept if name in self.data}}

    def load_gan(self, best: bool = False) -> Gan:
        """Returns the compiled model with a checkpoint's weights and optimizers.

        Args:
            best: Takes the epoch with the least `frechet`, and not the newest.

        Raises:
            InputError: There is no such checkpoint, or it is of another model.
        """
        checkpoint, data = self.checkpoint(best), self.data
        config = sampled_from(self.config) if is_packed(self.path) else self.config
        told = len(data["class_names"]), data["codec"], data.get("bits", 8), data.get("conditions")
        return restored(build_gan(config, self.image_shape, *told), self.path, checkpoint)

    def pack(
        self, out: str | os.PathLike[str], best: bool = False, overwrite: bool = False, discriminator: bool = False
    ) -> Run:
        """Writes the weights that samples are drawn from to a folder of their own; see `ecg_synth.training.packing`.

        Args:
            out: Folder to make.
            best: Takes the epoch with the least `frechet`, and not the newest.
            overwrite: Replace a packed run that stands there.
            discriminator: Packs it too; it tells what it learnt from.

        Raises:
            InputError: There is no such checkpoint, or the folder is there.
            StorageError: The disk is full.
        """
        config = self.path / CONFIG
        return Run.load(pack(self.load_gan(best), self.checkpoint(best), config, out, overwrite, discriminator))

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
            for name in (CHECKPOINTS, "best", "tensorboard", "images"):
                if (self.path / name).exists():
                    shutil.rmtree(self.path / name)
            self.metrics_path.unlink(missing_ok=True)
            self.health_path.unlink(missing_ok=True)
