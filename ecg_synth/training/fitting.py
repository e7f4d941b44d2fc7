"""Whether data and settings fit each other, asked before a run begins; the answer says what to prepare."""

from __future__ import annotations

from ecg_synth.config import TrainConfig
from ecg_synth.data.classes import check_labels
from ecg_synth.data.slice_set import UNKNOWN_LABEL, SliceSet
from ecg_synth.errors import InputError
from ecg_synth.models.presets import PRESETS
from ecg_synth.models.registry import MODELS

_PREPARE = {
    "ecg": "Prepare ECGs, for example with --source ptbxl",
    "table": "Prepare a table: --source thyroid",
    "picture": "Prepare pictures: --source images",
}


def check_fits(config: TrainConfig, slice_set: SliceSet, preset: str | None = None) -> None:
    """Compares what a preset is made for, and a model with classes needs, with the training set.

    Args:
        config: The settings, as the preset, a file and flags made them.
        slice_set: The images, with the classes to train on already chosen.
        preset: Name of the preset that the settings began as, where they began as one.

    Raises:
        InputError: The images are of another kind or have other channels than the preset takes, or a model with
            classes is given data with fewer than two, or with images of unknown class.
    """
    family = slice_set.codec.get("codec", "ecg")
    facts = PRESETS.get(preset) if preset else None
    if facts is not None and facts.codec not in ("", family):
        raise InputError(
            f"The preset {preset!r} is for images of the codec {facts.codec!r}. "
            f"Received: {slice_set.name!r}, images of the codec {family!r}. {_PREPARE[facts.codec]}, or choose "
            f"another preset; 'ecg-synth presets' lists them."
        )
    channels = slice_set.image_shape[-1]
    if facts is not None and facts.channels not in (0, channels):
        leads = "as many leads in channels of their own, for example --leads i ii iii"
        remedy = leads if family == "ecg" else f"--channels {facts.channels}"
        raise InputError(
            f"The preset {preset!r} is for images of {facts.channels} channels. "
            f"Received: {slice_set.name!r}, images of {channels} channel(s). Prepare {remedy}, or choose another "
            f"preset."
        )
    model = MODELS[config.model.name]
    if model.conditional:
        known = sorted(set(slice_set.labels.tolist()) - {UNKNOWN_LABEL})
        listed = ", ".join(slice_set.class_names[label] for label in known) or "none"
        model.check_classes(len(known), f" in {slice_set.name!r}: {listed}")
        check_labels(slice_set)
