"""Training of the network that tells ink apart, on our own pages; an interrupted one goes on where it was."""

from __future__ import annotations

import dataclasses
import fnmatch
import io
import json
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ecg_synth._version import __version__
from ecg_synth.config import FitDigitizerConfig
from ecg_synth.digitizing.crops import Crops, page_crops
from ecg_synth.digitizing.light import even_light
from ecg_synth.digitizing.network import CLASSES, STRIDE_PX, WIDTHS, build_network
from ecg_synth.digitizing.weights import load_network, save_weights
from ecg_synth.errors import InputError, check_seed
from ecg_synth.files import write_bytes
from ecg_synth.paper.truth import npz_bytes
from ecg_synth.signals.wfdb_folder import list_records

Progress = Callable[[Iterable[int], str], Iterable[int]]
EVENED_UNIT = 200
"""Evened crops are kept as bytes: this is paper."""
KEPT_FOR_JUDGING = 16
CHECKPOINT_S = 60.0
WEIGHTS_OF_INK = (3.0, 3.0, 8.0)
"""A pixel of each class counts so many times: there are thirty times as many without ink, and few pulses."""
LICENSE = "Apache-2.0, as the package"


def fit_digitizer(
    out: str | Path,
    config: FitDigitizerConfig,
    records: str | Path | None = None,
    match: str = "*",
    start: str | Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Draws pages, trains on them, and writes the weights and their card.

    Beside `out` stands OUT.work while it lasts, with the crops and the last checkpoint; the same command goes on there.

    Args:
        out: File to write, .npz.
        config: How many, how long.
        records: Folder of WFDB records with the 12 leads; None simulates them, and needs no data.
        match: Which record names to take, as in a shell.
        start: Weights to start from, a file of this function; None for random ones.
        progress: Wraps numbers, given what they count.

    Returns:
        The card: settings, records, updates, and the F1 of each class on pages that were not trained on.

    Raises:
        InputError: A setting is out of its range, `out` is no .npz, there is no such record, or OUT.work belongs to
            other settings.
        StorageError: The disk is full or the folder not writable.
    """
    out = Path(out)
    _check(config, out)
    names: list[str] = []
    if records is not None:
        if not Path(records).is_dir():
            raise InputError(f"The records must be in a folder. Received: records={str(records)!r}.")
        names = fnmatch.filter(list_records(Path(records), "records"), match)
        if not names:
            raise InputError(f"No record's name is as asked for. Received: match={match!r}.")
    before, before_card = load_network(start) if start else (None, {})
    work = out.with_name(out.name + ".work")
    _claim(work, config, "simulated" if records is None else names, before_card.get("weights_sha256"))
    through: Progress = progress or (lambda numbers, what: numbers)
    parts = []
    for number in through(range(config.pages), "page"):
        parts.append(_page(work, None if records is None else Path(records), names, number, config))
    judged = [part for number, part in enumerate(parts) if number % KEPT_FOR_JUDGING == KEPT_FOR_JUDGING - 1]
    learned = [part for number, part in enumerate(parts) if number % KEPT_FOR_JUDGING != KEPT_FOR_JUDGING - 1]
    trainer = Trainer(_joined(learned), config, work / "checkpoint.npz", before)
    trainer.run(through)
    card = {
        "what": "U-Net of ecg_synth.digitizing.network: trace, text and pulse on ECG paper",
        "license": LICENSE,
        "ecg_synth_version": __version__,
        "made_by": "ecg-synth fit-digitizer",
        "records": "simulated by ecg_synth; no measured ECG" if records is None else f"{len(names)} records, {match}",
        "widths": list(WIDTHS),
        "weights": trainer.network.count_params(),
        "settings": dataclasses.asdict(config),
        "updates": trainer.step,
        "started_from": before_card or None,
        "f1_on_other_pages": f1_scores(trainer.network, _joined(judged)) if judged else {},
    }
    card["weights_sha256"] = save_weights(trainer.network, out, card)
    shutil.rmtree(work)
    return card


class Trainer:
    """Updates a network, and remembers where it was.

    Attributes:
        network: What is trained.
        step: Updates so far.
        seconds: Spent on them.
    """

    def __init__(self, crops: Crops, config: FitDigitizerConfig, checkpoint: Path, start: keras.Model | None = None):
        self.crops, self.config, self.checkpoint = crops, config, checkpoint
        self.network = build_network(seed=config.seed)
        if start is not None:
            self.network.set_weights(start.get_weights())
        self.network.compile(keras.optimizers.Adam(config.learning_rate, clipnorm=1.0), loss=ink_loss)
        self.network.optimizer.build(self.network.trainable_variables)
        self.step, self.seconds = 0, 0.0
        if checkpoint.is_file():
            self._resume()

    @property
    def share_done(self) -> float:
        """From 0 to 1: of the updates, or of the time where that is nearer its end."""
        of_time = self.seconds / (60 * self.config.minutes) if self.config.minutes else 0.0
        return min(1.0, max(self.step / self.config.steps, of_time))

    def run(self, progress: Progress) -> None:
        """Trains to the end, with a checkpoint a minute."""
        saved = self.seconds
        for _ in progress(range(self.step, self.config.steps), "update"):
            if self.share_done >= 1:
                break
            began = time.monotonic()
            self.network.optimizer.learning_rate = (
                self.config.learning_rate * 0.5 * (1 + np.cos(np.pi * self.share_done))
            )
            images, targets = self.batch(self.step)
            self.network.train_on_batch(images, targets)
            self.step += 1
            self.seconds += time.monotonic() - began
            if self.seconds - saved > CHECKPOINT_S:
                self.save()
                saved = self.seconds
        self.save()

    def batch(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns the examples of one update, which depend on its number alone."""
        stream = np.random.default_rng([self.config.seed, step, 9])
        chosen = stream.integers(len(self.crops.images), size=self.config.batch)
        images = np.stack([augment(self.crops.images[k], stream) for k in chosen])
        targets = self.crops.labels[chosen][..., None] == np.arange(1, len(CLASSES) + 1)
        return images, targets.astype(np.float32)

    def save(self) -> None:
        """Writes network, optimizer and place."""
        arrays = {f"n{k:03d}": np.asarray(value) for k, value in enumerate(self.network.get_weights())}
        states = map(keras.ops.convert_to_numpy, self.network.optimizer.variables)
        arrays |= {f"o{k:03d}": value for k, value in enumerate(states)}
        write_bytes(self.checkpoint, npz_bytes({**arrays, "at": np.array([self.step, self.seconds])}))

    def _resume(self) -> None:
        with np.load(io.BytesIO(self.checkpoint.read_bytes())) as archive:
            self.network.set_weights([archive[name] for name in sorted(archive.files) if name[0] == "n"])
            names = sorted(name for name in archive.files if name[0] == "o")
            for variable, name in zip(self.network.optimizer.variables, names, strict=True):
                variable.assign(archive[name].reshape(variable.shape))
            step, self.seconds = archive["at"].tolist()
        self.step = int(step)


def ink_loss(targets: Any, logits: Any) -> Any:
    """Binary cross-entropy of every class, ink weighted by `WEIGHTS_OF_INK`."""
    ops = keras.ops
    losses = ops.softplus(logits) - targets * logits
    more = ops.convert_to_tensor([weight - 1 for weight in WEIGHTS_OF_INK], dtype=losses.dtype)
    return ops.mean(losses * (1 + more * targets))


def augment(evened: np.ndarray, stream: np.random.Generator) -> np.ndarray:
    """Returns an evened crop, bytes of `EVENED_UNIT`, as float32 with other colors, contrast and noise."""
    image = evened.astype(np.float32) / EVENED_UNIT
    if stream.random() < 0.4:
        image = image[..., stream.permutation(3)]
    if stream.random() < 0.25:
        gray = image @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
        image += np.float32(stream.uniform(0.3, 1)) * (gray[..., None] - image)
    # Contrast by color, about paper.
    image = 1 - np.float32(np.exp(stream.normal(0, 0.15))) * (1 - image)
    image *= np.exp(stream.normal(0, 0.03, 3)).astype(np.float32)
    if stream.random() < 0.5:
        grain = stream.standard_normal(image.shape, dtype=np.float32)
        image += np.float32(stream.uniform(0, 0.06)) * grain
    return np.clip(image, 0, 1.25)


def f1_scores(network: keras.Model, crops: Crops) -> dict[str, float]:
    """Returns the F1 of every class over all pixels, a probability of a half deciding."""
    counts = np.zeros((3, len(CLASSES)))
    for first in range(0, len(crops.images), 16):
        part = slice(first, first + 16)
        images = crops.images[part].astype(np.float32) / EVENED_UNIT
        said = np.asarray(network.predict_on_batch(images)) > 0
        there = crops.labels[part][..., None] == np.arange(1, len(CLASSES) + 1)
        counts += [(kind).sum(axis=(0, 1, 2)) for kind in (said & there, said, there)]
    both, found, truly = counts
    return {
        name: round(float(2 * b / max(1.0, f + t)), 4)
        for name, b, f, t in zip(CLASSES, both, found, truly, strict=True)
    }


def _page(work: Path, records: Path | None, names: list[str], number: int, config: FitDigitizerConfig) -> Crops:
    """One page's evened crops, drawn once."""
    file = work / f"page{number:05d}.npz"
    if not file.is_file():
        crops = page_crops(records, names, number, config.crops, config.crop_px, config.seed)
        evened = [even_light(image.astype(np.float32) / 255) for image in crops.images]
        images = np.round(np.stack(evened) * EVENED_UNIT).astype(np.uint8)
        write_bytes(file, npz_bytes({"images": images, "labels": crops.labels}))
    with np.load(io.BytesIO(file.read_bytes())) as archive:
        return Crops(archive["images"], archive["labels"])


def _joined(parts: list[Crops]) -> Crops:
    return Crops(np.concatenate([part.images for part in parts]), np.concatenate([part.labels for part in parts]))


def _claim(work: Path, config: FitDigitizerConfig, records: Any, start: str | None) -> None:
    """Writes down what the unfinished work is, or refuses to go on with another."""
    wanted = json.dumps({"settings": dataclasses.asdict(config), "records": records, "start": start}, indent=1)
    file = work / "settings.json"
    if file.is_file() and file.read_text(encoding="utf-8") != wanted:
        raise InputError(
            f"Unfinished work of other settings stands beside the output. Received: {str(work)!r}. Ask for what its "
            f"settings.json says, remove the folder, or choose another name."
        )
    write_bytes(file, wanted.encode("utf-8"))


def _check(config: FitDigitizerConfig, out: Path) -> None:
    check_seed(config.seed)
    if out.suffix != ".npz":
        raise InputError(f"Weights are written as .npz. Received: out={str(out)!r}.")
    least = {"pages": 1, "crops": 1, "batch": 1, "steps": 1, "minutes": 0}
    for name, low in least.items():
        if getattr(config, name) < low:
            raise InputError(
                f"The digitizer is trained with {name} of at least {low}. Received: {name}={getattr(config, name)!r}."
            )
    if config.crop_px < STRIDE_PX or config.crop_px % STRIDE_PX:
        raise InputError(f"A crop's side must be a multiple of {STRIDE_PX}. Received: crop_px={config.crop_px!r}.")
