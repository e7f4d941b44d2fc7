import dataclasses
import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from ecg_synth.config import AcganConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.models import Acgan, Judgement, MinimaxLoss, build_gan
from ecg_synth.models.scaling import to_unit

CONFIG = TrainConfig(model=AcganConfig(latent_dim=5, filters=(4, 8)))


def make(**changes):
    return build_gan(dataclasses.replace(CONFIG, **changes), (16, 16, 1), n_classes=3)


@pytest.fixture
def labelled():
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (6, 16, 16, 1), np.uint8), np.array([0, 1, 2, 0, 1, 2])


def test_losses_by_hand_have_the_papers_signs():
    """P1's eq. 4: the discriminator raises L_S + L_C, the generator L_C - L_S.

    One real image of class 0 with P(real) = 3/4 and P(C = 0) = 1/2; one generated image of class 1 with
    P(fake) = 2/3 and P(C = 1) = 1/5.
    """
    gan = make()
    gan.gan_loss = MinimaxLoss()
    real = Judgement(np.float32([[math.log(3)]]), np.log(np.float32([[0.5, 0.3, 0.2]])))
    fake = Judgement(np.float32([[-math.log(2)]]), np.log(np.float32([[0.6, 0.2, 0.2]])))
    of_real, of_fake = np.float32([[1, 0, 0]]), np.float32([[0, 1, 0]])

    l_s = math.log(3 / 4) + math.log(2 / 3)
    l_c_real, l_c_fake = math.log(1 / 2), math.log(1 / 5)
    # Both sides share the classes of a batch; here each is looked at with its own.
    at_real = float(gan.discriminator_loss(real, Judgement(fake.source, real.classes), of_real))
    assert at_real == pytest.approx(-(l_s + 2 * l_c_real), rel=1e-5)
    at_fake = float(gan.discriminator_loss(Judgement(real.source, fake.classes), fake, of_fake))
    assert at_fake == pytest.approx(-(l_s + 2 * l_c_fake), rel=1e-5)

    # What is missing of L_C - L_S is what no generator changes: log P(real | x_real) and log P(C | x_real).
    raised = l_c_fake - math.log(2 / 3)
    assert float(gan.generator_loss(None, fake, of_fake)) == pytest.approx(-raised, rel=1e-5)


def test_class_weight_counts(labelled):
    fake = Judgement(np.zeros((1, 1), np.float32), np.zeros((1, 3), np.float32))
    classes = np.float32([[0, 1, 0]])
    values = []
    for weight in (1.0, 3.0):
        gan = make(model=dataclasses.replace(CONFIG.model, class_weight=weight))
        values.append(float(gan.generator_loss(None, fake, classes)))
    assert values[1] - values[0] == pytest.approx(2 * math.log(3), rel=1e-6)


def test_a_step_moves_everything_and_tells_classes(labelled):
    gan = make()
    before = [np.array(weight) for weight in gan.trainable_weights]
    logs = gan.train_on_batch(*labelled, return_dict=True)
    assert {"c_real", "c_fake"} <= set(logs)
    assert all(np.isfinite(value) for value in logs.values())
    assert all(not np.array_equal(old, new) for old, new in zip(before, gan.trainable_weights, strict=True))


def test_the_class_changes_the_image_and_a_mix_lies_elsewhere():
    gan = make()
    latents = np.random.default_rng(0).standard_normal((1, 5), np.float32)
    one, other, mix = (gan(latents, np.float32([classes])) for classes in ([1, 0, 0], [0, 1, 0], [0.5, 0.5, 0]))
    assert not np.array_equal(one, other)
    assert not np.array_equal(one, mix)


def test_the_class_head_learns_from_real_images():
    """Classes that differ in brightness are told apart within a few steps."""
    gan = make()
    labels = np.arange(12) % 3
    images = (labels * 100 + 20)[:, None, None, None].astype(np.uint8) * np.ones((1, 16, 16, 1), np.uint8)
    for _ in range(40):
        logs = gan.train_on_batch(images, labels, return_dict=True)
    said = gan.judge(to_unit(images)).classes
    np.testing.assert_array_equal(np.argmax(said, axis=-1), labels)
    assert logs["c_real"] > 0.9


def test_sampling_takes_classes():
    gan = make()
    images = gan.sample(6)
    np.testing.assert_array_equal(images, gan.sample(6, classes=np.arange(6) % 3))
    np.testing.assert_array_equal(images, gan.sample(6, classes=np.eye(3)[np.arange(6) % 3]))
    with pytest.raises(InputError, match="from 0 to 2. Received: classes from 0 to 3"):
        gan.sample(2, classes=np.array([0, 3]))
    with pytest.raises(InputError, match=r"probabilities \(2, 3\). Received: classes.shape=\(1,\)"):
        gan.sample(2, classes=np.array([0]))
    with pytest.raises(InputError, match=r"shape \(n, 3\).*Received: classes=None"):
        gan.generate(tf.zeros((1, 5)))


def test_reload(tmp_path, labelled):
    gan = make(model=dataclasses.replace(CONFIG.model, class_weight=2.0, ema=0.9))
    gan.train_on_batch(*labelled)
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert again.get_config() == gan.get_config()
    np.testing.assert_array_equal(gan.sample(3), again.sample(3))
    for model in (gan, again):
        model.train_on_batch(*labelled)
    for one, other in zip(gan.variables, again.variables, strict=True):
        np.testing.assert_array_equal(one, other)


def test_refuses():
    with pytest.raises(InputError, match="at least 2. Received: n_classes=1"):
        Acgan((16, 16, 1), n_classes=1, filters=(4,))
    with pytest.raises(InputError, match="must count. Received: class_weight=0"):
        Acgan((16, 16, 1), n_classes=3, class_weight=0)
