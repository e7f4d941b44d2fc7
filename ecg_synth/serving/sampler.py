"""Sampling a trained generator, the one way that Python, the command line and the SavedModel share.

Slices are drawn in blocks of a fixed size: block b of a seed always holds the same latents and is always computed
whole. So slice k of a seed has the same bytes however many slices are asked for, and memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from ecg_synth.codec import EcgImageCodec, codec_from_config
from ecg_synth.data.graph_decode import GraphDecoder
from ecg_synth.errors import InputError, check_seed

BLOCK = 64
MAX_COUNT = 1_000_000


def check_count(count: int) -> int:
    """Returns `count` when it is an integer from 1 to `MAX_COUNT`; raises `InputError` otherwise."""
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_COUNT:
        raise InputError(f"A count must be an integer from 1 to {MAX_COUNT}. Received: count={count!r}.")
    return count


class Sampler(tf.Module):
    """A generator with its codec: seeds in, images and mV out.

    Args:
        gan: A trained `ecg_synth.models.Gan`.
        codec: The codec of the slices it was trained on.
    """

    def __init__(self, gan: Any, codec: EcgImageCodec):
        super().__init__(name="sampler")
        self.gan = gan
        self.codec = codec
        self.decoder = GraphDecoder(codec)
        self._block = tf.function(
            self.block, input_signature=[tf.TensorSpec((), tf.int64), tf.TensorSpec((), tf.int64)], autograph=False
        )

    def block(self, seed: tf.Tensor, index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Draws block `index` of `seed`: images (BLOCK, *codec.full_shape), float32 (BLOCK, length, leads) in mV."""
        latents = tf.random.stateless_normal((BLOCK, self.gan.latent_dim), tf.stack([seed, index]))
        images = self.gan.generate(latents)
        return images, self.decoder(images)

    def iter_blocks(self, count: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yields images and signals of `count` slices, block by block, the last one cut to what is left.

        Raises:
            InputError: `count` or `seed` is out of range.
        """
        check_count(count), check_seed(seed)
        for index in range(-(-count // BLOCK)):
            images, signal_mv = self._block(tf.constant(seed, tf.int64), tf.constant(index, tf.int64))
            left = count - index * BLOCK
            yield images.numpy()[:left], signal_mv.numpy()[:left]

    def sample(self, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns images (count, *codec.full_shape) of the codec's type and float32 (count, length, leads) in mV.

        Raises:
            InputError: `count` or `seed` is out of range.
        """
        blocks = list(self.iter_blocks(count, seed))
        return np.concatenate([images for images, _ in blocks]), np.concatenate([signal for _, signal in blocks])


def load_sampler(run_dir: str | Path) -> tuple[Sampler, dict[str, Any]]:
    """Loads the newest checkpoint of a run folder.

    Returns:
        The sampler, and what is known of the run: model, preset, epoch, trained_on, trained_on_origin, class_names.

    Raises:
        InputError: There is no such run, it has no whole checkpoint, or the checkpoint is another model's.
    """
    from ecg_synth.training.run import Run

    run = Run.load(run_dir)
    gan = run.load_gan()
    checkpoint = run.newest_checkpoint()
    facts = {
        "model": run.config.model.name,
        "preset": run.preset,
        "epoch": checkpoint.epoch if checkpoint else 0,
        "trained_on": run.data["name"],
        "trained_on_origin": run.data["origin"],
        "class_names": run.data["class_names"],
    }
    codec = codec_from_config(run.data["codec"])
    if not isinstance(codec, EcgImageCodec):
        raise InputError(
            f"Only a model of ECG images gives signals. Received: run_dir={str(run_dir)!r}, trained on "
            f"{run.data['name']}. Take its images with Run.load(run_dir).load_gan().sample(count, seed), and decode "
            f"them with codec_from_config(run.data['codec'])."
        )
    return Sampler(gan, codec), facts
