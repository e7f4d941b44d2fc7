"""Sampling an exported SavedModel the way a run folder is sampled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import tensorflow as tf

from ecg_synth.codec import codec_from_config
from ecg_synth.data.conditions import CONDITIONS, choices_of
from ecg_synth.errors import InputError
from ecg_synth.sampling.families import family_of
from ecg_synth.sampling.sampler import BLOCK, Sampler
from ecg_synth.serving.export import CARD

FACTS = ("model", "preset", "epoch", "trained_on", "trained_on_origin", "class_names")
NOT_STATED = "not stated"


class SavedSampler(Sampler):
    """A `Sampler` whose blocks a SavedModel computes: the same arguments, errors and bytes.

    Args:
        loaded: What `tf.saved_model.load` gives of a folder that `export_saved_model` wrote.
        card: Its card.
    """

    def __init__(self, loaded: Any, card: dict[str, Any]):
        # The networks are the SavedModel's: there is no `gan`, whose graphs the base class would build.
        tf.Module.__init__(self, name="saved_sampler")
        self.codec = codec_from_config(card["codec"])
        self.class_names = tuple(card["classes"])
        # A card of before there were conditions does not speak of them.
        self.scales = card.get("conditions", {})
        self.family = family_of(self.codec)
        self._loaded = loaded
        self._block = self._saved_block
        self._between = self._saved_between

    @property
    def output_specs(self) -> tuple[tf.TensorSpec, tf.TensorSpec]:
        """See the base class."""
        outputs = self._loaded.signatures["generate"].structured_outputs
        return outputs["image"], outputs[self.family.output or "image"]

    def _saved_block(
        self, seed: tf.Tensor, index: tf.Tensor, labels: tf.Tensor, truncation: tf.Tensor, conditions: tf.Tensor
    ) -> Any:
        named = {"class_name": tf.gather(self.class_names, labels)} if self.class_names else {}
        for (name, scale), column in zip(self.scales.items(), tf.unstack(conditions, axis=1), strict=True):
            choices = tf.constant(["", *choices_of(name, scale)])
            told = tf.cast(tf.where(tf.math.is_nan(column), -1.0, column), tf.int64)
            named[name] = tf.gather(choices, told + 1) if CONDITIONS[name].is_choice else column
        out = self._loaded.generate(
            tf.constant(BLOCK, tf.int64), seed, truncation=truncation, first=index * BLOCK, **named
        )
        return out["image"], out[self.family.output or "image"]

    def _saved_between(
        self, seed: tf.Tensor, end_seed: tf.Tensor, count: tf.Tensor, index: tf.Tensor, *ends: tf.Tensor
    ) -> Any:
        start, end, *labels = ends
        keys = ("start_class", "end_class")
        named = dict(zip(keys, tf.gather(self.class_names, labels), strict=True)) if self.class_names else {}
        if "end_seed" in self._loaded.signatures["interpolate"].structured_input_signature[1]:
            named["end_seed"] = end_seed
        elif end_seed != seed:
            raise InputError(
                f"A SavedModel that was exported before its interpolate took end_seed goes between images of one seed. "
                f"Received: seed={int(seed)}, end_seed={int(end_seed)}. Export it anew."
            )
        out = self._loaded.interpolate(count, seed, start, end, **named)
        rows = slice(int(index) * BLOCK, (int(index) + 1) * BLOCK)
        return out["image"][rows], out[self.family.output or "image"][rows]


def load_saved(path: str | Path) -> tuple[SavedSampler, dict[str, Any]]:
    """Loads a SavedModel of `ecg-synth export`.

    Returns:
        The sampler, and what its card says of the run, under the names that `load_sampler` gives.

    Raises:
        InputError: The folder is no SavedModel, has no card, or cannot be loaded.
    """
    path = Path(path)
    card_file = path / "assets.extra" / CARD
    if not (path / "saved_model.pb").is_file() or not card_file.is_file():
        raise InputError(
            f"A SavedModel of 'ecg-synth export' has saved_model.pb and assets.extra/{CARD}. Received: {str(path)!r}, "
            f"which has not both. Export it anew."
        )
    try:
        card = json.loads(card_file.read_text(encoding="utf-8"))
        sampler = SavedSampler(tf.saved_model.load(str(path)), card)
    # TensorFlow raises its own errors, OSError and AttributeError on damaged files.
    except Exception as error:
        raise InputError(
            f"The SavedModel cannot be loaded ({type(error).__name__}). Received: {str(path)!r}. Export it anew."
        ) from None
    # A run that began at random has no such entry either.
    began = {name: card[name] for name in ("started_from",) if card.get(name)}
    return sampler, {**{name: card.get(name, NOT_STATED) for name in FACTS}, **began}
