"""The base of every GAN: two networks, two optimizers, one step, and saving that forgets nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf
from keras import ops

from ecg_synth.errors import InputError
from ecg_synth.models import average
from ecg_synth.models.augment import Augmentation
from ecg_synth.models.generative import Generative
from ecg_synth.models.losses import GanLoss, NonSaturatingLoss
from ecg_synth.models.penalties import Penalty, answer_and_slope, squared_slope
from ecg_synth.models.saving import SavedWhole
from ecg_synth.models.scaling import to_unit
from ecg_synth.models.seeds import Seeds, step_seeds


class Judgement(NamedTuple):
    """What a discriminator says of some images.

    Attributes:
        source: float32 logits `(batch, heads)`: real or generated.
        classes: float32 logits `(batch, n_classes)` of a class head; None where there is none.
    """

    source: Any
    classes: Any = None


@keras.saving.register_keras_serializable("ecg_synth")
class Gan(SavedWhole, Generative):
    """A generator and a discriminator that train each other.

    The noise of a step follows from `(seed, number of the step)` alone and the number of the step is a weight, so a
    restored model goes on with the noise it would have drawn. A class-conditional model makes its images for the
    classes of the batch of real images, so that the discriminator sees the same classes on both sides.

    Args:
        generator: Built network from latents `(batch, latent_dim)`, and where `n_classes` is not 0 from latents and
            class probabilities `(batch, n_classes)`, to float32 images `(batch, h, w, channels)` in [-1, 1].
        discriminator: Built network from such images to float32 logits `(batch, heads)`; a subclass may have another
            that its `judge` knows.
        latent_dim: Length of the noise vector.
        n_classes: Classes that images are generated for; 0 where the model knows none.
        ema: Decay a step of the averaged generator that samples are drawn from; 0 for none.
        seed: Seed of the noise.
        bits: Bits a level of the images that it trains on and generates: 8 (uint8) or 16 (uint16).
        **kwargs: `name` and `dtype` of `keras.Model`. Under `mixed_float16` both losses are scaled.

    Raises:
        InputError: The networks do not fit each other, `latent_dim` or `n_classes`, `ema` is not within [0, 1), or
            the seed is outside its range.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        latent_dim: int,
        n_classes: int = 0,
        ema: float = 0.0,
        seed: int = 0,
        bits: int = 8,
        **kwargs: Any,
    ):
        super().__init__(generator, latent_dim, n_classes, ema, seed, bits, **kwargs)
        _check_discriminator(generator, discriminator)
        self.discriminator = discriminator
        self.steps = self.add_weight(name="steps", shape=(), dtype="int64", initializer="zeros", trainable=False)
        self._means = {name: keras.metrics.Mean(name=name) for name in self.metric_names}
        self.built = True

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Both losses, the shares judged rightly of real and of generated images, and the gradients' lengths."""
        return "d_loss", "g_loss", "d_real", "d_fake", "d_grad", "g_grad"

    def compile(
        self,
        d_optimizer: keras.optimizers.Optimizer,
        g_optimizer: keras.optimizers.Optimizer,
        loss: GanLoss | None = None,
        penalties: Sequence[Penalty] = (),
        d_steps: int = 1,
        augment: Augmentation | None = None,
        **kwargs: Any,
    ) -> None:
        """Gives the model what it needs to train, and builds both optimizers.

        Args:
            d_optimizer: Optimizer of the discriminator; wrapped in a `LossScaleOptimizer` under `mixed_float16`.
            g_optimizer: Optimizer of the generator; another object, likewise wrapped.
            loss: Adversarial loss; `NonSaturatingLoss()` when None.
            penalties: What the discriminator's slope costs it.
            d_steps: Updates of the discriminator for one of the generator; a batch is cut into as many parts.
            augment: What happens to real and generated images before the discriminator sees them in training.
            **kwargs: `run_eagerly`, `steps_per_execution` and `jit_compile` of `keras.Model.compile`.

        Raises:
            InputError: Both optimizers are one object: its moments would belong to two networks; or `d_steps` is not
                positive.
        """
        if d_optimizer is g_optimizer:
            raise InputError(
                f"Each network needs an optimizer of its own. Received: one object twice, {d_optimizer!r}."
            )
        if d_steps < 1:
            raise InputError(f"The discriminator must be updated at least once a step. Received: {d_steps=}.")
        super().compile(optimizer=None, **kwargs)
        # Keras scales the loss of `self.optimizer` alone.
        self.d_optimizer = self._scaled(d_optimizer)
        self.g_optimizer = self._scaled(g_optimizer)
        self.gan_loss = NonSaturatingLoss() if loss is None else loss
        self.penalties = list(penalties)
        self.d_steps = d_steps
        self.augment = augment
        # Built now, so that a checkpoint restored before the first step finds both optimizers' variables.
        for optimizer, network in (
            (self.d_optimizer, self.discriminator),
            (self.g_optimizer, self.generator),
        ):
            if not optimizer.built:
                optimizer.build(network.trainable_variables)
        self._gan_compile_kwargs = dict(kwargs)

    def _scaled(self, optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
        if self.dtype_policy.compute_dtype != "float16":
            return optimizer
        if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            return optimizer
        return keras.optimizers.LossScaleOptimizer(optimizer)

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The means over an epoch, of `metric_names`."""
        return list(self._means.values())

    def judge(self, images: Any, classes: Any = None, training: bool = False) -> Judgement:
        """Returns what the discriminator says of float32 images in [-1, 1], `(batch, h, w, channels)`.

        Args:
            images: Real or generated.
            classes: Which class each is said to be, `(batch, n_classes)`; None in a model without classes.
            training: Whether batch statistics are the batch's own.
        """
        return Judgement(self.discriminator(images, training=training))

    def discriminator_loss(self, real: Judgement, fake: Judgement, classes: Any) -> Any:
        """Returns what the discriminator lowers, penalties apart: scalar float32."""
        return self.gan_loss.discriminator_loss(real.source, fake.source)

    def generator_loss(self, real: Judgement | None, fake: Judgement, classes: Any) -> Any:
        """Returns what the generator lowers: scalar float32; `real` is None where the loss does not ask for it."""
        return self.gan_loss.generator_loss(fake.source, real.source if real else None)

    def train_step(self, data: Any) -> dict[str, Any]:
        """Trains both networks on one batch.

        The batch is cut into `d_steps` parts, and the discriminator learns from each beside images of its own. Then
        the generator learns from what the updated discriminator says of the last part's images: it runs forward once
        a part, and no time more.

        Args:
            data: Real images `(batch, h, w, channels)`, grey levels as integers; a conditional model takes
                `(images, labels)` with labels int64 `(batch,)`.

        Returns:
            The running means of the metrics by name.

        Raises:
            InputError: The images are not grey levels: their scale would be anyone's guess.
        """
        images, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        self.check_dtype(images)
        real_parts = tf.split(to_unit(images), self.d_steps)
        classes_parts = [None] * self.d_steps
        if self.n_classes:
            classes_parts = tf.split(ops.one_hot(labels, self.n_classes), self.d_steps)
        *first, last = enumerate(zip(real_parts, classes_parts, strict=True))
        for part, (real_images, classes) in first:
            seeds = step_seeds(self.seed, self.steps, self.d_steps, part)
            generated_images = self._shown(self._draw(real_images, classes, seeds), seeds, 1)
            self._train_discriminator(self._shown(real_images, seeds, 0), generated_images, classes, seeds)
        part, (real_images, classes) = last
        seeds = step_seeds(self.seed, self.steps, self.d_steps, part)
        real_images = self._shown(real_images, seeds, 0)
        with tf.GradientTape() as g_tape:
            generated_images = self._shown(self._draw(real_images, classes, seeds), seeds, 1)
            with g_tape.stop_recording():
                self._train_discriminator(real_images, generated_images, classes, seeds)
            fake = self.judge(generated_images, classes, training=True)
            real = self.judge(real_images, classes, training=True) if self.gan_loss.pairs else None
            g_loss = self.generator_loss(real, fake, classes)
            scaled_loss = self.g_optimizer.scale_loss(g_loss)
        self._apply(self.g_optimizer, g_tape, scaled_loss, g_loss, self.generator, "g")
        if self.average_generator is not None:
            average.update(self.average_generator, self.generator, self.ema, self.steps)
        self.steps.assign_add(1)
        return self.get_metrics_result()

    def _draw(self, real_images: Any, classes: Any, seeds: Seeds) -> Any:
        latents = tf.random.stateless_normal((tf.shape(real_images)[0], self.latent_dim), seeds.latents)
        return self(latents, classes, training=True)

    def _shown(self, images: Any, seeds: Seeds, side: int) -> Any:
        """What the discriminator sees of real (side 0) or generated (1) images: both of a step, until the next."""
        if self.augment is None:
            return images
        return self.augment(images, tf.random.experimental.stateless_fold_in(seeds.augment, side))

    def _train_discriminator(self, real_images: Any, generated_images: Any, classes: Any, seeds: Seeds) -> None:
        # Real and generated images go through apart, so that batch statistics do not tell one from the other.
        def judge(images: Any) -> Judgement:
            return self.judge(images, classes, training=True)

        asked = {penalty.at for penalty in self.penalties}
        slopes: dict[str, Any] = {}
        answers: list[Judgement] = []
        with tf.GradientTape() as d_tape:
            for side, images in (("real", real_images), ("generated", generated_images)):
                answer, slopes[side] = answer_and_slope(judge, images) if side in asked else (judge(images), None)
                answers.append(answer)
            real, fake = answers
            d_loss = self.discriminator_loss(real, fake, classes)
            total = d_loss
            for penalty in self.penalties:
                slope = slopes.get(penalty.at)
                if slope is None:
                    slope = squared_slope(
                        lambda images: judge(images).source,
                        penalty.points(real_images, generated_images, seeds.mixing),
                    )
                total += penalty.of_slope(slope)
            scaled_loss = self.d_optimizer.scale_loss(total)
        self._apply(self.d_optimizer, d_tape, scaled_loss, d_loss, self.discriminator, "d")
        self.observe(real, fake, classes)

    def _apply(
        self,
        optimizer: keras.optimizers.Optimizer,
        tape: tf.GradientTape,
        scaled_loss: Any,
        loss: Any,
        network: keras.Model,
        side: str,
    ) -> None:
        weights = network.trainable_weights
        gradients = tape.gradient(scaled_loss, weights)
        optimizer.apply_gradients(zip(gradients, weights, strict=True))
        self._means[f"{side}_loss"].update_state(loss)
        self._means[f"{side}_grad"].update_state(tf.linalg.global_norm(gradients) / optimizer.scale_loss(1.0))

    def observe(self, real: Judgement, fake: Judgement, classes: Any) -> None:
        """Updates the metrics that come of the discriminator's answers."""
        threshold = self.gan_loss.threshold
        self._means["d_real"].update_state(ops.cast(real.source > threshold, "float32"))
        self._means["d_fake"].update_state(ops.cast(fake.source <= threshold, "float32"))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments, the networks serialized."""
        return {
            **super().get_config(),
            "generator": keras.saving.serialize_keras_object(self.generator),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "latent_dim": self.latent_dim,
            "n_classes": self.n_classes,
            "ema": self.ema,
            "seed": self.seed,
            "bits": self.bits,
            "null_pixels": self.null_pixels,
        }

    def get_compile_config(self) -> dict[str, Any]:
        """Returns `compile`'s arguments serialized; without it Keras reloads a GAN that cannot train on."""
        if not self.compiled:
            return {}
        serialize = keras.saving.serialize_keras_object
        return {
            "d_optimizer": serialize(self.d_optimizer),
            "g_optimizer": serialize(self.g_optimizer),
            "loss": serialize(self.gan_loss),
            "penalties": [serialize(penalty) for penalty in self.penalties],
            "d_steps": self.d_steps,
            "augment": serialize(self.augment),
            **self._gan_compile_kwargs,
        }


def _check_discriminator(generator: keras.Model, discriminator: keras.Model) -> None:
    taken = discriminator.input_shape
    if generator.output_shape != (taken[0] if isinstance(taken, list) else taken):
        raise InputError(
            f"The discriminator must take what the generator makes. "
            f"Received: generator.output_shape={generator.output_shape}, discriminator.input_shape={taken}."
        )
