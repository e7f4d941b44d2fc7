import keras
import numpy as np
import pytest

from ecg_synth.errors import InputError
from ecg_synth.models import Fcn, FcnClasses, build_gan, get_preset


def test_is_the_network_of_the_paper():
    gan = build_gan(get_preset("thyroid"), (7, 7, 1))
    assert gan.latent_dim == 5
    for network, nodes in ((gan.generator, [64, 49]), (gan.discriminator, [64, 1])):
        dense = [layer for layer in network.layers if isinstance(layer, keras.layers.Dense)]
        assert [layer.units for layer in dense] == nodes
        assert all(layer.activation is keras.activations.linear for layer in dense)


@pytest.mark.parametrize("shape", [(7, 7, 1), (5, 9, 3), (1, 1, 1)])
@pytest.mark.parametrize("activation", ["linear", "leaky_relu", "relu"])
def test_images_have_the_shape_asked_for(shape, activation):
    gan = Fcn(shape, hidden=(6, 4), activation=activation)
    assert gan.sample(3).shape == (3, *shape)
    assert gan.judge(gan(np.zeros((2, 5), np.float32))).source.shape == (2, 1)


def test_linear_networks_are_linear():
    gan = Fcn((4, 4, 1), hidden=(8, 8))
    a, b = np.random.default_rng(0).standard_normal((2, 3, 5)).astype(np.float32)
    zero = gan(np.zeros((3, 5), np.float32))
    np.testing.assert_allclose(gan(a + b), gan(a) + gan(b) - zero, atol=1e-5)


def test_tanh_keeps_to_the_grey_scale():
    gan = Fcn((4, 4, 1), output="tanh")
    assert np.abs(gan(1000 * np.ones((1, 5), np.float32))).max() <= 1


def test_config_round_trip_and_seed():
    gan = Fcn((4, 4, 1), latent_dim=3, hidden=(6,), activation="relu", output="tanh", ema=0.5, seed=4)
    again = Fcn.from_config(gan.get_config())
    assert again.get_config() == gan.get_config()
    for one, other in zip(gan.weights, again.weights, strict=True):
        np.testing.assert_array_equal(one, other)


class TestClasses:
    def test_both_networks_are_told_the_class(self):
        gan = FcnClasses((4, 4, 1), hidden=(6,), n_classes=3)
        latents = np.zeros((3, 5), np.float32)
        images = gan(latents, np.eye(3, dtype=np.float32))
        assert not np.allclose(images[0], images[1])
        same = np.zeros((3, 4, 4, 1), np.float32) + 0.5
        logits = gan.judge(same, np.eye(3, dtype=np.float32)).source
        assert logits.shape == (3, 1)
        assert len(np.unique(np.asarray(logits))) == 3

    def test_config_round_trip(self):
        gan = FcnClasses((4, 4, 1), hidden=(6, 3), activation="relu", n_classes=3, seed=4)
        again = FcnClasses.from_config(gan.get_config())
        assert again.get_config() == gan.get_config()
        for one, other in zip(gan.weights, again.weights, strict=True):
            np.testing.assert_array_equal(one, other)

    def test_needs_two(self):
        with pytest.raises(InputError, match="FcnClasses learns classes apart.*Received: n_classes=1"):
            FcnClasses((4, 4, 1), n_classes=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_shape": (4, 4)}, r"\(height, width, channels\). Received: image_shape=\(4, 4\)"),
        ({"hidden": ()}, r"Received: latent_dim=5, hidden=\(\)"),
        ({"latent_dim": 0}, "Received: latent_dim=0"),
        ({"activation": "tan"}, "Unknown activation. Received: activation='tan'"),
        ({"output": "relu"}, "Unknown output. Received: output='relu'"),
        ({"n_classes": 3}, "Fcn knows no classes. Received: n_classes=3"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(InputError, match=message):
        Fcn(**{"image_shape": (4, 4, 1), **arguments})
