import keras
import numpy as np
import pytest
import tensorflow as tf

from ecg_synth.errors import InputError
from ecg_synth.models import Dcgan, Gan, NonSaturatingLoss


def values(variables):
    return [keras.ops.convert_to_numpy(variable).copy() for variable in variables]


def state(gan):
    return values(gan.variables + gan.d_optimizer.variables + gan.g_optimizer.variables)


def assert_same(left, right):
    assert len(left) == len(right)
    for one, other in zip(left, right, strict=True):
        np.testing.assert_array_equal(one, other)


def differ(left, right):
    return all(not np.array_equal(one, other) for one, other in zip(left, right, strict=True))


def with_dropout(seed=0):
    generator = keras.Sequential([keras.Input((3,)), keras.layers.Dense(64), keras.layers.Reshape((8, 8, 1))])
    layers = [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
    gan = Gan(generator, keras.Sequential(layers), latent_dim=3, seed=seed)
    gan.compile(keras.optimizers.Adam(), keras.optimizers.Adam())
    return gan


def test_a_step_changes_both_networks_and_counts(make_gan, batch):
    gan = make_gan()
    before = values(gan.generator.trainable_weights), values(gan.discriminator.trainable_weights)
    logs = gan.train_on_batch(batch, return_dict=True)
    assert differ(before[0], values(gan.generator.trainable_weights))
    assert differ(before[1], values(gan.discriminator.trainable_weights))
    assert int(gan.steps) == 1
    assert set(logs) == {"d_loss", "g_loss", "d_real", "d_fake", "d_grad", "g_grad"}
    assert all(np.isfinite(value) for value in logs.values())


def test_a_step_is_the_step_written_out_by_hand(make_gan, batch):
    gan, other = make_gan(label_smoothing=0.1), make_gan(label_smoothing=0.1)
    logs = gan.train_on_batch(batch, return_dict=True)

    latents = tf.random.stateless_normal((6, 5), tf.constant([0, 0], tf.int64))
    fakes = tf.constant(other.generator(latents, training=True).numpy())
    real = batch.astype(np.float32) / 127.5 - 1
    entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    with tf.GradientTape() as tape:
        real_logits = other.discriminator(real, training=True)
        fake_logits = other.discriminator(fakes, training=True)
        d_loss = entropy(np.full((6, 1), 0.9), real_logits) + entropy(np.zeros((6, 1)), fake_logits)
    weights = other.discriminator.trainable_weights
    generator_before = values(other.generator.trainable_weights)
    other.d_optimizer.apply(tape.gradient(d_loss, weights), weights)
    assert_same(generator_before, values(other.generator.trainable_weights))
    moving = values(other.generator.non_trainable_weights)
    with tf.GradientTape() as tape:
        g_loss = entropy(np.ones((6, 1)), other.discriminator(other.generator(latents, training=True), training=True))
    weights = other.generator.trainable_weights
    other.g_optimizer.apply(tape.gradient(g_loss, weights), weights)
    # The second forward pass by hand moved the generator's means once more than the step does.
    for variable, value in zip(other.generator.non_trainable_weights, moving, strict=True):
        variable.assign(value)

    assert logs["d_loss"] == pytest.approx(float(d_loss), rel=1e-5)
    assert logs["g_loss"] == pytest.approx(float(g_loss), rel=1e-4)
    assert logs["d_real"] == pytest.approx(np.mean(np.asarray(real_logits) > 0))
    assert logs["d_fake"] == pytest.approx(np.mean(np.asarray(fake_logits) <= 0))
    for mine, theirs in zip(gan.weights, other.weights, strict=True):
        if mine.path.endswith("steps"):
            continue
        np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=2e-5, err_msg=mine.path)


def test_noise_follows_seed_and_step(make_gan, batch):
    one, same, other = make_gan(seed=1), make_gan(seed=1), make_gan(seed=2)
    for gan in (one, same, other):
        gan.train_on_batch(batch)
    assert_same(state(one), state(same))
    assert not np.array_equal(one.generator.weights[0], other.generator.weights[0])


@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
def test_reload_keeps_weights_both_optimizers_and_config(tmp_path, make_gan, batch, dtype):
    gan = make_gan(label_smoothing=0.1, dtype=dtype)
    for _ in range(2):
        gan.train_on_batch(batch)
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    assert isinstance(again, Dcgan)
    assert again.get_config() == gan.get_config()
    assert again.get_compile_config() == gan.get_compile_config()
    assert again.gan_loss.label_smoothing == 0.1
    assert_same(state(gan), state(again))
    gan.train_on_batch(batch)
    again.train_on_batch(batch)
    assert_same(state(gan), state(again))


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(make_gan, batch, dtype):
    gan = make_gan(dtype=dtype)
    logs = gan.train_on_batch(batch, return_dict=True)
    assert all(np.isfinite(value) for value in logs.values())
    images = gan(np.zeros((2, 5), np.float32))
    assert images.dtype == "float32"
    assert gan.discriminator(images).dtype == "float32"
    assert all(weight.dtype == "float32" for weight in gan.trainable_weights)
    assert gan.generator.get_layer("up_1_conv").compute_dtype == dtype.removeprefix("mixed_")
    for optimizer in (gan.d_optimizer, gan.g_optimizer):
        assert isinstance(optimizer, keras.optimizers.LossScaleOptimizer) == (dtype == "mixed_float16")
        assert int(optimizer.iterations) == 1


def test_dropout_goes_on_where_it_was(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 1), np.uint8)
    keras.utils.set_random_seed(0)
    gan = with_dropout()
    gan.train_on_batch(images)
    gan.save_weights(tmp_path / "gan.weights.h5")
    keras.utils.set_random_seed(1)
    again = with_dropout()
    again.load_weights(tmp_path / "gan.weights.h5")
    for _ in range(2):
        gan.train_on_batch(images)
        again.train_on_batch(images)
    assert any("seed_generator_state" in variable.path for variable in gan.variables)
    assert_same(state(gan), state(again))


def test_base_class_config_round_trip():
    gan = with_dropout(seed=4)
    again = Gan.from_config(gan.get_config())
    assert (again.latent_dim, again.seed) == (3, 4)
    assert [layer.name for layer in again.discriminator.layers] == [layer.name for layer in gan.discriminator.layers]


def test_loss_defaults_to_non_saturating():
    assert isinstance(with_dropout().gan_loss, NonSaturatingLoss)


def test_refuses_one_optimizer_for_both():
    optimizer = keras.optimizers.Adam()
    with pytest.raises(InputError, match="an optimizer of its own. Received: one object twice"):
        Dcgan((8, 8, 1), latent_dim=5, filters=(4,)).compile(optimizer, optimizer)


def test_refuses_networks_that_do_not_fit():
    one, other = (Dcgan((side, side, 1), latent_dim=5, filters=(4,)) for side in (8, 16))
    with pytest.raises(InputError, match=r"Received: generator.output_shape=\(None, 8, 8, 1\), discriminator"):
        Gan(one.generator, other.discriminator, latent_dim=5)
    with pytest.raises(InputError, match=r"Received: latent_dim=6, n_classes=0, generator.input_shape=\(None, 5\)"):
        Gan(one.generator, one.discriminator, latent_dim=6)


def test_refuses_images_that_are_not_grey_levels(make_gan, batch):
    with pytest.raises(InputError, match="must be uint8. Received: images.dtype='float32'"):
        make_gan().train_on_batch(batch.astype(np.float32))
