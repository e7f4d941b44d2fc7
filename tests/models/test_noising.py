"""Slices with noise: both ends of the way, the spread of the times, and that a seed draws the same."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ecg_synth.models.noising import LATEST, SPREAD, add_noise, draw_times

SLICES = tf.constant(np.random.default_rng(0).normal(3.0, 1.0, (4000, 8, 1)), tf.float32)
SEED = tf.constant([1, 2], tf.int64)


@pytest.mark.parametrize("middle", [0.0, 1.0])
def test_times_are_logit_normal(middle):
    times = keras.ops.convert_to_numpy(draw_times(SLICES, SEED, middle)).astype(np.float64)
    assert times.shape == (4000, 1)
    assert 0 < times.min() < times.max() == pytest.approx(LATEST)
    logits = np.log(times / (1 - times))
    # The latest are cut: quantiles below are those of the normal distribution.
    for share, deviations in ((0.5, 0.0), (0.1587, -1.0), (0.0228, -2.0)):
        assert np.quantile(logits, share) == pytest.approx(middle + SPREAD * deviations, abs=0.15)


def test_it_begins_as_noise_and_ends_as_the_slice():
    start, noise = add_noise(SLICES, tf.zeros((4000, 1)), SEED)
    np.testing.assert_array_equal(start, noise)
    assert float(tf.math.reduce_std(noise)) == pytest.approx(1.0, abs=0.02)
    end, _ = add_noise(SLICES, tf.ones((4000, 1)), SEED)
    np.testing.assert_array_equal(end, SLICES)


def test_between_it_is_their_weighted_sum_and_a_seed_draws_the_same():
    times = draw_times(SLICES, SEED)
    between, noise = add_noise(SLICES, times, SEED)
    t = times.numpy()[:, :, None]
    np.testing.assert_allclose(between, (1 - t) * noise + t * SLICES, atol=1e-6)
    np.testing.assert_array_equal(add_noise(SLICES, draw_times(SLICES, SEED), SEED)[0], between)
