import dataclasses

import keras
import numpy as np
import pytest

from ecg_synth.config import FcnConfig, OptimizerConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.models import MODELS, GradientPenalty, WassersteinLoss, build_gan, get_preset
from ecg_synth.models.scaling import to_unit

RNG = np.random.default_rng(0)


def small(name):
    preset = get_preset(name)
    return dataclasses.replace(preset, model=dataclasses.replace(preset.model, latent_dim=5, filters=(4, 8)))


@pytest.mark.parametrize("name", ["wgan-gp", "ac-wgan-gp"])
def test_presets_are_the_papers(name):
    gan = build_gan(small(name), (16, 16, 1), n_classes=3)
    assert isinstance(gan.gan_loss, WassersteinLoss)
    assert [(type(penalty), penalty.weight) for penalty in gan.penalties] == [(GradientPenalty, 10.0)]
    assert gan.d_steps == 5
    assert (gan.d_optimizer.beta_1, gan.d_optimizer.beta_2) == (0.0, 0.9)
    kinds = {type(layer) for layer in gan.discriminator.layers}
    assert keras.layers.BatchNormalization not in kinds
    assert keras.layers.GroupNormalization in kinds


@pytest.mark.parametrize("family", ["wgan", "acwgan"])
def test_the_critic_judges_each_image_by_itself(family):
    """With batch statistics an answer would hang on the neighbors, and the penalty's sum would mix them."""
    extra = {"n_classes": 3} if family == "acwgan" else {}
    gan = MODELS[family]((16, 16, 1), latent_dim=5, filters=(4, 8), **extra)
    images = RNG.uniform(-1, 1, (4, 16, 16, 1)).astype(np.float32)
    together = gan.judge(images, training=True).source
    apart = np.concatenate([gan.judge(images[i : i + 1], training=True).source for i in range(4)])
    np.testing.assert_allclose(together, apart, atol=1e-5)


def test_a_step_updates_the_critic_five_times_and_the_generator_once():
    gan = build_gan(small("wgan-gp"), (16, 16, 1))
    gan.train_on_batch(RNG.integers(0, 256, (20, 16, 16, 1), np.uint8))
    assert int(gan.d_optimizer.iterations) == 5
    assert int(gan.g_optimizer.iterations) == 1
    assert int(gan.steps) == 1


def test_the_critics_loss_estimates_the_distance_to_one_point():
    """Against a generator that stands still, the critic's slope settles where distance and penalty balance.

    A critic of slope s gains s * distance and pays 10 * (s - 1)^2: it is largest at s = 1 + distance / 20.
    """
    config = TrainConfig(
        model=FcnConfig(activation="leaky_relu", output="tanh"),
        optimizer=OptimizerConfig(3e-3, 1e-4, beta_1=0.0, beta_2=0.9),
        loss="wasserstein",
        gradient_penalty=10.0,
    )
    gan = build_gan(config, (4, 4, 1))
    gan.g_optimizer.learning_rate = 0.0
    real = np.full((16, 4, 4, 1), 255, np.uint8)
    for _ in range(150):
        logs = gan.train_on_batch(real, return_dict=True)
        gan.reset_metrics()
    fake = to_unit(gan.sample(512))
    # Every real image is the same point, so that the distance is the mean length of the way to it.
    distance = np.mean(np.linalg.norm((1.0 - np.asarray(fake)).reshape(512, -1), axis=1))
    assert -logs["d_loss"] == pytest.approx(distance * (1 + distance / 20), rel=0.15)


def test_d_steps_must_be_positive():
    gan = build_gan(small("wgan-gp"), (8, 8, 1))
    with pytest.raises(InputError, match="at least once a step. Received: d_steps=0"):
        gan.compile(keras.optimizers.Adam(), keras.optimizers.Adam(), d_steps=0)
