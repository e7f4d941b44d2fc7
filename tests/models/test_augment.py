import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import DcganConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.models import AUGMENTS, Augmentation, build_gan
from ecg_synth.models.time_order import TimeOrder

RNG = np.random.default_rng(0)
SEED = tf.constant([0, 1], tf.int64)
LENGTH = 256
WAVE = np.sin(np.arange(LENGTH) / 9).astype(np.float32)[None, :, None] * np.float32([0.3, 0.5]) + np.float32(
    [0.1, -0.4]
)
BATCH = np.repeat(WAVE, 200, axis=0)
ALL = tuple(AUGMENTS)


def changed(name, samples=BATCH, seed=SEED):
    return np.asarray(AUGMENTS[name](tf.constant(samples), seed))


def test_shift_moves_in_time_and_holds_the_edge():
    ramp = np.repeat(np.arange(LENGTH, dtype=np.float32)[None, :, None], 500, axis=0)
    moved = changed("shift", ramp)[:, :, 0]
    by = moved[:, LENGTH // 2] - LENGTH // 2
    assert np.abs(by).max() <= LENGTH / 8
    assert len(np.unique(by)) > LENGTH / 8
    np.testing.assert_array_equal(moved, np.clip(np.arange(LENGTH) + by[:, None], 0, LENGTH - 1))


def test_gain_stretches_about_the_mean():
    out = changed("gain")
    np.testing.assert_allclose(out.mean(axis=1), BATCH.mean(axis=1), atol=1e-5)
    factor = out.std(axis=1) / BATCH.std(axis=1)
    np.testing.assert_allclose(factor[:, 0], factor[:, 1], rtol=1e-4)
    assert 0.8 - 1e-5 < factor.min() < 0.83
    assert 1.2 < factor.max() < 1.25 + 1e-5


def test_offset_lifts_each_lead_by_itself():
    lift = changed("offset") - BATCH
    np.testing.assert_allclose(lift, np.broadcast_to(lift[:, :1], lift.shape), atol=1e-6)
    assert 0.095 < np.abs(lift).max() <= 0.1
    assert abs(np.corrcoef(lift[:, 0].T)[0, 1]) < 0.3


def test_noise_is_white():
    added = changed("noise") - BATCH
    assert added.std() == pytest.approx(0.02, rel=0.02)
    assert abs(np.corrcoef(added[:, 1:].ravel(), added[:, :-1].ravel())[0, 1]) < 0.02


def test_cutout_rests_at_the_mean_for_an_eighth():
    out = changed("cutout")
    resting = out != BATCH
    np.testing.assert_allclose(
        out[resting], np.broadcast_to(BATCH.mean(axis=1, keepdims=True), out.shape)[resting], atol=1e-6
    )
    assert resting[:, :, 0].sum(axis=1).max() in (LENGTH / 8, LENGTH / 8 + 1)
    # Each moment is cut now and then, the first and the last ones too.
    assert resting[:, :, 0].any(axis=0).mean() > 0.95


@pytest.mark.parametrize("name", ALL)
def test_follows_its_seed_draws_for_each_slice_and_lets_gradients_through(name):
    np.testing.assert_array_equal(changed(name), changed(name))
    assert not np.array_equal(changed(name), changed(name, seed=tf.constant([0, 2], tf.int64)))
    assert len(np.unique(changed(name)[:, ::4, 0], axis=0)) > 20
    samples = tf.constant(BATCH[:2])
    with tf.GradientTape() as tape:
        tape.watch(samples)
        out = tf.reduce_sum(AUGMENTS[name](samples, SEED))
    # However samples are moved, their sum moves with them.
    assert float(tf.reduce_sum(tape.gradient(out, samples))) == pytest.approx(BATCH[:2].size, rel=0.01)


def test_happens_in_time_and_leaves_null_pixels():
    codec = EcgImageCodec(("i", "ii"), arrangement="hilbert", length=250, layout="stripes")
    augmentation = Augmentation(("gain", "shift"), codec.get_config())
    order = TimeOrder(codec.get_config())
    images = RNG.uniform(-1, 1, (3, *codec.full_shape)).astype(np.float32)
    out = np.asarray(augmentation(images, SEED))
    assert out.shape == images.shape
    fold = tf.random.experimental.stateless_fold_in
    by_hand = AUGMENTS["shift"](AUGMENTS["gain"](order.samples(images), fold(SEED, 0)), fold(SEED, 1))
    np.testing.assert_allclose(np.asarray(order.samples(out)), by_hand, atol=1e-6)
    null = np.setdiff1d(np.arange(images[0].size), codec.position)
    np.testing.assert_array_equal(out.reshape(3, -1)[:, null], images.reshape(3, -1)[:, null])


CODEC = EcgImageCodec(length=256).get_config()
CONFIG = TrainConfig(model=DcganConfig(latent_dim=5, filters=(4, 8)), augment=ALL)


def steps(gan, count):
    for number in range(count):
        images = np.random.default_rng(number).integers(0, 256, (4, 16, 16, 1), np.uint8)
        gan.train_on_batch(images)
    return [keras.ops.convert_to_numpy(variable) for variable in gan.variables]


def test_training_sees_augmented_images_the_same_on_resuming(tmp_path):
    gan = build_gan(CONFIG, (16, 16, 1), codec=CODEC)
    plain = build_gan(dataclasses.replace(CONFIG, augment=()), (16, 16, 1), codec=CODEC)
    steps(gan, 1), steps(plain, 1)
    assert not np.array_equal(gan.discriminator.trainable_weights[0], plain.discriminator.trainable_weights[0])
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert (again.augment.names, again.get_compile_config()) == (ALL, gan.get_compile_config())
    for one, other in zip(steps(gan, 2), steps(again, 2), strict=True):
        np.testing.assert_array_equal(one, other)


def test_everything_that_the_discriminator_sees_in_training_is_augmented(monkeypatch):
    gan = build_gan(
        dataclasses.replace(CONFIG, loss="relativistic", r1=1.0, r2=1.0, d_steps=2), (16, 16, 1), codec=CODEC
    )
    seen, shown = [], []
    judge, augment = gan.judge, gan.augment
    gan.augment = lambda images, seed: shown.append(augment(images, seed)) or shown[-1]
    monkeypatch.setattr(gan, "judge", lambda images, *a, **k: seen.append(images) or judge(images, *a, **k))
    gan.run_eagerly = True
    gan.train_on_batch(RNG.integers(0, 256, (8, 16, 16, 1), np.uint8))
    # Real and generated images of two parts; the penalties reuse their passes, and the last part is judged again.
    assert (len(shown), len(seen)) == (4, 6)
    known = [np.asarray(images).tobytes() for images in shown]
    assert all(np.asarray(images).tobytes() in known for images in seen)


@pytest.mark.parametrize(
    ("augment", "codec", "message"),
    [
        (("shft",), CODEC, "Unknown augmentation. Received: augmentation='shft'. Did you mean 'shift'"),
        (("shift",), None, "Received: codec=None"),
        (("shift",), {"codec": "picture"}, "Received: codec='picture'"),
    ],
)
def test_refuses(augment, codec, message):
    with pytest.raises(InputError, match=message):
        build_gan(dataclasses.replace(CONFIG, augment=augment), (16, 16, 1), codec=codec)
