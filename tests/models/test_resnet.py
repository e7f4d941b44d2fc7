import dataclasses

import keras
import numpy as np
import pytest

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import ResnetClassesConfig, ResnetConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.models import R1, R2, RelativisticLoss, Resnet, ResnetClasses, build_gan, get_preset
from ecg_synth.models.helical import HelicalConv2D
from ecg_synth.models.scaling import to_unit

RNG = np.random.default_rng(0)
CODEC = EcgImageCodec(length=256).get_config()
SMALL = {"latent_dim": 5, "filters": (4, 8), "signal_scales": ()}
IMAGES = RNG.integers(0, 256, (6, 16, 16, 1), np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2])


def make(family=ResnetConfig, model=(), **changes):
    config = dataclasses.replace(get_preset("gan-modern"), model=family(**{**SMALL, **dict(model)}), **changes)
    return build_gan(config, (16, 16, 1), 3, CODEC)


def spectral_layers(gan):
    return [layer for layer in gan.discriminator.layers if isinstance(layer, keras.layers.SpectralNormalization)]


@pytest.mark.parametrize("shape", [(8, 8, 1), (45, 45, 3), (45, 90, 1), (9, 13, 2)])
def test_images_have_the_shape_asked_for(shape):
    gan = Resnet(shape, latent_dim=5, filters=(4, 6, 8))
    images = gan(np.zeros((2, 5), np.float32))
    assert (images.shape, images.dtype) == ((2, *shape), "float32")
    assert gan.judge(images).source.shape == (2, 1)


def test_the_last_convolutions_stand_at_the_images_own_size():
    gan = Resnet((45, 45, 1), latent_dim=5, filters=(4, 6, 8))
    for network, names in ((gan.generator, ("up_3_conv_2", "image_conv")), (gan.discriminator, ("stem_conv",))):
        for name in names:
            layer = network.get_layer(name)
            assert type(layer) is HelicalConv2D
            assert layer.output.shape[1:3] == (45, 45)


def test_presets_are_the_recipe():
    for name, family in (("gan-modern", Resnet), ("gan-modern-classes", ResnetClasses)):
        for size in ("", "-small"):
            gan = build_gan(get_preset(name + size), (16, 16, 1), 3, CODEC)
            assert type(gan) is family
            assert isinstance(gan.gan_loss, RelativisticLoss)
            assert [type(penalty) for penalty in gan.penalties] == [R1, R2]
            assert gan.average_generator is not None
            assert gan.augment.names == ("shift", "gain", "offset")
            assert keras.layers.BatchNormalization not in {type(layer) for layer in gan.discriminator.layers}


@pytest.mark.parametrize(("family", "dtype"), [(ResnetConfig, "float32"), (ResnetClassesConfig, "mixed_bfloat16")])
def test_a_step_moves_everything_and_a_reload_keeps_it(tmp_path, family, dtype):
    gan = make(family, {"filters": (4,), "signal_scales": (4,)}, dtype=dtype)
    # Where only differences of logits count, what all of them share stays as it is.
    weights = [weight for weight in gan.trainable_weights if not weight.path.endswith("logit/bias")]
    before = [weight.numpy().copy() for weight in weights]
    logs = gan.train_on_batch(IMAGES, LABELS, return_dict=True)
    assert all(np.isfinite(value) for value in logs.values())
    for old, new in zip(before, weights, strict=True):
        assert not np.array_equal(old, new.numpy()), new.path
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert again.get_config() == gan.get_config()
    for one, other in zip(gan.variables, again.variables, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(one), keras.ops.convert_to_numpy(other), one.path)


def test_seed_fixes_all_weights_and_the_power_iterations():
    one, same, other = (make(model={"spectral_norm": True}, seed=seed) for seed in (3, 3, 4))
    for mine, theirs, differs in zip(one.weights, same.weights, other.weights, strict=True):
        np.testing.assert_array_equal(mine, theirs)
        if "kernel" in mine.path or "vector_u" in mine.path:
            assert not np.array_equal(mine, differs)


def test_spectral_normalization_holds_each_kernel_at_1_and_keeps_its_bits(tmp_path):
    gan = make(model={"spectral_norm": True}, r1=0.0, r2=0.0, dtype="mixed_bfloat16")
    assert len(spectral_layers(gan)) == 1 + 2 * 3 + 1
    for _ in range(15):
        gan.train_on_batch(IMAGES)
    gan.save_weights(tmp_path / "gan.weights.h5")
    vectors = [layer.vector_u.numpy() for layer in spectral_layers(gan)]
    # The vectors of the power iteration go on where they were, not from a new draw.
    again = make(model={"spectral_norm": True}, r1=0.0, r2=0.0, dtype="mixed_bfloat16", seed=9)
    again.load_weights(tmp_path / "gan.weights.h5")
    for layer, vector in zip(spectral_layers(again), vectors, strict=True):
        np.testing.assert_array_equal(layer.vector_u, vector)
    gan.judge(to_unit(IMAGES), training=True)
    for layer in spectral_layers(gan):
        kernel = layer.kernel.numpy()
        largest = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)[0]
        assert largest == pytest.approx(1.0, abs=0.1), layer.name
        # In bfloat16 the last 16 bits of every weight would be 0.
        assert (kernel.view(np.uint32) & 0xFFFF).any()


def test_the_projection_by_hand():
    """w . f + b + e(class) . f, for one class and for a mix."""
    gan = make(ResnetClassesConfig)
    features = keras.Model(gan.discriminator.inputs, gan.discriminator.get_layer("flatten").output)
    images = to_unit(IMAGES)
    mixes = np.float32([[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0], [0, 0, 0], [0.2, 0.3, 0.5]])
    f = np.asarray(features([images, keras.ops.convert_to_tensor(mixes)]))
    head, embedding = (gan.discriminator.get_layer(f"image_{name}") for name in ("logit", "classes"))
    by_hand = f @ head.kernel.numpy() + head.bias.numpy() + np.sum((mixes @ embedding.kernel.numpy()) * f, 1)[:, None]
    np.testing.assert_allclose(gan.judge(images, keras.ops.convert_to_tensor(mixes)).source, by_hand, atol=1e-4)


def test_the_class_changes_the_image():
    gan = make(ResnetClassesConfig)
    latents = RNG.standard_normal((1, 5)).astype(np.float32)
    one, other = (gan(latents, np.float32([classes])) for classes in ([1, 0, 0], [0, 1, 0]))
    assert not np.array_equal(one, other)
    assert gan.sample(3, classes=np.array([0, 1, 2])).shape == (3, 16, 16, 1)


def test_the_answer_on_an_image_does_not_hang_on_its_batch():
    gan = make(model={"signal_scales": (1, 4)})
    together = gan.judge(to_unit(IMAGES), training=True).source
    apart = np.concatenate([gan.judge(to_unit(IMAGES[i : i + 1]), training=True).source for i in range(6)])
    np.testing.assert_allclose(together, apart, atol=1e-4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_shape": (7, 45, 1)}, "at least 8 pixels"),
        ({"filters": ()}, r"at least 1 feature map. Received: filters=\(\)"),
        ({"padding": "same"}, "Unknown padding. Received: padding='same'"),
        ({"signal_scales": (1,)}, "Received: codec=None"),
        ({"n_classes": 3}, "Resnet knows no classes. Received: n_classes=3"),
    ],
)
def test_refuses(arguments, message):
    with pytest.raises(InputError, match=message):
        Resnet(**{"image_shape": (45, 45, 1), **arguments})
    assert TrainConfig(model=ResnetConfig()).model.name == "resnet"


def test_one_class_is_none():
    with pytest.raises(InputError, match="ResnetClasses learns classes apart.* Received: n_classes=1"):
        ResnetClasses((16, 16, 1), n_classes=1)
