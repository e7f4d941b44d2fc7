import keras
import numpy as np
import pytest
import tensorflow as tf

from ecg_synth.errors import InputError
from ecg_synth.models import R1, R2, GradientPenalty

SEED = tf.constant([0, 0], tf.int64)
RNG = np.random.default_rng(0)
REAL = tf.constant(RNG.normal(size=(4, 3, 3, 2)), tf.float32)
FAKE = tf.constant(RNG.normal(size=(4, 3, 3, 2)), tf.float32)


def linear(slope):
    """A critic whose gradient is `slope` / sqrt(18) in every pixel: its length is `slope`."""
    return lambda images: slope / np.sqrt(18) * tf.reduce_sum(images, axis=(1, 2, 3))[:, None]


def squares(images):
    """A critic whose gradient is twice the image."""
    return tf.reduce_sum(images**2, axis=(1, 2, 3))[:, None]


@pytest.mark.parametrize("slope", [0.0, 1.0, 3.0])
def test_on_a_linear_critic_by_hand(slope):
    critic = linear(slope)
    assert float(GradientPenalty(10.0)(critic, REAL, FAKE, SEED)) == pytest.approx(10 * (slope - 1) ** 2, abs=1e-4)
    assert float(R1(2.0)(critic, REAL, FAKE, SEED)) == pytest.approx(slope**2, abs=1e-5)
    assert float(R2(2.0)(critic, REAL, FAKE, SEED)) == pytest.approx(slope**2, abs=1e-5)


def test_r1_looks_at_real_and_r2_at_generated_images():
    expected = {R1: REAL, R2: FAKE}
    for kind, images in expected.items():
        by_hand = 0.5 * 3.0 * np.mean(np.sum(4 * np.square(images), axis=(1, 2, 3)))
        assert float(kind(3.0)(squares, REAL, FAKE, SEED)) == pytest.approx(by_hand, rel=1e-5)


def test_points_lie_between_real_and_generated_images_uniformly():
    """Each image has one weight of its own, the same for all its pixels, uniform on [0, 1]."""
    seen = []

    def critic(images):
        seen.append(images)
        return tf.reduce_sum(images, axis=(1, 2, 3))[:, None]

    count = 2000
    ones, zeros = tf.ones((count, 2, 2, 1)), tf.zeros((count, 2, 2, 1))
    GradientPenalty(10.0)(critic, ones, zeros, SEED)
    points = seen[0].numpy().reshape(count, 4)
    np.testing.assert_array_equal(points, points[:, :1] * np.ones((1, 4)))
    share = np.sort(points[:, 0])
    # Kolmogorov-Smirnov against the uniform distribution; 1.95/sqrt(n) is passed once in a thousand draws.
    assert np.abs(share - (np.arange(count) + 0.5) / count).max() < 1.95 / np.sqrt(count)


def test_points_follow_the_seed():
    penalty = GradientPenalty(1.0)
    one, same, other = (penalty(squares, REAL, FAKE, tf.constant([0, n], tf.int64)) for n in (1, 1, 2))
    assert float(one) == float(same) != float(other)


def test_a_critic_can_learn_from_a_penalty():
    """The gradient of the gradient is there: weights of the critic move to slope 1."""
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")

    def critic(images):
        return layer(tf.reshape(images, (4, 18)))

    critic(REAL)
    optimizer = keras.optimizers.Adam(0.05)
    for step in range(200):
        with tf.GradientTape() as tape:
            loss = GradientPenalty(10.0)(critic, REAL, FAKE, tf.constant([0, step], tf.int64))
        optimizer.apply(tape.gradient(loss, layer.trainable_weights), layer.trainable_weights)
    assert np.linalg.norm(layer.kernel) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("kind", [GradientPenalty, R1, R2])
def test_serialization_and_weight(kind):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(kind(2.5)))
    assert type(again) is kind
    assert again.weight == 2.5
    with pytest.raises(InputError, match="must be above 0. Received: weight=0"):
        kind(0)
