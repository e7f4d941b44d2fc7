"""Packed runs that come with the package, by name: `pretrained:NAME` stands wherever a run folder is asked for.

Nothing here imports TensorFlow, so that a wrong name is refused at once.
"""

from __future__ import annotations

import os
from pathlib import Path

from ecg_synth.errors import InputError

FOLDER = Path(__file__).parent.parent / "pretrained"
PREFIX = "pretrained:"


def pretrained_names() -> tuple[str, ...]:
    """Returns the names of the models that come with the package."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/config.json")))


def place_of(run_dir: str | os.PathLike[str]) -> Path:
    """Returns the folder of a run, or of the packed run that `pretrained:NAME` names.

    Raises:
        InputError: No model of that name comes with the package.
    """
    text = os.fspath(run_dir)
    if not text.startswith(PREFIX):
        return Path(run_dir)
    name = text.removeprefix(PREFIX)
    if name not in pretrained_names():
        raise InputError(
            f"The package comes with the models {', '.join(map(repr, pretrained_names())) or 'none'}. "
            f"Received: {text!r}. Or name a run folder."
        )
    return FOLDER / name
