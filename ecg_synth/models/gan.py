"""The base of every GAN: two networks, two optimizers, one step, and saving that forgets nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from ecg_synth.errors import InputError
from ecg_synth.models import average, shares
from ecg_synth.models.augment import Augmentation
from ecg_synth.models.generative import Generative, check_discriminator
from ecg_synth.models.judgement import Judgement
from ecg_synth.models.losses import GanLoss, NonSaturatingLoss
from ecg_synth.models.penalties import Penalty, answer_and_slope, squared_slope
from ecg_synth.models.saving import SavedWhole
from ecg_synth.models.scaling import to_unit
from ecg_synth.models.seeds import Seeds, step_seeds


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
        **kwargs: `n_classes`, `ema`, `seed`, `bits` and `null_pixels` of `Generative`, and `name` and `dtype` of
            `keras.Model`. Under `mixed_float16` both losses are scaled.

    Raises:
        InputError: The networks do not fit each other, or `Generative` refuses a value.
    """

    def __init__(self, generator: keras.Model, discriminator: keras.Model, latent_dim: int, **kwargs: Any):
        super().__init__(generator, latent_dim, **kwargs)
        check_discriminator(generator, discriminator)
        self.discriminator = discriminator
        self.steps = self.add_weight(
            name="steps",
            shape=(),
            dtype="int64",
            initializer="zeros",
            trainable=False,
            aggregation="only_first_replica",
        )
        self._means = {name: keras.metrics.Mean(name=name) for name in self.metric_names}
        self.built = True

    has_discriminator = True

    @property
    def networks(self) -> tuple[keras.Model, ...]:
        """Both."""
        return self.generator, self.discriminator

    def _counterparts(self, trained: Generative) -> list[tuple[keras.Model, keras.Model]]:
        # A packed run comes without its discriminator.
        pairs = super()._counterparts(trained)
        return [pair for pair in pairs if trained.discriminator_known or pair[0] is not self.discriminator]

    @property
    def d_optimizers(self) -> list[keras.optimizers.Optimizer]:
        """Those that step by the discriminator's size."""
        return [self.d_optimizer]

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
        accumulate: int = 1,
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
            accumulate: Shares that each part is learnt in, one after the other, to need less memory; an update sees
                the mean of their gradients. The generator runs forward once more.
            **kwargs: `run_eagerly`, `steps_per_execution` and `jit_compile` of `keras.Model.compile`.

        Raises:
            InputError: Both optimizers are one object: its moments would belong to two networks; or `d_steps` or
                `accumulate` is not positive; or a subclass cannot do with the augmentation.
        """
        if d_optimizer is g_optimizer:
            raise InputError(
                f"Each network needs an optimizer of its own. Received: one object twice, {d_optimizer!r}."
            )
        if d_steps < 1:
            raise InputError(f"The discriminator must be updated at least once a step. Received: {d_steps=}.")
        if accumulate < 1:
            raise InputError(f"A batch is learnt in at least 1 share. Received: {accumulate=}.")
        super().compile(optimizer=None, **kwargs)
        # Keras scales the loss of `self.optimizer` alone.
        self.d_optimizer = self._scaled(d_optimizer)
        self.g_optimizer = self._scaled(g_optimizer)
        self.gan_loss = NonSaturatingLoss() if loss is None else loss
        self.penalties = list(penalties)
        self.d_steps = d_steps
        self.augment = augment
        self.accumulate = accumulate
        # Built now, so that a checkpoint restored before the first step finds both optimizers' variables.
        for optimizer, network in (
            (self.d_optimizer, self.discriminator),
            (self.g_optimizer, self.generator),
        ):
            if not optimizer.built:
                optimizer.build(network.trainable_variables)
        self._gan_compile_kwargs = dict(kwargs)
        self._when_compiled()

    def _when_compiled(self) -> None:
        """Does what a subclass has to do when optimizers, augmentation and all else are known."""

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
        for part, (real_images, classes) in enumerate(zip(real_parts, classes_parts, strict=True)):
            seeds = step_seeds(self.seed, self.steps, self.d_steps, part)
            if self.accumulate == 1 and part == self.d_steps - 1:
                self._train_both(real_images, classes, seeds)
            else:
                self._train_discriminator(real_images, classes, seeds)
        if self.accumulate > 1:
            self._train_generator(real_images, classes, seeds)
        if self.average_generator is not None:
            average.update(self.average_generator, self.generator, self.ema, self.steps)
        self.steps.assign_add(1)
        return shares.logs(self.get_metrics_result())

    def _train_both(self, real_images: Any, classes: Any, seeds: Seeds) -> None:
        with shares.replica(), tf.GradientTape() as tape:
            real_images, generated_images = self._sides(real_images, classes, seeds)
            with tape.stop_recording():
                gradients = self._discriminator_gradients(real_images, generated_images, classes, seeds)
                self._apply(self.d_optimizer, gradients, self.discriminator, "d")
            scaled_loss = self._scaled_generator_loss(real_images, generated_images, classes, seeds)
        gradients = tape.gradient(scaled_loss, self.generator.trainable_weights)
        self._apply(self.g_optimizer, gradients, self.generator, "g")

    def _train_discriminator(self, real_images: Any, classes: Any, seeds: Seeds) -> None:
        def gradients_of(real: Any, told: Any) -> list[Any]:
            return self._discriminator_gradients(*self._sides(real, told, seeds), told, seeds)

        gradients = shares.mean_gradients(gradients_of, self.accumulate, real_images, classes)
        self._apply(self.d_optimizer, gradients, self.discriminator, "d")

    def _train_generator(self, real_images: Any, classes: Any, seeds: Seeds) -> None:
        def gradients_of(real: Any, told: Any) -> list[Any]:
            with tf.GradientTape() as tape:
                scaled_loss = self._scaled_generator_loss(*self._sides(real, told, seeds), told, seeds)
            return tape.gradient(scaled_loss, self.generator.trainable_weights)

        gradients = shares.mean_gradients(gradients_of, self.accumulate, real_images, classes)
        self._apply(self.g_optimizer, gradients, self.generator, "g")

    def _sides(self, real_images: Any, classes: Any, seeds: Seeds) -> tuple[Any, Any]:
        """Real and generated images as the discriminator sees them; those of a step stay the same within it."""
        shape = (ops.shape(real_images)[0], self.latent_dim)
        generated = self(shares.rows(tf.random.stateless_normal, shape, seeds.latents), classes, training=True)
        if self.augment is None:
            return real_images, generated
        fold = tf.random.experimental.stateless_fold_in
        return self.augment(real_images, fold(seeds.augment, 0)), self.augment(generated, fold(seeds.augment, 1))

    def _discriminator_gradients(self, real_images: Any, generated_images: Any, classes: Any, seeds: Seeds) -> Any:
        # Real and generated images go through apart, so that batch statistics do not tell one from the other.
        def judge(images: Any) -> Judgement:
            return self.judge(images, classes, training=True)

        asked = {penalty.at for penalty in self.penalties}
        slopes: dict[str, Any] = {}
        answers: list[Judgement] = []
        with tf.GradientTape() as tape:
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
        self._means["d_loss"].update_state(d_loss)
        self.observe(real, fake, classes)
        return tape.gradient(scaled_loss, self.discriminator.trainable_weights)

    def _scaled_generator_loss(self, real_images: Any, generated_images: Any, classes: Any, seeds: Seeds) -> Any:
        fake = self.judge(generated_images, classes, training=True)
        real = self.judge(real_images, classes, training=True) if self.gan_loss.pairs else None
        g_loss = self.generator_loss(real, fake, classes)
        self._means["g_loss"].update_state(g_loss)
        return self.g_optimizer.scale_loss(g_loss)

    def _apply(
        self, optimizer: keras.optimizers.Optimizer, gradients: list[Any], network: keras.Model, side: str
    ) -> None:
        gradients = shares.mean_over_replicas(gradients)
        self._means[f"{side}_grad"].update_state(tf.linalg.global_norm(gradients) / optimizer.scale_loss(1.0))
        optimizer.apply_gradients(zip(shares.for_keras(gradients), network.trainable_weights, strict=True))

    def observe(self, real: Judgement, fake: Judgement, classes: Any) -> None:
        """Updates the metrics that come of the discriminator's answers."""
        threshold = self.gan_loss.threshold
        self._means["d_real"].update_state(ops.cast(real.source > threshold, "float32"))
        self._means["d_fake"].update_state(ops.cast(fake.source <= threshold, "float32"))
