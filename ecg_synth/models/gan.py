"""The base of every GAN: two networks, two optimizers, one step, and saving that forgets nothing."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from ecg_synth.codec.levels import check_bits
from ecg_synth.errors import InputError, check_seed
from ecg_synth.models.losses import GanLoss, NonSaturatingLoss
from ecg_synth.models.scaling import to_levels, to_unit

SEED_STATE = "seed_generator_state"


@keras.saving.register_keras_serializable("ecg_synth")
class Gan(keras.Model):
    """A generator and a discriminator that train each other.

    The noise of a step follows from `(seed, number of the step)` alone and the number of the step is a weight, so a
    restored model goes on with the noise it would have drawn.

    Args:
        generator: Built network from latents `(batch, latent_dim)` to float32 images `(batch, h, w, channels)` in
            [-1, 1].
        discriminator: Built network from such images to float32 logits `(batch, 1)`.
        latent_dim: Length of the noise vector.
        seed: Seed of the noise.
        bits: Bits a level of the images that it trains on and generates: 8 (uint8) or 16 (uint16).
        **kwargs: `name` and `dtype` of `keras.Model`. Under `mixed_float16` both losses are scaled.

    Raises:
        InputError: The networks do not fit each other or `latent_dim`, or the seed is outside its range.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        latent_dim: int,
        seed: int = 0,
        bits: int = 8,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if generator.input_shape != (None, latent_dim):
            raise InputError(
                f"The generator must take latents of shape (batch, latent_dim). "
                f"Received: latent_dim={latent_dim!r}, generator.input_shape={generator.input_shape}."
            )
        if generator.output_shape != discriminator.input_shape:
            raise InputError(
                f"The discriminator must take what the generator makes. "
                f"Received: generator.output_shape={generator.output_shape}, "
                f"discriminator.input_shape={discriminator.input_shape}."
            )
        self.generator = generator
        self.discriminator = discriminator
        self.latent_dim = latent_dim
        self.seed = check_seed(seed)
        self.bits = check_bits(bits)
        self.steps = self.add_weight(name="steps", shape=(), dtype="int64", initializer="zeros", trainable=False)
        self._d_loss = keras.metrics.Mean(name="d_loss")
        self._g_loss = keras.metrics.Mean(name="g_loss")
        self._d_real = keras.metrics.Mean(name="d_real")
        self._d_fake = keras.metrics.Mean(name="d_fake")
        self.built = True

    def compile(
        self,
        d_optimizer: keras.optimizers.Optimizer,
        g_optimizer: keras.optimizers.Optimizer,
        loss: GanLoss | None = None,
        **kwargs: Any,
    ) -> None:
        """Gives the model what it needs to train, and builds both optimizers.

        Args:
            d_optimizer: Optimizer of the discriminator; wrapped in a `LossScaleOptimizer` under `mixed_float16`.
            g_optimizer: Optimizer of the generator; another object, likewise wrapped.
            loss: Adversarial loss; `NonSaturatingLoss()` when None.
            **kwargs: `run_eagerly`, `steps_per_execution` and `jit_compile` of `keras.Model.compile`.

        Raises:
            InputError: Both optimizers are one object: its moments would belong to two networks.
        """
        if d_optimizer is g_optimizer:
            raise InputError(
                f"Each network needs an optimizer of its own. Received: one object twice, {d_optimizer!r}."
            )
        super().compile(optimizer=None, **kwargs)
        # Keras scales the loss of `self.optimizer` alone.
        self.d_optimizer = self._scaled(d_optimizer)
        self.g_optimizer = self._scaled(g_optimizer)
        self.gan_loss = NonSaturatingLoss() if loss is None else loss
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
        """The means over an epoch: both losses, and the shares judged rightly, of real and of generated images."""
        return [self._d_loss, self._g_loss, self._d_real, self._d_fake]

    def call(self, latents: Any, training: bool = False) -> Any:
        """Returns float32 images in [-1, 1], `(batch, h, w, channels)`, for latents `(batch, latent_dim)`."""
        return self.generator(latents, training=training)

    def train_step(self, data: Any) -> dict[str, Any]:
        """Trains both networks on one batch.

        The generator runs forward once. The discriminator learns from these images first, then the generator learns
        from what the updated discriminator says of the same images.

        Args:
            data: Real images, uint8 or uint16 `(batch, h, w, channels)`.

        Returns:
            The running means of the metrics by name.

        Raises:
            InputError: The images are of another type: their scale would be anyone's guess.
        """
        images, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        if images.dtype.name != self.image_dtype:
            raise InputError(
                f"Images to train on must be {self.image_dtype}. Received: images.dtype={images.dtype.name!r}."
            )
        real_images = to_unit(images)
        seed = tf.stack([tf.constant(self.seed, tf.int64), tf.convert_to_tensor(self.steps)])
        latents = tf.random.stateless_normal((tf.shape(real_images)[0], self.latent_dim), seed)
        with tf.GradientTape() as g_tape:
            generated_images = self.generator(latents, training=True)
            with g_tape.stop_recording():
                self._train_discriminator(real_images, generated_images)
            fake_logits = self.discriminator(generated_images, training=True)
            g_loss = self.gan_loss.generator_loss(fake_logits)
            scaled_loss = self.g_optimizer.scale_loss(g_loss)
        weights = self.generator.trainable_weights
        gradients = g_tape.gradient(scaled_loss, weights)
        self.g_optimizer.apply_gradients(zip(gradients, weights, strict=True))
        self._g_loss.update_state(g_loss)
        self.steps.assign_add(1)
        return self.get_metrics_result()

    def _train_discriminator(self, real_images: Any, generated_images: Any) -> None:
        # Real and generated images go through apart, so that batch statistics do not tell one from the other.
        with tf.GradientTape() as d_tape:
            real_logits = self.discriminator(real_images, training=True)
            fake_logits = self.discriminator(generated_images, training=True)
            d_loss = self.gan_loss.discriminator_loss(real_logits, fake_logits)
            scaled_loss = self.d_optimizer.scale_loss(d_loss)
        weights = self.discriminator.trainable_weights
        gradients = d_tape.gradient(scaled_loss, weights)
        self.d_optimizer.apply_gradients(zip(gradients, weights, strict=True))
        self._d_loss.update_state(d_loss)
        threshold = self.gan_loss.threshold
        self._d_real.update_state(ops.cast(real_logits > threshold, "float32"))
        self._d_fake.update_state(ops.cast(fake_logits <= threshold, "float32"))

    def generate(self, latents: Any) -> Any:
        """Returns images of `image_dtype`, `(n, h, w, channels)`, for latents `(n, latent_dim)`, in inference mode.

        Raises:
            InputError: `latents` has another shape.
        """
        if len(latents.shape) != 2 or latents.shape[1] != self.latent_dim:
            raise InputError(
                f"Latents must have shape (n, {self.latent_dim}), the latent_dim of this model. "
                f"Received: latents.shape={tuple(latents.shape)}."
            )
        return to_levels(self.generator(latents, training=False), self.image_dtype)

    def sample(self, count: int, seed: int = 0, batch_size: int = 256) -> np.ndarray:
        """Returns `count` generated images, `(count, h, w, channels)` of `image_dtype`.

        Args:
            count: How many images.
            seed: Seed of the latents.
            batch_size: Images in memory as floats at once; it changes the images by float rounding at most.
        """
        latents = np.random.default_rng(check_seed(seed)).standard_normal((count, self.latent_dim), np.float32)
        parts = [self.generate(latents[i : i + batch_size]) for i in range(0, count, batch_size)]
        empty = np.zeros((0, *self.generator.output_shape[1:]), self.image_dtype)
        return np.concatenate([empty, *(ops.convert_to_numpy(part) for part in parts)])

    @property
    def image_dtype(self) -> str:
        """Type of the images: `"uint8"` or `"uint16"`."""
        return f"uint{self.bits}"

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments, the networks serialized."""
        return {
            **super().get_config(),
            "generator": keras.saving.serialize_keras_object(self.generator),
            "discriminator": keras.saving.serialize_keras_object(self.discriminator),
            "latent_dim": self.latent_dim,
            "seed": self.seed,
            "bits": self.bits,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Gan:
        """Returns the model that `get_config` described, with fresh weights."""
        config = dict(config)
        for key in ("generator", "discriminator"):
            if isinstance(config.get(key), dict):
                config[key] = keras.saving.deserialize_keras_object(config[key], custom_objects)
        return cls(**config)

    def get_compile_config(self) -> dict[str, Any]:
        """Returns `compile`'s arguments serialized; without it Keras reloads a GAN that cannot train on."""
        if not self.compiled:
            return {}
        serialize = keras.saving.serialize_keras_object
        return {
            "d_optimizer": serialize(self.d_optimizer),
            "g_optimizer": serialize(self.g_optimizer),
            "loss": serialize(self.gan_loss),
            **self._gan_compile_kwargs,
        }

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles with what `get_compile_config` returned."""
        self.compile(**keras.saving.deserialize_keras_object(config))

    def save_own_variables(self, store: Any) -> None:
        """Stores the model's own weights and the state of every seed generator below it.

        Keras leaves the latter out of weights files: a resumed model with Dropout would draw other masks.
        """
        super().save_own_variables(store)
        for index, state in enumerate(self._seed_states()):
            store[f"{SEED_STATE}_{index}"] = ops.convert_to_numpy(state)

    def load_own_variables(self, store: Any) -> None:
        """Restores what `save_own_variables` stored."""
        # Keras's store has keys() and is not iterable.
        names = list(store.keys())
        super().load_own_variables({name: store[name] for name in names if not name.startswith(SEED_STATE)})
        for index, state in enumerate(self._seed_states()):
            state.assign(store[f"{SEED_STATE}_{index}"])

    def _seed_states(self) -> list[Any]:
        return [variable for variable in self.variables if variable.path.endswith(SEED_STATE)]
