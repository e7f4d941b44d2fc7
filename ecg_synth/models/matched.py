"""A GAN that learns from a flow beside its discriminator, which may see slices with noise.

Both keep it from what 265 records look like one by one: the flow says what slices are like in general, and with noise
on it a slice is nobody's.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from ecg_synth.errors import InputError
from ecg_synth.models.bounded import bounded_gradients
from ecg_synth.models.built import BuiltGan
from ecg_synth.models.matching import Matching
from ecg_synth.models.noising import add_noise, draw_times
from ecg_synth.models.seeds import Seeds

# Median of the logits of the times of what the discriminator sees: most of it has less noise than what flows see.
LITTLE = 1.0
# Folded into a step's key of mixing: for the noise of what the discriminator learns from, and the generator then.
SHOWN, SHOWN_AGAIN = 5, 6


def check_teacher_given(matching: float, given: bool) -> None:
    """Raises `InputError` when distributions are to be matched and there is no trained flow to match."""
    if matching and not given:
        raise InputError(
            f"Distribution matching needs a trained flow to begin with. Received: matching={matching!r}, and none. "
            f"Give --start-from runs/flow-shortcut, or --matching 0 for the discriminator alone."
        )


class MatchedGan(BuiltGan):
    """A GAN of samples on a flow's grid, which `_sides` gives and `judge` takes together with times.

    Attributes:
        matching: Weight of distribution matching; 0 for none.
        noise: Whether the discriminator sees slices with noise.
        given: 1 where a trained flow has been begun with, 0 where not; a weight.
    """

    matching: float
    noise: bool
    given: keras.Variable

    def _begin_matching(self, matching: float, noise: bool, networks: tuple[keras.Model, ...]) -> None:
        """Makes what is beside generator and discriminator: of the teacher and the follower, or of no networks."""
        self.given = self.add_weight(name="given", shape=(), initializer="zeros", trainable=False)
        self.matching, self.noise = matching, noise
        if networks:
            self._matching = Matching(*networks, name="matching", dtype="float32")
            self._means |= {name: keras.metrics.Mean(name=name) for name in ("f_loss", "f_grad")}

    @property
    def networks(self) -> tuple[keras.Model, ...]:
        """Both, and what distributions are matched by."""
        return (*super().networks, *((self._matching.teacher, self._matching.follower) if self.matching else ()))

    @property
    def d_optimizers(self) -> list[keras.optimizers.Optimizer]:
        """Those of what the generator learns from: of the discriminator, and of the follower."""
        return [self.d_optimizer, *([self.f_optimizer] if self.matching else [])]

    def _when_compiled(self) -> None:
        if not self.matching:
            return
        if self.augment is not None:
            raise InputError(
                f"A flow says what slices are like as they are, not augmented. Received: "
                f"matching={self.matching!r} and an augmentation. Give --augment without a name, or --matching 0."
            )
        self.f_optimizer = type(self.d_optimizer).from_config(self.d_optimizer.get_config())
        self.f_optimizer.build(self._matching.trainable_variables)

    def fit(self, *args: Any, **kwargs: Any) -> Any:
        """See `keras.Model.fit`.

        Raises:
            InputError: Distributions are to be matched, and there is no trained flow to match.
        """
        check_teacher_given(self.matching, bool(float(self.given)))
        return super().fit(*args, **kwargs)

    def _discriminator_gradients(self, real_images: Any, generated_images: Any, classes: Any, seeds: Seeds) -> Any:
        if self.matching:
            self._train_follower(generated_images, seeds)
        real, made, times = self._seen(real_images, generated_images, seeds.mixing, SHOWN)
        return super()._discriminator_gradients(real, made, times, seeds)

    def _seen(self, real: Any, made: Any, seed: Any, key: int) -> tuple[Any, Any, Any]:
        """Both sides as the discriminator sees them, with as much noise, and their times."""
        if not self.noise:
            return real, made, None
        fold = tf.random.experimental.stateless_fold_in
        seed = fold(seed, key)
        times = draw_times(real, seed, LITTLE)
        return add_noise(real, times, fold(seed, 1))[0], add_noise(made, times, fold(seed, 2))[0], times

    def _train_follower(self, made: Any, seeds: Seeds) -> None:
        weights = self._matching.trainable_weights
        with tf.GradientTape() as tape:
            loss = self._matching.follower_loss(made, seeds)
            scaled_loss = self.f_optimizer.scale_loss(loss)
        self._means["f_loss"].update_state(loss)
        gradients, _ = bounded_gradients(tape, scaled_loss, weights, self.f_optimizer)
        self._apply(self.f_optimizer, gradients, self._matching, "f")

    def _scaled_generator_loss(self, real_images: Any, generated_images: Any, classes: Any, seeds: Seeds) -> Any:
        real, made, times = self._seen(real_images, generated_images, seeds.mixing, SHOWN_AGAIN)
        loss = super()._scaled_generator_loss(real, made, times, seeds)
        if self.matching:
            matched = self._matching.generator_loss(generated_images, seeds)
            loss += self.g_optimizer.scale_loss(self.matching * matched)
        return loss
