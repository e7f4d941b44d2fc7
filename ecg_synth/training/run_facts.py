"""What a run's `config.json` holds of its settings and its data, and whether two of them are of one run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ecg_synth.config import StopConfig, TrainConfig
from ecg_synth.config_files import paired_fields, to_dict
from ecg_synth.data.conditions import Scales
from ecg_synth.data.crops import as_trained
from ecg_synth.data.slice_set import SliceSet
from ecg_synth.errors import InputError

# A run may be told to train longer, when to stop, how often to draw and to save, and how a flow is followed.
MAY_CHANGE = (
    *("epochs", "max_minutes", "on_trouble", "image_every", "checkpoint_every"),
    *("model.steps", "model.solver", "model.schedule", "model.guidance"),
    *(f"stop.{item.name}" for item in dataclasses.fields(StopConfig)),
)


def facts_of(
    slice_set: SliceSet,
    crop: int,
    validation: SliceSet | None,
    started_from: Mapping[str, Any] | None,
    scales: Scales | None = None,
) -> dict[str, Any]:
    """Returns `Run.data` of a run on `slice_set`; see there."""
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
        **({"started_from": dict(started_from)} if started_from else {}),
        **({"conditions": dict(scales)} if scales else {}),
    }


def check_same(
    folder: Path,
    there: tuple[TrainConfig, Mapping[str, Any]],
    received: tuple[TrainConfig, Mapping[str, Any]],
) -> None:
    """Raises `InputError` when the run in `folder` is not the one that was received.

    Args:
        folder: Where it stands.
        there: Its config and data.
        received: The others; `MAY_CHANGE` may differ.
    """
    (old_config, old_data), (config, data) = there, received
    pairs = [
        ("data.fingerprint", old_data.get("fingerprint"), data["fingerprint"]),
        ("data.validation", old_data.get("validation"), data.get("validation")),
        ("data.conditions", old_data.get("conditions"), data.get("conditions")),
        *paired_fields("config", to_dict(old_config), to_dict(config)),
    ]
    for name, old, new in pairs:
        if old != new and name.removeprefix("config.") not in MAY_CHANGE:
            raise InputError(
                f"The folder {str(folder)!r} holds another run: {name} differs. There: {old!r}. "
                f"Received: {new!r}. Choose another folder, or pass --overwrite to replace it."
            )


def is_unfinished(path: Path, name: str) -> bool:
    """Whether a run that was killed while it wrote the file `name` left this: the folder is then as good as empty."""
    return path.name.startswith(f".{name}.") and path.name.endswith(".partial")
