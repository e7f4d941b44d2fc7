"""A DCGAN as the Keras documentation writes one, as a rival of `benchmarks/train.py`.

`train_step` is that of keras.io/examples/generative/dcgan_overriding_train_step (F. Chollet, read in November 2026):
real and generated images in one batch with noisy labels, and a second pass of the generator. The networks are the
package's DCGAN in plain Keras layers, called with training=True so that their batch normalization trains.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import layers, ops

LATENT = 100


class GAN(keras.Model):
    """The documentation's class."""

    def __init__(self, discriminator: keras.Model, generator: keras.Model, latent_dim: int):
        super().__init__()
        self.discriminator = discriminator
        self.generator = generator
        self.latent_dim = latent_dim
        self.seed_generator = keras.random.SeedGenerator(1337)

    def compile(self, d_optimizer: Any, g_optimizer: Any, loss_fn: Any) -> None:
        super().compile()
        self.d_optimizer = d_optimizer
        self.g_optimizer = g_optimizer
        self.loss_fn = loss_fn
        self.d_loss_metric = keras.metrics.Mean(name="d_loss")
        self.g_loss_metric = keras.metrics.Mean(name="g_loss")

    @property
    def metrics(self) -> list[Any]:
        return [self.d_loss_metric, self.g_loss_metric]

    def train_step(self, real_images: Any) -> dict[str, Any]:
        batch_size = ops.shape(real_images)[0]
        random_latent_vectors = keras.random.normal(shape=(batch_size, self.latent_dim), seed=self.seed_generator)
        generated_images = self.generator(random_latent_vectors, training=True)
        combined_images = ops.concatenate([generated_images, real_images], axis=0)
        labels = ops.concatenate([ops.ones((batch_size, 1)), ops.zeros((batch_size, 1))], axis=0)
        labels += 0.05 * tf.random.uniform(tf.shape(labels))
        with tf.GradientTape() as tape:
            predictions = self.discriminator(combined_images, training=True)
            d_loss = self.loss_fn(labels, predictions)
        grads = tape.gradient(d_loss, self.discriminator.trainable_weights)
        self.d_optimizer.apply_gradients(zip(grads, self.discriminator.trainable_weights, strict=True))

        random_latent_vectors = keras.random.normal(shape=(batch_size, self.latent_dim), seed=self.seed_generator)
        misleading_labels = ops.zeros((batch_size, 1))
        with tf.GradientTape() as tape:
            predictions = self.discriminator(self.generator(random_latent_vectors, training=True), training=True)
            g_loss = self.loss_fn(misleading_labels, predictions)
        grads = tape.gradient(g_loss, self.generator.trainable_weights)
        self.g_optimizer.apply_gradients(zip(grads, self.generator.trainable_weights, strict=True))
        self.d_loss_metric.update_state(d_loss)
        self.g_loss_metric.update_state(g_loss)
        return {"d_loss": self.d_loss_metric.result(), "g_loss": self.g_loss_metric.result()}


def make_gan(side: int, channels: int) -> GAN:
    """Returns the compiled model; it trains on float images in [-1, 1]."""
    grid = -(-side // 8)
    weights: dict[str, Any] = {"kernel_initializer": keras.initializers.RandomNormal(stddev=0.02)}
    convolution: dict[str, Any] = {"kernel_size": 4, "strides": 2, "padding": "same", **weights}
    norm: dict[str, Any] = {"momentum": 0.9, "epsilon": 1e-5}
    cut = 8 * grid - side
    generator = keras.Sequential(
        [
            keras.Input((LATENT,)),
            layers.Dense(grid * grid * 256, use_bias=False, **weights),
            layers.Reshape((grid, grid, 256)),
            layers.BatchNormalization(**norm),
            layers.ReLU(),
            layers.Conv2DTranspose(128, use_bias=False, **convolution),
            layers.BatchNormalization(**norm),
            layers.ReLU(),
            layers.Conv2DTranspose(64, use_bias=False, **convolution),
            layers.BatchNormalization(**norm),
            layers.ReLU(),
            layers.Conv2DTranspose(channels, activation="tanh", **convolution),
            layers.Cropping2D(((cut // 2, cut - cut // 2),) * 2),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((side, side, channels)),
            layers.Conv2D(64, use_bias=False, **convolution),
            layers.LeakyReLU(0.2),
            layers.Conv2D(128, use_bias=False, **convolution),
            layers.BatchNormalization(**norm),
            layers.LeakyReLU(0.2),
            layers.Conv2D(256, use_bias=False, **convolution),
            layers.BatchNormalization(**norm),
            layers.LeakyReLU(0.2),
            layers.Flatten(),
            layers.Dense(1, activation="sigmoid", **weights),
        ]
    )
    gan = GAN(discriminator, generator, LATENT)
    adams = (keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(2))
    gan.compile(*adams, loss_fn=keras.losses.BinaryCrossentropy())
    return gan
