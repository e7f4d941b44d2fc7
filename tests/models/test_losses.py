import math

import keras
import numpy as np
import pytest

from ecg_synth.errors import InputError
from ecg_synth.models import NonSaturatingLoss

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


def test_serialization_round_trip():
    config = keras.saving.serialize_keras_object(NonSaturatingLoss(0.1))
    assert keras.saving.deserialize_keras_object(config).label_smoothing == 0.1


@pytest.mark.parametrize("value", [-0.1, 0.5, 0.9])
def test_refuses_smoothing_that_is_none(value):
    with pytest.raises(InputError, match=rf"below 0.5.*Received: label_smoothing={value}"):
        NonSaturatingLoss(label_smoothing=value)
