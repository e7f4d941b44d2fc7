"""The functions behind a SavedModel's signatures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from ecg_synth.data.graph_encode import GraphEncoder
from ecg_synth.models.losses import NonSaturatingLoss
from ecg_synth.models.scaling import to_unit
from ecg_synth.sampling.checks import MAX_COUNT
from ecg_synth.sampling.sampler import BLOCK, Sampler
from ecg_synth.serving import graph_rules as rules
from ecg_synth.serving.graph_conditions import GraphConditions

RESPONSE_BYTES = 2**28
"""What one answer may hold; whoever wants more asks again, with the number of the next image."""
DRAW = -1

Outputs = dict[str, tf.Tensor]


class Graphs:
    """What each signature does, in blocks, so that memory is bounded by the answer and not by the work.

    Args:
        sampler: A trained generator with its codec.
        encoder: Slices -> images; None where a graph cannot.

    Attributes:
        max_count: How many images one answer holds at most.
    """

    def __init__(self, sampler: Sampler, encoder: GraphEncoder | None):
        self.sampler = sampler
        self.encoder = encoder
        self.n_classes = len(sampler.class_names)
        self.classes = rules.ClassNames(sampler.class_names)
        self.conditions = GraphConditions(sampler.scales)
        self.image_shape = tuple(sampler.output_specs[0].shape[1:])
        a_slice = sum(spec.dtype.size * (spec.shape.num_elements() or 0) for spec in sampler.output_specs) // BLOCK
        self.max_count = min(MAX_COUNT, max(BLOCK, RESPONSE_BYTES // a_slice))

    def generate(
        self,
        count: tf.Tensor,
        seed: tf.Tensor,
        class_name: tf.Tensor,
        truncation: tf.Tensor,
        first: tf.Tensor,
        conditions: Mapping[str, tf.Tensor],
    ) -> Outputs:
        """Draws images `first` to `first + count - 1` of a seed."""
        count, seed, truncation, first = (tf.reshape(value, ()) for value in (count, seed, truncation, first))
        more = " For more, ask again with another first."
        checks = [
            rules.check_number("count", count, 1, self.max_count, more),
            rules.check_seed(seed),
            rules.check_truncation(truncation),
            rules.check_number("first", first, 0, rules.MAX_FIRST),
            *self.conditions.checks(conditions, count),
        ]
        asked = tf.reshape(class_name, (-1,))
        labels = self.classes.labels(asked) if self.n_classes else tf.constant([DRAW], tf.int64)
        if self.n_classes:
            size = tf.size(asked, out_type=tf.int64)
            text = "class_name must be one, or one an image. Received: this many, and count="
            checks += [
                rules.holds((size == 1) | (size == count), text, size, count),
                self.classes.check("class_name", asked, labels),
            ]
        with tf.control_dependencies(checks):
            start = first // BLOCK
            n_blocks = (first + count - 1) // BLOCK - start + 1
        number = start * BLOCK + tf.range(n_blocks * BLOCK)
        last = tf.size(labels, out_type=tf.int64) - 1
        labels = tf.gather(labels, tf.clip_by_value(number - first, 0, last))
        labels = tf.where(labels == DRAW, number % self.n_classes if self.n_classes else labels, labels)
        by_block = tf.reshape(labels, (n_blocks, BLOCK))
        told = self.conditions.values(conditions, number - first)
        told = tf.reshape(told, (n_blocks, BLOCK, len(self.sampler.scales)))
        outputs = self._blocks(
            lambda block: self.sampler.block(seed, start + block, by_block[block], truncation, told[block]), n_blocks
        )
        wanted = slice(first - start * BLOCK, first - start * BLOCK + count)
        outputs = {name: values[wanted] for name, values in outputs.items()}
        return {**outputs, "label": labels[wanted]} if self.n_classes else outputs

    def interpolate(
        self,
        count: tf.Tensor,
        seed: tf.Tensor,
        start: tf.Tensor,
        end: tf.Tensor,
        start_class: tf.Tensor,
        end_class: tf.Tensor,
        end_seed: tf.Tensor,
    ) -> Outputs:
        """Goes from image `start` of a seed to image `end` of another, or of the same."""
        count, seed, start, end, end_seed = (tf.reshape(value, ()) for value in (count, seed, start, end, end_seed))
        checks = [
            rules.check_number("count", count, 2, self.max_count),
            rules.check_seed(seed),
            rules.check_end_seed(end_seed),
            rules.check_number("start", start, 0, MAX_COUNT - 1),
            rules.check_number("end", end, 0, MAX_COUNT - 1),
        ]
        labels = [tf.constant(DRAW, tf.int64)] * 2
        if self.n_classes:
            labels = []
            # The end is of the start's class unless it is given another, as in `Sampler.interpolate`.
            for argument, asked, turn in (
                ("start_class", start_class, start),
                ("end_class", tf.where(tf.equal(end_class, ""), start_class, end_class), end),
            ):
                one = tf.reshape(asked, (1,))
                found = self.classes.labels(one)
                checks.append(self.classes.check(argument, one, found))
                labels.append(tf.where(found[0] == DRAW, turn % self.n_classes, found[0]))
        with tf.control_dependencies(checks):
            n_blocks = (count + BLOCK - 1) // BLOCK
        last_seed = tf.where(tf.equal(end_seed, rules.SAME_SEED), seed, end_seed)
        outputs = self._blocks(
            lambda block: self.sampler.between(seed, last_seed, count, block, start, end, *labels), n_blocks
        )
        return {name: values[:count] for name, values in outputs.items()}

    def decode(self, image: tf.Tensor, offset: tf.Tensor | None = None) -> Outputs:
        """Decodes images, centered, or back to absolute values with the offsets that `encode` gave."""
        image = self._image(image)
        output = str(self.sampler.family.output)
        decoder: Any = self.sampler.family.decoder
        if offset is None:
            return _by_block(lambda images: {output: decoder(images)}, image)
        offset = rules.checked_shape("offset", offset, offset.shape[1:], "in mV")
        text = "offset must hold finite numbers in mV, one row an image. Received: rows="
        same = tf.equal(tf.shape(offset)[0], tf.shape(image)[0]) & tf.reduce_all(tf.math.is_finite(offset))
        with tf.control_dependencies([rules.holds(same, text, tf.shape(offset)[0])]):
            offset = tf.identity(offset)
        return _by_block(lambda images, offsets: {output: decoder(images, offsets)}, image, offset)

    def encode(self, signal_mv: tf.Tensor) -> Outputs:
        """Encodes slices."""
        signal_mv = rules.checked_shape("signal_mv", signal_mv, signal_mv.shape[1:], "in mV")
        text = "signal_mv must be finite: drop slices with NaN. Received: numbers that are not finite="
        strange = tf.reduce_sum(tf.cast(~tf.math.is_finite(signal_mv), tf.int64))
        with tf.control_dependencies([rules.holds(tf.equal(strange, 0), text, strange)]):
            signal_mv = tf.identity(signal_mv)
        encoder: Any = self.encoder
        return _by_block(lambda slices: dict(zip(("image", "offset"), encoder(slices), strict=True)), signal_mv)

    def classify(self, image: tf.Tensor) -> Outputs:
        """Asks the discriminator."""
        return _by_block(lambda images: judged(self.sampler.gan, images), self._image(image))

    def _image(self, image: tf.Tensor) -> tf.Tensor:
        return rules.checked_shape("image", image, self.image_shape, self.sampler.output_specs[0].dtype.name)

    def _blocks(self, draw: Callable[[tf.Tensor], Any], n_blocks: tf.Tensor) -> Outputs:
        specs = tuple(self.sampler.output_specs)
        parts = tf.map_fn(draw, tf.range(n_blocks), fn_output_signature=specs, parallel_iterations=1)
        names = ("image", self.sampler.family.output)
        return {
            name: tf.reshape(part, (-1, *spec.shape[1:]))
            for name, part, spec in zip(names, parts, specs, strict=True)
            if name
        }


def judged(gan: Any, images: tf.Tensor) -> Outputs:
    """Returns what a GAN's discriminator says of grey levels `(n, h, w, channels)`.

    Returns:
        `score` float32 (n,): its answer, the mean over its heads, higher is more like real ones. Of a discriminator
        that is told the class, (n, n_classes): its answer were the image said to be of each class. `source`, of the
        same shape and only where the loss is a cross-entropy: the probability of being real, against this generator's
        images, as many of both. `class_probability` float32 (n, n_classes), where the discriminator has a class head.
    """
    unit = to_unit(images)
    told_class = len(gan.discriminator.inputs) > 1
    if told_class:
        one_hot = tf.eye(gan.n_classes)
        answers = [
            gan.judge(unit, tf.repeat(one_hot[label : label + 1], tf.shape(unit)[0], axis=0))
            for label in range(gan.n_classes)
        ]
    else:
        answers = [gan.judge(unit)]

    def stacked(values: Sequence[tf.Tensor]) -> tf.Tensor:
        means = [tf.reduce_mean(tf.cast(value, tf.float32), axis=-1) for value in values]
        return tf.stack(means, axis=1) if told_class else means[0]

    found = {"score": stacked([answer.source for answer in answers])}
    if isinstance(gan.gan_loss, NonSaturatingLoss):
        found["source"] = stacked([tf.sigmoid(tf.cast(answer.source, tf.float32)) for answer in answers])
    if answers[0].classes is not None:
        found["class_probability"] = tf.nn.softmax(tf.cast(answers[0].classes, tf.float32))
    return found


def _by_block(work: Callable[..., Outputs], *values: tf.Tensor) -> Outputs:
    """Works on `BLOCK` rows at a time, the last ones filled up with zeros: an answer depends on its row alone."""
    count = tf.shape(values[0])[0]
    n_blocks = (count + BLOCK - 1) // BLOCK
    rows = []
    for value in values:
        filled = tf.pad(value, [(0, n_blocks * BLOCK - count), *[(0, 0)] * (len(value.shape) - 1)])
        rows.append(tf.reshape(filled, (-1, BLOCK, *value.shape[1:])))
    probe = tf.function(work, autograph=False).get_concrete_function(
        *(tf.TensorSpec((BLOCK, *value.shape[1:]), value.dtype) for value in values)
    )
    specs = {name: tf.TensorSpec(out.shape, out.dtype) for name, out in probe.structured_outputs.items()}
    parts = tf.map_fn(lambda block: work(*block), tuple(rows), fn_output_signature=specs, parallel_iterations=1)
    return {name: tf.reshape(part, (-1, *specs[name].shape[1:]))[:count] for name, part in parts.items()}
