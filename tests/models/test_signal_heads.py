import keras
import numpy as np
import pytest
import tensorflow as tf

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import AcganConfig, DcganConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.models import build_gan
from ecg_synth.models.scaling import to_unit
from ecg_synth.models.time_order import Samples, TimeOrder

RNG = np.random.default_rng(0)
CODECS = [
    {},
    {"arrangement": "transposed"},
    {"arrangement": "hilbert", "length": 250},
    {"arrangement": "random:7", "leads": ("i", "ii"), "layout": "stripes"},
    {"arrangement": "reversed", "leads": ("i", "ii", "iii"), "layout": "tiles"},
    {"leads": ("i", "ii", "v1")},
    {"leads": ("i", "ii", "iii", "avr"), "independent": True},
]


def codec_of(**arguments):
    return EcgImageCodec(**{"length": 256, "standardization": "adapted", **arguments})


@pytest.mark.parametrize("arguments", CODECS)
def test_samples_stand_where_the_codec_reads_them(arguments):
    codec = codec_of(**arguments)
    images = RNG.uniform(-1, 1, (3, *codec.full_shape)).astype(np.float32)
    order = TimeOrder(codec.get_config())
    samples = np.asarray(order.samples(images))
    np.testing.assert_array_equal(samples, images.reshape(3, -1)[:, codec.position])
    # Back, with other NULL pixels: what is no sample is taken from there.
    np.testing.assert_array_equal(order.images(samples, images), images)
    other = np.full_like(images, 7.0)
    moved = np.asarray(order.images(samples, other)).reshape(3, -1)
    used = np.zeros(moved.shape[1], bool)
    used[codec.position.ravel()] = True
    assert (moved[:, ~used] == 7.0).all()
    np.testing.assert_array_equal(moved[:, used], images.reshape(3, -1)[:, used])


def test_levels_in_time_order_are_the_decoded_signal():
    """One slope from the network's scale to mV, whatever the arrangement: the adapted range is affine."""
    codec = codec_of(arrangement="spiral")
    images = RNG.integers(0, 256, (2, *codec.full_shape), np.uint8)
    samples = np.asarray(TimeOrder(codec.get_config()).samples(images.astype(np.float32) / 127.5 - 1))
    mv = codec.decode(images)
    np.testing.assert_allclose(np.diff(samples, axis=1) * 1.25, np.diff(mv, axis=1), atol=1e-5)


def test_gradients_flow_back_to_the_pixel():
    codec = codec_of(arrangement="hilbert", length=250)
    images = tf.Variable(RNG.uniform(-1, 1, (1, *codec.full_shape)), dtype=tf.float32)
    with tf.GradientTape() as tape:
        sample = Samples(codec.get_config())(images)[0, 17, 0]
    gradient = tf.convert_to_tensor(tape.gradient(sample, images)).numpy().ravel()
    assert np.flatnonzero(gradient).tolist() == [codec.position[17, 0]]


@pytest.mark.parametrize("family", [DcganConfig, AcganConfig])
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_heads_join_the_logit_and_learn(tmp_path, family, dtype):
    codec = codec_of(arrangement="hilbert").get_config()
    config = TrainConfig(model=family(latent_dim=5, filters=(4, 8), signal_scales=(1, 4)), r1=1.0, r2=1.0, dtype=dtype)
    gan = build_gan(config, (16, 16, 1), 2, codec)
    images, labels = RNG.integers(0, 256, (4, 16, 16, 1), np.uint8), np.array([0, 1, 0, 1])
    assert gan.judge(to_unit(images)).source.shape == (4, 3)
    heads = [weight for weight in gan.discriminator.trainable_weights if "signal" in weight.path]
    assert len(heads) == 2 * (3 + 2)
    before = [weight.numpy().copy() for weight in heads]
    logs = gan.train_on_batch(images, labels, return_dict=True)
    assert all(np.isfinite(value) for value in logs.values())
    assert all(not np.array_equal(old, new.numpy()) for old, new in zip(before, heads, strict=True))
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(again.judge(to_unit(images)).source, gan.judge(to_unit(images)).source)


def test_a_signal_head_sees_what_follows_what():
    """Two images of the same pixels in another order of time are the same to no head of the signal."""
    codec = codec_of(arrangement="random:3").get_config()
    gan = build_gan(
        TrainConfig(model=DcganConfig(latent_dim=5, filters=(4,), signal_scales=(1,))), (16, 16, 1), 0, codec
    )
    order = TimeOrder(codec)
    wave = np.sin(np.arange(256) / 5, dtype=np.float32)[None, :, None]
    blank = np.zeros((1, 16, 16, 1), np.float32)
    features = keras.Model(gan.discriminator.inputs, gan.discriminator.get_layer("signal_1_conv_1").output)
    smooth = np.asarray(features(order.images(wave, blank)))[0, 1:-1]
    torn = np.asarray(features(order.images(RNG.permuted(wave, axis=1), blank)))[0, 1:-1]
    assert np.abs(np.diff(smooth, axis=0)).max() < np.abs(np.diff(torn, axis=0)).max()


@pytest.mark.parametrize(
    ("codec", "message"),
    [
        (None, "takes the config of its codec. Received: codec=None. Give build_gan the codec"),
        ({"codec": "table"}, "each hold one sample.* Received: codec='table', arrangement='z', domain='time'"),
        ({"arrangement": "beats"}, "Received: codec='ecg', arrangement='beats'.* Leave both out"),
        ({"domain": {"name": "dct", "scale": []}}, "Received: codec='ecg', arrangement='z', domain='dct'"),
        ({"color": "hsv"}, "domain='time', color='hsv'"),
        ({"leads": ["i"]}, "The codec 'ecg' cannot be built"),
        (EcgImageCodec().get_config(), r"image_shape=\(16, 16, 1\), and a codec of images \(45, 45, 1\)"),
    ],
)
def test_refuses_codecs_without_fixed_positions(codec, message):
    config = TrainConfig(model=DcganConfig(latent_dim=5, filters=(4,), signal_scales=(1,)))
    with pytest.raises(InputError, match=message):
        build_gan(config, (16, 16, 1), codec=codec)


@pytest.mark.parametrize(
    ("scales", "message"), [((0,), "from 1 on"), ((2, 2), "of its own"), ((300,), "slice's length")]
)
def test_refuses_scales(scales, message):
    config = TrainConfig(model=DcganConfig(latent_dim=5, filters=(4,), signal_scales=scales))
    with pytest.raises(InputError, match=f"{message}.* Received: signal_scales="):
        build_gan(config, (16, 16, 1), codec=codec_of().get_config())


def test_a_model_without_heads_does_not_read_the_codec():
    build_gan(TrainConfig(model=DcganConfig(latent_dim=5, filters=(4,))), (16, 16, 1), codec={"codec": "nobody's"})
