import math

import keras
import numpy as np
import pytest

from ecg_synth.errors import InputError
from ecg_synth.models import LOSSES, MinimaxLoss, NonSaturatingLoss
from ecg_synth.models.losses import class_loss, make_loss

LOGITS = np.array([[-2.0], [0.0], [3.0]], np.float32)


def test_at_logit_zero_each_term_is_log_2():
    zero = np.zeros((4, 1), np.float32)
    loss = NonSaturatingLoss()
    assert float(loss.discriminator_loss(zero, zero)) == pytest.approx(2 * math.log(2))
    assert float(loss.generator_loss(zero)) == pytest.approx(math.log(2))


def test_smoothed_real_target_by_hand():
    # D(x) = 0.9 exactly: -0.9 ln 0.9 - 0.1 ln 0.1 = 0.325083; D(G(z)) = 0.1: -ln 0.9 = 0.105361.
    real = np.full((1, 1), math.log(9), np.float32)
    fake = np.full((1, 1), -math.log(9), np.float32)
    loss = NonSaturatingLoss(label_smoothing=0.1)
    assert float(loss.discriminator_loss(real, fake)) == pytest.approx(0.325083 + 0.105361, abs=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_agrees_with_keras(smoothing):
    reference = keras.losses.BinaryCrossentropy(from_logits=True)
    loss = NonSaturatingLoss(smoothing)
    target = np.full_like(LOGITS, 1 - smoothing)
    expected = reference(target, LOGITS) + reference(np.zeros_like(LOGITS), LOGITS[::-1] * 2)
    assert float(loss.discriminator_loss(LOGITS, LOGITS[::-1] * 2)) == pytest.approx(float(expected), rel=1e-6)
    assert float(loss.generator_loss(LOGITS)) == pytest.approx(float(reference(np.ones_like(LOGITS), LOGITS)), rel=1e-6)


def test_smoothing_touches_only_the_real_side():
    plain, smooth = NonSaturatingLoss(), NonSaturatingLoss(0.1)
    sure = np.full((1, 1), 200.0, np.float32)
    # With the real term at 0 on both sides of the comparison, only fakes are left.
    fake_part = float(plain.discriminator_loss(sure, LOGITS))
    assert float(smooth.discriminator_loss(sure, LOGITS)) == pytest.approx(fake_part + 0.1 * 200)
    assert float(smooth.generator_loss(LOGITS)) == float(plain.generator_loss(LOGITS))


def test_large_logits_stay_finite():
    huge = np.array([[1e4]], np.float32)
    assert float(NonSaturatingLoss().discriminator_loss(-huge, huge)) == pytest.approx(2e4)


@pytest.mark.parametrize("name", list(LOSSES))
def test_serialization_round_trip(name):
    loss = make_loss(name)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert type(again) is type(loss)
    assert again.get_config() == loss.get_config()


def test_smoothing_is_serialized():
    config = keras.saving.serialize_keras_object(NonSaturatingLoss(0.1))
    assert keras.saving.deserialize_keras_object(config).label_smoothing == 0.1


@pytest.mark.parametrize("value", [-0.1, 0.5, 0.9])
def test_refuses_smoothing_that_is_none(value):
    with pytest.raises(InputError, match=rf"below 0.5.*Received: label_smoothing={value}"):
        NonSaturatingLoss(label_smoothing=value)


REAL, FAKE = 2.0, -0.5
# One real answer of 2 and one generated of -0.5, by hand.
BY_HAND = {
    "non_saturating": (math.log1p(math.exp(-2)) + math.log1p(math.exp(-0.5)), math.log1p(math.exp(0.5))),
    "minimax": (math.log1p(math.exp(-2)) + math.log1p(math.exp(-0.5)), -math.log1p(math.exp(-0.5))),
    "least_squares": (0.5 * 1.0 + 0.5 * 0.25, 0.5 * 2.25),
    "hinge": (0.0 + 0.5, 0.5),
    "wasserstein": (-2.5, 0.5),
    "relativistic": (math.log1p(math.exp(-2.5)), math.log1p(math.exp(2.5))),
}


@pytest.mark.parametrize("name", list(LOSSES))
def test_each_loss_by_hand(name):
    real, fake = np.full((3, 1), REAL, np.float32), np.full((3, 1), FAKE, np.float32)
    loss = make_loss(name)
    d_loss, g_loss = BY_HAND[name]
    assert float(loss.discriminator_loss(real, fake)) == pytest.approx(d_loss, abs=1e-6)
    assert float(loss.generator_loss(fake, real)) == pytest.approx(g_loss, abs=1e-6)


@pytest.mark.parametrize("name", list(LOSSES))
def test_both_sides_want_opposite_answers(name):
    """A step on an answer that lowers the discriminator's loss on a generated image raises the generator's."""
    real = np.zeros((1, 1), np.float32)
    loss = make_loss(name)
    # Inside every loss's active range.
    low, high = np.full((1, 1), -0.1, np.float32), np.full((1, 1), 0.1, np.float32)
    assert float(loss.generator_loss(high, real)) < float(loss.generator_loss(low, real))
    real_high = real + 0.5
    assert float(loss.discriminator_loss(real_high, low + 0.5)) < float(loss.discriminator_loss(real_high, high + 0.5))


def test_relativistic_losses_mirror_each_other():
    loss = make_loss("relativistic")
    one, other = LOGITS, LOGITS[::-1] * 2
    assert float(loss.generator_loss(one, other)) == float(loss.discriminator_loss(one, other))


def test_minimax_vanishes_where_the_discriminator_is_sure():
    keras_ops = keras.ops
    sure = keras_ops.convert_to_tensor([[-10.0]])

    def slope(loss):
        return float(loss.generator_loss(sure + 0.5) - loss.generator_loss(sure - 0.5))

    assert abs(slope(MinimaxLoss())) < 1e-3 * abs(slope(NonSaturatingLoss()))


def test_smoothing_is_refused_where_there_is_no_target():
    with pytest.raises(InputError, match=r"'hinge' has no target to smooth. Received: label_smoothing=0.1.*minimax"):
        make_loss("hinge", 0.1)
    assert make_loss("least_squares", 0.1).label_smoothing == 0.1
    with pytest.raises(InputError, match="Unknown loss. Received: loss='hinj'. Did you mean 'hinge'"):
        make_loss("hinj")


def test_smoothed_least_squares_is_smallest_at_the_target():
    loss = make_loss("least_squares", 0.1)
    fake = np.zeros((1, 1), np.float32)
    answers = np.linspace(0, 2, 201, dtype=np.float32)
    values = [float(loss.discriminator_loss(np.full((1, 1), answer, np.float32), fake)) for answer in answers]
    assert answers[int(np.argmin(values))] == pytest.approx(0.9)


def test_class_loss_agrees_with_keras():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(5, 3)).astype(np.float32)
    classes = np.eye(3, dtype=np.float32)[[0, 2, 1, 1, 0]]
    reference = keras.losses.CategoricalCrossentropy(from_logits=True)(classes, logits)
    assert float(class_loss(logits, classes)) == pytest.approx(float(reference), rel=1e-6)
    mixed = np.full((5, 3), 1 / 3, np.float32)
    assert float(class_loss(np.zeros((5, 3), np.float32), mixed)) == pytest.approx(math.log(3))
