"""Where models are, told by names alone: wrong ones are refused before anything is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ecg_synth.errors import InputError
from ecg_synth.models.pretrained import place_of

NO_MODEL = (
    "The page needs a model: --model DIR, a run folder of 'ecg-synth train' or a SavedModel of 'ecg-synth export'. "
    "Received: none. 'ecg-synth demo' trains a small one in about two minutes, without a download; then "
    "'ecg-synth app --model runs/demo/run'."
)


def is_saved_model(path: str | Path) -> bool:
    """Whether the folder is a SavedModel."""
    return (Path(path) / "saved_model.pb").is_file()


def check_places(places: Sequence[str]) -> None:
    """Raises `InputError` where no model is named, or a folder is none."""
    if not places:
        raise InputError(NO_MODEL)
    for place in map(place_of, places):
        if not is_saved_model(place) and not (Path(place) / "config.json").is_file():
            there = "is neither" if Path(place).exists() else "is not there"
            raise InputError(
                f"A model is a run folder of 'ecg-synth train' (it has config.json) or a SavedModel of "
                f"'ecg-synth export' (saved_model.pb). Received: model={str(place)!r}, which {there}."
            )
