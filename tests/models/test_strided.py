"""The faster convolutions are TensorFlow's: values, gradients, gradients of gradients, and Keras's layers."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from ecg_synth.models import strided as module
from ecg_synth.models.strided import DoublingConv2D, HalvingConv2D, kernel_gradient, strided, transposed


def normal(*shape, key=0):
    return tf.random.stateless_normal(shape, (key, 7))


def derivatives(function, *tensors):
    """Value, gradients, and the gradients of the first gradient's square."""
    with tf.GradientTape() as outer:
        outer.watch(tensors)
        with tf.GradientTape() as inner:
            inner.watch(tensors)
            value = function(*tensors)
            total = tf.reduce_sum(tf.sin(value))
        gradients = inner.gradient(total, tensors)
        length = tf.reduce_sum(gradients[0] ** 2)
    return [value, *gradients, *outer.gradient(length, tensors)]


def assert_close(left, right):
    for mine, theirs in zip(left, right, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=2e-4, atol=2e-4 * float(tf.reduce_max(tf.abs(theirs))))


@pytest.mark.parametrize("by_products", [True, False])
@pytest.mark.parametrize("side", [2, 4, 6])
@pytest.mark.parametrize("size", [(9, 12), (8, 7)])
@pytest.mark.parametrize("channels", [1, 6])
def test_both_directions(monkeypatch, by_products, side, size, channels):
    monkeypatch.setattr(module, "_by_products", lambda dtype, kernel: by_products)
    images, kernel = normal(2, *size, channels), normal(side, side, channels, 3, key=1)
    features = normal(2, -(-size[0] // 2), -(-size[1] // 2), 3, key=2)
    wanted = derivatives(lambda x, k: tf.nn.conv2d(x, k, 2, "SAME"), images, kernel)
    assert_close(derivatives(strided, images, kernel), wanted)
    shape = (2, *size, channels)
    wanted = derivatives(lambda y, k: tf.nn.conv2d_transpose(y, k, shape, 2, "SAME"), features, kernel)
    assert_close(derivatives(lambda y, k: transposed(y, k, size), features, kernel), wanted)


def test_gradient_of_a_kernel_in_half_precision():
    images, gradient = normal(3, 9, 12, 8), normal(3, 5, 6, 4)
    exact = kernel_gradient(images, gradient, 4)
    half = kernel_gradient(tf.cast(images, tf.bfloat16), tf.cast(gradient, tf.bfloat16), 4)
    assert half.dtype == tf.bfloat16
    np.testing.assert_allclose(tf.cast(half, tf.float32), exact, atol=0.02 * float(tf.reduce_max(tf.abs(exact))))


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("changes", [{}, {"strides": 1}, {"padding": "valid"}, {"kernel_size": 3}])
@pytest.mark.parametrize(
    ("ours", "theirs"), [(HalvingConv2D, keras.layers.Conv2D), (DoublingConv2D, keras.layers.Conv2DTranspose)]
)
def test_layers_are_keras_layers(monkeypatch, ours, theirs, changes, dtype):
    monkeypatch.setattr(module, "MANY", 5)
    settings = {"filters": 5, "kernel_size": 4, "strides": 2, "padding": "same", "activation": "tanh", "dtype": dtype}
    mine, other = ours(**settings | changes), theirs(**settings | changes)
    images = normal(2, 9, 12, 6)
    for layer in (mine, other):
        layer.build(images.shape)
    mine.bias.assign(np.arange(5) / 5)
    other.set_weights(mine.get_weights())
    got, wanted = mine(images), other(images)
    assert got.dtype == wanted.dtype
    assert tuple(mine.compute_output_shape(images.shape)) == tuple(got.shape)
    tolerance = 1e-5 if dtype == "float32" else 2e-2
    np.testing.assert_allclose(*(tf.cast(value, "float32") for value in (got, wanted)), atol=tolerance)
