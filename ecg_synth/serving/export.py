"""The SavedModel: generates and decodes in a process that has TensorFlow and not this package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from ecg_synth._version import __version__
from ecg_synth.files import new_folder
from ecg_synth.serving.sampler import BLOCK, MAX_COUNT, Sampler

CARD = "ecg_synth.json"


def export_saved_model(sampler: Sampler, facts: dict[str, Any], out: str | Path, overwrite: bool = False) -> Path:
    """Writes a SavedModel with two signatures.

    `generate(count int64, seed int64)` gives `image` (count, height, width, channels) of the codec's type and
    `signal_mv` float32 (count, length, leads) in mV; the same seed gives the same bytes as `Sampler.sample`.
    `decode(image)` gives `signal_mv`. Both scalars may also be sent as arrays of one element, as REST clients do.

    Args:
        sampler: A trained generator with its codec.
        facts: What is known of the run (preset, training set, origin ...), written into the card.
        out: The folder to make.
        overwrite: Replace a folder that stands there.

    Returns:
        `out`; `assets.extra/ecg_synth.json` in it is the card: codec, leads, units, origin, audit.

    Raises:
        InputError: `out` is not empty and `overwrite` is False.
        StorageError: The disk is full; what stood there is unchanged.
    """
    codec = sampler.codec
    archive = keras.export.ExportArchive()
    archive.track(sampler.gan.sampling_generator)

    def generate(count: tf.Tensor, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        count, seed = tf.reshape(count, ()), tf.reshape(seed, ())
        rules = [
            tf.debugging.Assert(
                (count >= 1) & (count <= MAX_COUNT), [f"count must be from 1 to {MAX_COUNT}. Received: count=", count]
            ),
            tf.debugging.Assert(
                (seed >= 0) & (seed < 2**32), ["seed must be from 0 to 4294967295. Received: seed=", seed]
            ),
        ]
        with tf.control_dependencies(rules):
            n_blocks = (count + BLOCK - 1) // BLOCK
        images, signal_mv = tf.map_fn(
            lambda index: sampler.block(seed, index),
            tf.range(n_blocks),
            fn_output_signature=(
                tf.TensorSpec((BLOCK, *codec.full_shape), codec.dtype),
                tf.TensorSpec((BLOCK, codec.length, len(codec.leads)), tf.float32),
            ),
            parallel_iterations=1,
        )
        return {
            "image": tf.reshape(images, (-1, *codec.full_shape))[:count],
            "signal_mv": tf.reshape(signal_mv, (-1, codec.length, len(codec.leads)))[:count],
        }

    def decode(image: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"signal_mv": sampler.decoder(image)}

    scalar = tf.TensorSpec(None, tf.int64)
    archive.add_endpoint(
        "generate",
        generate,
        input_signature=[
            tf.TensorSpec(scalar.shape, scalar.dtype, name="count"),
            tf.TensorSpec(scalar.shape, scalar.dtype, name="seed"),
        ],
    )
    image_spec = tf.TensorSpec((None, *codec.full_shape), codec.dtype, name="image")
    archive.add_endpoint("decode", decode, input_signature=[image_spec])
    with new_folder(out, overwrite) as folder:
        archive.write_out(str(folder), verbose=False)
        extra = folder / "assets.extra"
        extra.mkdir()
        (extra / CARD).write_text(json.dumps(model_card(sampler, facts), indent=2) + "\n", encoding="utf-8")
    return Path(out)


def model_card(sampler: Sampler, facts: dict[str, Any]) -> dict[str, Any]:
    """Returns what a user of the SavedModel must know, as JSON can write it."""
    codec = sampler.codec
    return {
        "origin": "synthetic",
        "notice": "Made by a neural network, not recorded from a patient. Not for clinical use.",
        "privacy_audit": "none: nobody has checked yet what this model leaks of its training data",
        "ecg_synth_version": __version__,
        "signatures": {
            "generate": {
                "count": f"int64, 1 to {MAX_COUNT}",
                "seed": "int64, 0 to 4294967295",
                "image": f"{codec.dtype} (count, {', '.join(map(str, codec.full_shape))})",
                "signal_mv": f"float32 (count, {codec.length}, {len(codec.leads)}) in mV, median at 0 where centered",
            },
            "decode": {"image": f"{codec.dtype}, as generate gives it", "signal_mv": "float32, as generate gives it"},
        },
        "codec": codec.get_config(),
        **facts,
    }
