"""The SavedModel: generates and decodes in a process that has TensorFlow and not this package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from ecg_synth._version import __version__
from ecg_synth.files import new_folder
from ecg_synth.sampling.sampler import BLOCK, MAX_COUNT, Sampler

CARD = "ecg_synth.json"
DRAW = -1
"""As a label: the classes take turns."""


def export_saved_model(sampler: Sampler, facts: dict[str, Any], out: str | Path, overwrite: bool = False) -> Path:
    """Writes a SavedModel; the same arguments give the same bytes as the `Sampler` does.

    `generate(count, seed)` gives `image` (count, height, width, channels) and what is decoded from it: `signal_mv`
    float32 (count, length, leads) in mV of ECGs, `row` float64 (count, columns) of a table's images, nothing more of
    pictures. A model with classes takes `generate(count, seed, label)` and gives `label` int64 (count,) as well: one
    label for all, one an image, or -1, where the classes take turns; the card names them in order.

    `interpolate(count, seed, start, end)`, with classes `interpolate(count, seed, start, end, start_label,
    end_label)`, goes from image `start` of the seed to image `end`. `decode(image)` gives what is decoded; a model of
    pictures has none. All arguments are int64; scalars may also be sent as arrays of one element, as REST clients do.

    Args:
        sampler: A trained generator with its codec.
        facts: What is known of the run (preset, training set, origin ...), written into the card.
        out: The folder to make.
        overwrite: Replace a folder that stands there.

    Returns:
        `out`; `assets.extra/ecg_synth.json` in it is the card: codec, classes, signatures, origin, audit.

    Raises:
        InputError: `out` is not empty and `overwrite` is False.
        StorageError: The disk is full; what stood there is unchanged.
    """
    archive = keras.export.ExportArchive()
    archive.track(sampler.gan.sampling_generator)
    graphs = _Graphs(sampler)
    labels = ["label"] if sampler.class_names else []
    ends = ["start_label", "end_label"] if sampler.class_names else []
    for name, function, arguments in (
        ("generate", graphs.generate, ["count", "seed", *labels]),
        ("interpolate", graphs.interpolate, ["count", "seed", "start", "end", *ends]),
    ):
        signature = [tf.TensorSpec(None, tf.int64, name=argument) for argument in arguments]
        archive.add_endpoint(name, function, input_signature=signature)
    if sampler.family.output:
        image = sampler.output_specs[0]
        spec = tf.TensorSpec((None, *image.shape[1:]), image.dtype, name="image")
        archive.add_endpoint("decode", graphs.decode, input_signature=[spec])
    with new_folder(out, overwrite) as folder:
        archive.write_out(str(folder), verbose=False)
        extra = folder / "assets.extra"
        extra.mkdir()
        (extra / CARD).write_text(json.dumps(model_card(sampler, facts), indent=2) + "\n", encoding="utf-8")
    return Path(out)


class _Graphs:
    """The signatures' functions; their arguments are int64."""

    def __init__(self, sampler: Sampler):
        self.sampler = sampler
        self.n_classes = len(sampler.class_names)

    def generate(self, count: tf.Tensor, seed: tf.Tensor, label: tf.Tensor | None = None) -> dict[str, tf.Tensor]:
        count, seed = tf.reshape(count, ()), tf.reshape(seed, ())
        asked = tf.reshape(DRAW if label is None else label, (-1,))
        rules = [*_count_and_seed(count, seed, 1), *self._labels_exist(asked, DRAW)]
        one_or_all = (tf.size(asked) == 1) | (tf.size(asked, out_type=tf.int64) == count)
        rules.append(tf.debugging.Assert(one_or_all, ["label must be one, or one an image. Received: label=", asked]))
        with tf.control_dependencies(rules):
            n_blocks = (count + BLOCK - 1) // BLOCK
        number = tf.range(n_blocks * BLOCK)
        labels = tf.gather(tf.cast(asked, tf.int64), tf.minimum(number, tf.size(asked, out_type=tf.int64) - 1))
        labels = tf.where(labels == DRAW, number % self.n_classes if self.n_classes else labels, labels)
        by_block = tf.reshape(labels, (n_blocks, BLOCK))
        outputs = self._blocks(lambda index: self.sampler.block(seed, index, by_block[index]), n_blocks, count)
        return {**outputs, "label": labels[:count]} if self.n_classes else outputs

    def interpolate(
        self,
        count: tf.Tensor,
        seed: tf.Tensor,
        start: tf.Tensor,
        end: tf.Tensor,
        start_label: tf.Tensor | None = None,
        end_label: tf.Tensor | None = None,
    ) -> dict[str, tf.Tensor]:
        count, seed, start, end = (tf.reshape(value, ()) for value in (count, seed, start, end))
        rules = _count_and_seed(count, seed, 2)
        in_range = (tf.minimum(start, end) >= 0) & (tf.maximum(start, end) < MAX_COUNT)
        text = f"start and end must be from 0 to {MAX_COUNT - 1}. Received: "
        rules.append(tf.debugging.Assert(in_range, [text, start, end]))
        labels = [tf.constant(DRAW, tf.int64)] * 2
        if self.n_classes:
            labels = [tf.reshape(value, ()) for value in (start_label, end_label)]
            for value in labels:
                rules += self._labels_exist(value, 0)
        with tf.control_dependencies(rules):
            n_blocks = (count + BLOCK - 1) // BLOCK
        return self._blocks(
            lambda index: self.sampler.between(seed, count, index, start, end, *labels), n_blocks, count
        )

    def decode(self, image: tf.Tensor) -> dict[str, tf.Tensor]:
        return {str(self.sampler.family.output): self.sampler.family.decoder(image)}

    def _labels_exist(self, labels: tf.Tensor, lowest: int) -> list[Any]:
        if not self.n_classes:
            return []
        known = (tf.reduce_min(labels) >= lowest) & (tf.reduce_max(labels) < self.n_classes)
        text = f"a label must be from {lowest} to {self.n_classes - 1}. Received: label="
        return [tf.debugging.Assert(known, [text, labels])]

    def _blocks(self, draw: Any, n_blocks: tf.Tensor, count: tf.Tensor) -> dict[str, tf.Tensor]:
        specs = tuple(self.sampler.output_specs)
        parts = tf.map_fn(draw, tf.range(n_blocks), fn_output_signature=specs, parallel_iterations=1)
        names = ("image", self.sampler.family.output)
        return {
            name: tf.reshape(part, (-1, *spec.shape[1:]))[:count]
            for name, part, spec in zip(names, parts, specs, strict=True)
            if name
        }


def _count_and_seed(count: tf.Tensor, seed: tf.Tensor, least: int) -> list[Any]:
    return [
        tf.debugging.Assert(
            (count >= least) & (count <= MAX_COUNT),
            [f"count must be from {least} to {MAX_COUNT}. Received: count=", count],
        ),
        tf.debugging.Assert((seed >= 0) & (seed < 2**32), ["seed must be from 0 to 4294967295. Received: seed=", seed]),
    ]


def model_card(sampler: Sampler, facts: dict[str, Any]) -> dict[str, Any]:
    """Returns what a user of the SavedModel must know, as JSON can write it."""
    image, family = sampler.output_specs[0], sampler.family
    outputs = {"image": f"{image.dtype.name} (count, {', '.join(map(str, image.shape[1:]))})"}
    if family.output:
        outputs[family.output] = family.meaning
    number = f"int64, 0 to {MAX_COUNT - 1}: number of an image of the seed"
    generate = {"count": f"int64, 1 to {MAX_COUNT}", "seed": "int64, 0 to 4294967295"}
    interpolate = {**generate, "count": f"int64, 2 to {MAX_COUNT}", "start": number, "end": number}
    if sampler.class_names:
        named = ", ".join(f"{label} {name}" for label, name in enumerate(sampler.class_names))
        generate["label"] = f"int64, one or one an image: {named}; -1: the classes take turns. Comes back as int64"
        interpolate.update(start_label=f"int64: {named}", end_label=f"int64: {named}")
    signatures = {"generate": {**generate, **outputs}, "interpolate": {**interpolate, **outputs}}
    if family.output:
        signatures["decode"] = {name: "as generate gives it" for name in outputs}
    return {
        "origin": "synthetic",
        "notice": "Made by a neural network, not recorded from a patient. Not for clinical use.",
        "privacy_audit": "none: nobody has checked yet what this model leaks of its training data",
        "ecg_synth_version": __version__,
        "signatures": signatures,
        "classes": list(sampler.class_names),
        "codec": sampler.codec.get_config(),
        **facts,
    }
