"""Sampling a trained generator, the one way that Python, the command line and the SavedModel share.

Images are drawn in blocks of a fixed size: block b of a seed always holds the same latents and is always computed
whole. So image k of a seed and a class has the same bytes however many are asked for, and memory stays bounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from ecg_synth.data.conditions import Scales
from ecg_synth.data.slice_set import UNKNOWN_LABEL
from ecg_synth.errors import InputError, check_seed
from ecg_synth.sampling.checks import check_count, check_truncation, check_way
from ecg_synth.sampling.classes import Classes, ClassPlan, label_of
from ecg_synth.sampling.conditions import ConditionPlan, Conditions
from ecg_synth.sampling.families import family_of
from ecg_synth.sampling.interpolate import slerp

BLOCK = 64


class Samples(NamedTuple):
    """Some generated images.

    Attributes:
        images: Grey levels (n, height, width, channels), of the type of the training images; (n, 0) of strips.
        decoded: What the codec makes of them: of ECGs float32 (n, length, leads) in mV, of a table's images float64
            (n, columns), of pictures the images themselves.
        labels: int64 (n,): index into the sampler's `class_names`; -1 in a model without classes, and between two.
    """

    images: np.ndarray
    decoded: np.ndarray
    labels: np.ndarray


class Sampler(tf.Module):
    """A generator with its codec: seeds in, images and what they mean out.

    Args:
        gan: A trained `ecg_synth.models.Gan`.
        codec: The codec of the images it was trained on.
        class_names: The classes of a conditional model, in the order of its labels.

    Raises:
        InputError: The names are not as many as the model's classes.

    Attributes:
        scales: The conditions that the model is told, and the range of each; see `ecg_synth.data.conditions`.
    """

    def __init__(self, gan: Any, codec: Any, class_names: Sequence[str] = ()):
        super().__init__(name="sampler")
        if len(class_names) != gan.n_classes:
            raise InputError(
                f"A sampler needs a name for each class of its model. "
                f"Received: class_names={tuple(class_names)!r}, gan.n_classes={gan.n_classes}."
            )
        self.gan = gan
        self.codec = codec
        self.class_names = tuple(class_names)
        self.scales: Scales = {name: dict(scale) for name, scale in gan.scales.items()}
        self.family = family_of(codec)
        one, block, real = (tf.TensorSpec(*spec) for spec in (((), "int64"), ((BLOCK,), "int64"), ((), "float32")))
        told = tf.TensorSpec((BLOCK, len(self.scales)), "float32")
        self._block = tf.function(self.block, input_signature=[one, one, block, real, told], autograph=False)
        self._between = tf.function(self.between, input_signature=[one] * 8, autograph=False)

    @property
    def facts(self) -> dict[str, Any]:
        """What the files that hold its samples say of the way they were drawn, beside the run's facts."""
        return {}

    @property
    def output_specs(self) -> tuple[tf.TensorSpec, tf.TensorSpec]:
        """Shapes and types of a block's images and of what is decoded from them."""
        images, decoded = self._block.get_concrete_function().structured_outputs
        return tf.TensorSpec(images.shape, images.dtype), tf.TensorSpec(decoded.shape, decoded.dtype)

    def latents(self, seed: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        """Returns the latents of block `index` of `seed`, float32 (BLOCK, latent_dim)."""
        return tf.random.stateless_normal((BLOCK, self.gan.latent_dim), tf.stack([seed, index]))

    def block(
        self, seed: tf.Tensor, index: tf.Tensor, labels: tf.Tensor, truncation: tf.Tensor, conditions: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Draws block `index` of `seed`: images and what is decoded from them.

        Args:
            seed: int64 scalar.
            index: int64 scalar.
            labels: int64 (BLOCK,); not looked at in a model without classes.
            truncation: float32 scalar that the latents are multiplied by.
            conditions: float32 (BLOCK, conditions), NaN where one is not told.
        """
        classes = tf.one_hot(labels, self.gan.n_classes) if self.gan.n_classes else None
        if self.scales:
            classes = self.gan.told(conditions)
        # A product with 1 keeps every bit.
        images = self.gan.generate(truncation * self.latents(seed, index), classes)
        return images, self.family.decoder(images)

    def between(
        self,
        seed: tf.Tensor,
        end_seed: tf.Tensor,
        count: tf.Tensor,
        index: tf.Tensor,
        start: tf.Tensor,
        end: tf.Tensor,
        start_label: tf.Tensor,
        end_label: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Draws block `index` of `count` images from `start` of `seed` to `end` of `end_seed`; int64 scalars all."""
        step = tf.cast(index * BLOCK + tf.range(BLOCK, dtype=tf.int64), tf.float32)
        shares = tf.minimum(step / tf.cast(count - 1, tf.float32), 1.0)
        first_latent = self.latents(seed, start // BLOCK)[start % BLOCK]
        last_latent = self.latents(end_seed, end // BLOCK)[end % BLOCK]
        classes = None
        if self.gan.n_classes:
            first, last = (tf.one_hot(label, self.gan.n_classes) for label in (start_label, end_label))
            classes = (1.0 - shares[:, None]) * first + shares[:, None] * last
        if self.scales:
            classes = self.gan.told(tf.fill((BLOCK, len(self.scales)), float("nan")))
        images = self.gan.generate(slerp(first_latent, last_latent, shares), classes)
        return images, self.family.decoder(images)

    def iter_blocks(
        self,
        count: int,
        seed: int,
        classes: Classes = None,
        truncation: float = 1.0,
        conditions: Conditions = None,
    ) -> Iterator[Samples]:
        """Yields `count` images, block by block, the last one cut to what is left.

        Args:
            count: How many.
            seed: Seed of the latents, and of the classes where they are drawn.
            classes: Of a conditional model: one class; shares by class, from which each image's class is drawn; a list
                of one class an image; or None, where the classes take turns.
            truncation: What latents are multiplied by, from 0 to 2. 1 leaves them; below it images come nearer to the
                model's middle: cleaner, and less varied. It is the temperature of Kingma and Dhariwal 2018
                (arXiv:1807.03039), the deviation of the latents, and does what the truncation of Brock et al. 2019
                (arXiv:1809.11096, 3.1), which draws large latents anew, does.
            conditions: Of a model with conditions: `{"heart_rate": 60, "age": (50, 90), "sex": "female"}`; a tuple is a
                range that each image's value is drawn from, a list has one an image, and what is left out is not told.

        Raises:
            InputError: `count`, `seed` or `truncation` is out of range, or `classes` or `conditions` do not fit the
                model.
        """
        told = self.iter_told(count, seed, classes, truncation, conditions)
        return (samples for samples, _ in told)

    def iter_told(
        self,
        count: int,
        seed: int,
        classes: Classes = None,
        truncation: float = 1.0,
        conditions: Conditions = None,
    ) -> Iterator[tuple[Samples, np.ndarray]]:
        """Yields the blocks of `iter_blocks`, and of each what `told` returns; arguments and errors are theirs."""
        check_count(count), check_seed(seed)
        scale = tf.constant(check_truncation(truncation), tf.float32)
        plan = ClassPlan(classes, self.class_names, count, seed, BLOCK)
        asked = ConditionPlan(conditions, self.scales, count, seed, BLOCK)
        for index in range(-(-count // BLOCK)):
            labels, told = plan.labels(index), asked.values(index)
            images, decoded = self._block(_int64(seed), _int64(index), _int64(labels), scale, tf.constant(told))
            left = count - index * BLOCK
            yield Samples(images.numpy()[:left], decoded.numpy()[:left], labels[:left]), told[:left]

    def sample(
        self,
        count: int,
        seed: int,
        classes: Classes = None,
        truncation: float = 1.0,
        conditions: Conditions = None,
    ) -> Samples:
        """Returns `count` images at once; arguments and errors are those of `iter_blocks`."""
        return _joined(self.iter_blocks(count, seed, classes, truncation, conditions))

    def told(self, count: int, seed: int, conditions: Conditions = None) -> np.ndarray:
        """Returns what the model is told of each of `count` images, float32 (count, conditions), NaN where nothing is.

        Arguments and errors are those of `iter_blocks`; the columns are in the order of `scales`.
        """
        plan = ConditionPlan(conditions, self.scales, check_count(count), check_seed(seed), BLOCK)
        return np.concatenate([plan.values(index) for index in range(-(-count // BLOCK))])[:count]

    def interpolate(
        self,
        count: int,
        seed: int,
        start: int = 0,
        end: int = 1,
        start_class: str | None = None,
        end_class: str | None = None,
        end_seed: int | None = None,
    ) -> Samples:
        """Returns `count` images on the way from one generated image to another, both included.

        Latents go along the sphere, class probabilities straight. With `start == end`, one seed and two classes only
        the class changes. Conditions are not told.

        Args:
            count: How many, at least 2.
            seed: Seed of the latents to begin at.
            start: Number of the image to begin at: the first is what `sample(..., seed, start_class)` has there.
            end: Number of the image to arrive at.
            start_class: Class of a conditional model to begin at; None is the one whose turn it is at `start`.
            end_class: Class to arrive at; None is `start_class`, and where that is None the one whose turn it is.
            end_seed: Seed whose image `end` is arrived at; None is `seed`.

        Raises:
            InputError: A number is out of range, or a class does not fit the model.
        """
        end_seed = seed if end_seed is None else end_seed
        check_way(count, start, end)
        check_seed(seed), check_seed(end_seed)
        ends = self._end_label(start_class, start), self._end_label(end_class or start_class, end)
        blocks = []
        for index in range(-(-count // BLOCK)):
            images, decoded = self._between(*(_int64(x) for x in (seed, end_seed, count, index, start, end, *ends)))
            blocks.append(Samples(images.numpy(), decoded.numpy(), np.full(BLOCK, UNKNOWN_LABEL, np.int64)))
        found = Samples(*(field[:count] for field in _joined(blocks)))
        found.labels[[0, -1]] = ends
        if ends[0] == ends[1]:
            found.labels[:] = ends[0]
        return found

    def _end_label(self, name: str | None, number: int) -> int:
        if name is not None:
            return label_of(name, self.class_names)
        return number % len(self.class_names) if self.class_names else UNKNOWN_LABEL


def _int64(value: Any) -> tf.Tensor:
    return tf.constant(value, tf.int64)


def _joined(blocks: Any) -> Samples:
    return Samples(*(np.concatenate(field) for field in zip(*blocks, strict=True)))
