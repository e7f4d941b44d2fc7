import warnings

import keras
import numpy as np
import pytest

from ecg_synth.errors import InputError
from ecg_synth.models import MODELS, Dcgan


@pytest.mark.parametrize("channels", [1, 3, 6])
@pytest.mark.parametrize("side", [8, 16, 45])
def test_images_have_the_shape_asked_for(side, channels):
    gan = Dcgan((side, side, channels), latent_dim=5, filters=(4, 8, 16))
    images = gan(np.zeros((2, 5), np.float32))
    logits = gan.discriminator(images)
    assert images.shape == (2, side, side, channels)
    assert images.dtype == "float32"
    assert logits.shape == (2, 1)
    assert logits.dtype == "float32"
    generated = gan.sample(3)
    assert generated.shape == (3, side, side, channels)
    assert generated.dtype == np.uint8


def test_oblong_images():
    assert Dcgan((45, 90, 1), latent_dim=5, filters=(4, 8)).sample(2).shape == (2, 45, 90, 1)


def test_is_the_network_of_the_paper():
    gan = Dcgan((45, 45, 1))
    convolutions = [layer.filters for layer in gan.discriminator.layers if isinstance(layer, keras.layers.Conv2D)]
    assert convolutions == [64, 128, 256]
    assert gan.generator.get_layer("image_conv").output.shape == (None, 48, 48, 1)
    assert gan.generator.get_layer("grid").output.shape == (None, 6, 6, 256)
    kernel = gan.discriminator.get_layer("down_3_conv").kernel
    assert float(np.std(kernel)) == pytest.approx(0.02, rel=0.02)


def test_crop_takes_the_middle():
    from ecg_synth.models.blocks import center_crop

    image = np.arange(48.0, dtype=np.float32)[None, :, None, None] * np.ones((1, 48, 48, 1), np.float32)
    cropped = np.asarray(center_crop((48, 48), (45, 45))(image))
    np.testing.assert_array_equal(cropped[0, :, 0, 0], np.arange(1, 46))


def test_seed_fixes_the_first_weights():
    a, b, c = (Dcgan((8, 8, 1), latent_dim=5, filters=(4, 8), seed=seed) for seed in (3, 3, 4))
    for mine, same, other in zip(a.trainable_weights, b.trainable_weights, c.trainable_weights, strict=True):
        np.testing.assert_array_equal(mine, same)
        if mine.path.endswith("kernel"):
            assert not np.array_equal(mine, other)


def test_config_round_trip():
    gan = Dcgan((16, 16, 3), latent_dim=5, filters=(4, 8), kernel_size=5, seed=9, dtype="mixed_bfloat16", name="x")
    again = Dcgan.from_config(gan.get_config())
    assert again.get_config() == gan.get_config()
    for name in ("image_shape", "latent_dim", "filters", "kernel_size", "seed", "name"):
        assert getattr(again, name) == getattr(gan, name) == gan.get_config()[name]
    assert again.dtype_policy.name == "mixed_bfloat16"
    assert again.discriminator.layers[0].compute_dtype == "bfloat16"


def test_is_registered():
    assert MODELS["dcgan"] is Dcgan
    with pytest.raises(InputError, match="Unknown model. Received: model='dcgam'. Did you mean 'dcgan'"):
        MODELS["dcgam"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_shape": (7, 45, 1)}, r"at least 8 pixels .* Received: image_shape=\(7, 45, 1\)"),
        ({"image_shape": (45, 45)}, r"\(height, width, channels\).* Received: image_shape=\(45, 45\)"),
        ({"image_shape": (45, 45, 0)}, r"at least 1 channel. Received: image_shape=\(45, 45, 0\)"),
        ({"filters": ()}, r"at least 1 feature map. Received: filters=\(\)"),
        ({"filters": (4, 0)}, r"Received: filters=\(4, 0\)"),
        ({"latent_dim": 0}, "Received: latent_dim=0"),
        ({"kernel_size": 0}, "kernel_size=0"),
        ({"seed": -1}, "Received: seed=-1"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(InputError, match=message):
        Dcgan(**{"image_shape": (45, 45, 1), **arguments})


def test_generate_refuses_latents_of_another_length():
    gan = Dcgan((8, 8, 1), latent_dim=5, filters=(4,))
    with pytest.raises(InputError, match=r"shape \(n, 5\).*Received: latents.shape=\(2, 6\)"):
        gan.generate(np.zeros((2, 6), np.float32))


def test_sample_follows_its_seed():
    gan = Dcgan((8, 8, 1), latent_dim=5, filters=(4,))
    np.testing.assert_array_equal(gan.sample(5, seed=1), gan.sample(5, seed=1))
    assert not np.array_equal(gan.sample(5, seed=1), gan.sample(5, seed=2))
    np.testing.assert_allclose(gan.sample(5, seed=1).astype(int), gan.sample(5, seed=1, batch_size=2), atol=1)
    assert gan.sample(0).shape == (0, 8, 8, 1)


def test_reload_is_silent(tmp_path, make_gan, batch):
    gan = make_gan()
    gan.train_on_batch(batch)
    gan.save(tmp_path / "gan.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Keras's own reading of NumPy 2 arrays.
        warnings.simplefilter("ignore", DeprecationWarning)
        keras.models.load_model(tmp_path / "gan.keras")
