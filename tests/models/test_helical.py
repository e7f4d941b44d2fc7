import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import DcganConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.models import Dcgan, build_gan
from ecg_synth.models.helical import HelicalConv2D, HelicalConv2DTranspose, convolution, helical_padding

RNG = np.random.default_rng(0)
sides = st.integers(1, 6)
pads = st.tuples(st.integers(0, 8), st.integers(0, 8))


def normal(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def with_kernel(layer, kernel):
    layer.build((None, None, None, kernel.shape[2]))
    layer.kernel.assign(kernel)
    return layer


@settings(deadline=None, max_examples=60)
@given(sides, sides, pads, pads)
def test_a_padded_pixel_is_the_helix_at_its_number(height, width, rows, columns):
    helix = np.arange(1.0, height * width + 1)
    image = helix.reshape(1, height, width, 1).astype(np.float32)
    padded = np.asarray(helical_padding(image, (rows, columns)))[0, :, :, 0]
    number = (np.arange(height + sum(rows)) - rows[0])[:, None] * width + np.arange(width + sum(columns)) - columns[0]
    expected = np.where((number >= 0) & (number < len(helix)), helix[np.clip(number, 0, len(helix) - 1)], 0)
    np.testing.assert_array_equal(padded, expected)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 9])
def test_a_row_of_taps_convolves_the_signal(size):
    """The law that this layer is for; with zeros it does not hold."""
    signal, kernel = normal(2, 7 * 8, 3), normal(1, size, 3, 4)
    image = signal.reshape(2, 7, 8, 3)
    in_time = keras.ops.conv(signal, kernel[0], padding="same")
    helical = with_kernel(HelicalConv2D(4, (1, size), padding="same", use_bias=False), kernel)(image)
    np.testing.assert_allclose(np.asarray(helical).reshape(2, 56, 4), in_time, atol=1e-5)
    zeros = with_kernel(keras.layers.Conv2D(4, (1, size), padding="same", use_bias=False), kernel)(image)
    assert (size == 1) == np.allclose(np.asarray(zeros).reshape(2, 56, 4), in_time, atol=1e-5)


def test_rows_of_taps_are_taps_a_row_apart():
    """Also at the corners: the whole 3x3 kernel is one sparse kernel of the signal."""
    width, kernel = 8, normal(3, 3, 1, 1)
    signal = normal(1, 6 * width, 1)
    sparse = np.zeros((2 * width + 3, 1, 1), np.float32)
    for row in range(3):
        sparse[row * width : row * width + 3] = kernel[row]
    in_time = keras.ops.conv(signal, sparse, padding="same")
    helical = with_kernel(HelicalConv2D(1, 3, padding="same", use_bias=False), kernel)
    np.testing.assert_allclose(
        np.asarray(helical(signal.reshape(1, 6, width, 1))).ravel(), np.ravel(in_time), atol=1e-5
    )


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize(("size", "stride"), [(3, 1), (4, 2), (5, 2), (1, 2), (4, 3)])
def test_shape_and_inside_are_keras_own(size, stride, transposed):
    arguments = {"filters": 2, "kernel_size": size, "strides": stride, "padding": "same"}
    ours, theirs = convolution("helical", transposed)(**arguments), convolution("zeros", transposed)(**arguments)
    image = normal(1, 13, 12, 3)
    theirs.build(image.shape), ours.build(image.shape)
    ours.set_weights(theirs.get_weights())
    mine, other = np.asarray(ours(image)), np.asarray(theirs(image))
    assert mine.shape == other.shape == (1, *ours.compute_output_shape(image.shape)[1:])
    edge = 2 * stride if transposed else 2
    np.testing.assert_allclose(mine[:, edge:-edge, edge:-edge], other[:, edge:-edge, edge:-edge], atol=1e-5)
    if size > stride:
        assert not np.allclose(mine, other, atol=1e-3)


def test_a_transposed_row_of_taps_widens_the_signal():
    signal, kernel = normal(1, 5 * 8, 2), normal(1, 4, 3, 2)
    layer = HelicalConv2DTranspose(3, (1, 4), strides=(1, 2), padding="same", use_bias=False)
    layer.build((None, 5, 8, 2))
    layer.kernel.assign(kernel)
    in_time = keras.ops.conv_transpose(signal, kernel[0], strides=2, padding="same")
    np.testing.assert_allclose(np.asarray(layer(signal.reshape(1, 5, 8, 2))).reshape(1, 80, 3), in_time, atol=1e-5)


def test_helical_networks_have_no_seams_of_their_own():
    """Shifted by one row the generator's last convolution goes on as if there were no right edge."""
    gan = Dcgan((45, 45, 1), latent_dim=5, filters=(4, 8, 16), padding="helical")
    last = gan.generator.get_layer("image_conv")
    assert type(last) is HelicalConv2D
    assert last.output.shape == (None, 45, 45, 1)
    assert gan.sample(2).shape == (2, 45, 45, 1)
    again = Dcgan.from_config(gan.get_config())
    assert (again.padding, again.get_config()) == ("helical", gan.get_config())


def test_zeros_is_the_network_as_it_was():
    names = [layer.name for layer in Dcgan((45, 45, 1)).generator.layers]
    assert names[-3:] == ["image_conv", "crop", "image"]


@pytest.mark.parametrize(
    ("changes", "received"),
    [
        ({"arrangement": "hilbert"}, "codec='ecg', arrangement='hilbert', layout='stacked'"),
        ({"layout": "tiles"}, "codec='ecg', arrangement='z', layout='tiles'"),
        ({"codec": "table"}, "codec='table', arrangement='z'"),
    ],
)
def test_refuses_images_whose_rows_do_not_go_on(changes, received):
    config = TrainConfig(model=DcganConfig(latent_dim=5, filters=(4,), padding="helical"))
    codec = {**EcgImageCodec(length=64).get_config(), **changes}
    with pytest.raises(InputError, match=f"arrangement z or reversed.* Received: {received}.*padding to 'zeros'"):
        build_gan(config, (8, 8, 1), codec=codec)
    build_gan(config, (8, 8, 1), codec={**codec, "codec": "ecg", "arrangement": "reversed", "layout": "stacked"})


def test_refuses_an_unknown_padding():
    with pytest.raises(InputError, match="Unknown padding. Received: padding='helica'. Did you mean 'helical'"):
        Dcgan((8, 8, 1), latent_dim=5, filters=(4,), padding="helica")
