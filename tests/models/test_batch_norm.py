"""The fused layer is Keras's layer, to float rounding: outputs, moving statistics, first and second gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ecg_synth.models.batch_norm import FusedBatchNormalization

SETTINGS = {"momentum": 0.9, "epsilon": 1e-5}


def pair(dtype=None, **changes):
    layers = [
        kind(**SETTINGS, **changes, dtype=dtype) for kind in (FusedBatchNormalization, keras.layers.BatchNormalization)
    ]
    draw = np.random.default_rng(1)
    for layer in layers:
        layer.build((None, 5, 6, 3))
    weights = [draw.uniform(0.5, 2.0, weight.shape) for weight in layers[0].weights]
    for layer in layers:
        layer.set_weights(weights)
    return layers


def images(dtype="float32"):
    return tf.cast(tf.random.stateless_normal((4, 5, 6, 3), (0, 1), mean=2.0, stddev=3.0), dtype)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("mixed_bfloat16", 2e-2), ("mixed_float16", 2e-3)])
@pytest.mark.parametrize("training", [True, False])
def test_outputs_and_moving_statistics(dtype, tolerance, training):
    fused, plain = pair(dtype)
    x = images(fused.compute_dtype)
    outputs, wanted = fused(x, training=training), plain(x, training=training)
    assert outputs.dtype == wanted.dtype == fused.compute_dtype
    np.testing.assert_allclose(*(tf.cast(y, "float32") for y in (outputs, wanted)), rtol=tolerance, atol=tolerance)
    for mine, theirs in zip(fused.weights, plain.weights, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=tolerance, err_msg=mine.path)


def test_gradients_and_their_gradients():
    x = images()

    def derivatives(layer):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                total = tf.reduce_sum(tf.tanh(layer(x, training=True)))
            slope = inner.gradient(total, x)
            length = tf.reduce_sum(slope**2)
        watched = [x, *(weight.value for weight in layer.trainable_weights)]
        return [slope, *outer.gradient(length, watched)]

    for mine, theirs in zip(*map(derivatives, pair()), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("changes", [{"scale": False}, {"center": False}, {"synchronized": True}, {"renorm": True}])
def test_what_the_operation_does_not_know_goes_keras_way(changes):
    fused, plain = pair(**changes)
    np.testing.assert_array_equal(fused(images(), training=True), plain(images(), training=True))


def test_a_frozen_layer_keeps_its_statistics():
    fused, plain = pair()
    fused.trainable = plain.trainable = False
    np.testing.assert_array_equal(fused(images(), training=True), plain(images(), training=True))
