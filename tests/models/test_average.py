import dataclasses

import keras
import numpy as np
import pytest

from ecg_synth.config import DcganConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.models import average, build_gan

CONFIG = TrainConfig(model=DcganConfig(latent_dim=5, filters=(4, 8)))
BATCH = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 1), np.uint8)


def network(value):
    return keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(1, kernel_initializer=keras.initializers.Constant(value))]
    )


def test_by_hand():
    learner = network(0.0)
    mean = average.copy_of(learner, 0.9)
    learner.layers[0].kernel.assign([[1.0], [1.0]])
    # Step 0 keeps 1/10, step 1000 keeps the decay itself.
    average.update(mean, learner, 0.9, 0)
    np.testing.assert_allclose(mean.layers[0].kernel, 0.9, rtol=1e-6)
    average.update(mean, learner, 0.9, 1000)
    np.testing.assert_allclose(mean.layers[0].kernel, 0.91, rtol=1e-6)
    np.testing.assert_array_equal(learner.layers[0].kernel, 1.0)


def test_moving_statistics_are_taken_over():
    gan = build_gan(dataclasses.replace(CONFIG, model=dataclasses.replace(CONFIG.model, ema=0.99)), (16, 16, 1))
    for _ in range(3):
        gan.train_on_batch(BATCH)
    for mean, weight in zip(gan.average_generator.weights, gan.generator.weights, strict=True):
        assert np.array_equal(mean, weight) == ("moving" in weight.path), weight.path


def test_samples_come_from_the_average_and_training_does_not():
    plain = build_gan(CONFIG, (16, 16, 1))
    averaged = build_gan(dataclasses.replace(CONFIG, model=dataclasses.replace(CONFIG.model, ema=0.9)), (16, 16, 1))
    for _ in range(3):
        plain.train_on_batch(BATCH)
        averaged.train_on_batch(BATCH)
    for one, other in zip(plain.generator.weights, averaged.generator.weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert averaged.sampling_generator is averaged.average_generator
    assert not np.array_equal(plain.sample(2), averaged.sample(2))
    assert not averaged.average_generator.trainable_weights
    assert len(averaged.g_optimizer.variables) == len(plain.g_optimizer.variables)


@pytest.mark.parametrize("decay", [1.0, -0.1])
def test_refuses(decay):
    with pytest.raises(InputError, match=f"below 1. Received: ema={decay}"):
        average.copy_of(network(0.0), decay)
