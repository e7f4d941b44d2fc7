"""Distribution matching: its gradient in closed form, who learns, and what it refuses."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
from test_flow_gan import CODEC, IMAGES, NETWORK, TWO_LEADS, trained

from ecg_synth.config import FlowGanConfig
from ecg_synth.errors import InputError
from ecg_synth.models import build_gan, get_preset
from ecg_synth.models.matching import ASKED, Matching, with_noise
from ecg_synth.models.seeds import step_seeds

SEEDS = step_seeds(0, tf.constant(3), 1, 0)


def matched(codec=CODEC, shape=(16, 16, 1), dtype="float32", augment=(), matching=0.3, noise=False):
    """A small one that matches distributions, in eager steps: what is tested is not what TensorFlow traces."""
    preset = get_preset("flow-gan")
    model = FlowGanConfig(**NETWORK, matching=matching, noise=noise)
    gan = build_gan(
        dataclasses.replace(preset, model=model, dtype=dtype, augment=augment, r1=0.0, r2=0.0), shape, 0, codec
    )
    gan.run_eagerly = True
    return gan


class Gaussian(keras.layers.Layer):
    """The velocity of slices that are white noise of a deviation: E[x1 - x0 | x_t] of two Gaussians."""

    def __init__(self, deviation):
        super().__init__()
        self.deviation = deviation

    def call(self, inputs, training=False):
        between, times, _ = inputs
        t, power = times[:, :, None], self.deviation**2
        return between * (t * power - (1 - t)) / ((1 - t) ** 2 + t**2 * power)


def noise(deviation, count=64):
    return tf.constant(np.random.default_rng(0).normal(0, deviation, (count, 32, 1)), tf.float32)


def slope(matching, made):
    with tf.GradientTape() as tape:
        tape.watch(made)
        loss = matching.generator_loss(made, SEEDS)
    return keras.ops.convert_to_numpy(tape.gradient(loss, made))


@pytest.mark.parametrize("made", [0.5, 1.0, 2.0])
def test_slices_move_towards_the_flows_deviation(made):
    """A step against the gradient makes too quiet slices louder, too loud ones quieter, and leaves right ones."""
    slices = noise(made)
    along = float((slope(Matching(Gaussian(1.0), Gaussian(made)), slices) * slices.numpy()).sum())
    assert np.sign(along) == np.sign(made - 1.0)


def test_its_gradient_is_the_difference_of_what_both_say_the_slice_was():
    slices = noise(2.0, 4)
    between, times, _ = with_noise(slices, SEEDS, ASKED)
    t = times.numpy()[:, :, None]

    def before(deviation):
        # E[x1 | x_t]
        return between.numpy() * t * deviation**2 / ((1 - t) ** 2 + t**2 * deviation**2)

    error = np.abs(slices.numpy() - before(1.0)).mean(axis=(1, 2), keepdims=True)
    expected = (before(2.0) - before(1.0)) / error / slices.numpy().size
    found = slope(Matching(Gaussian(1.0), Gaussian(2.0)), slices)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-7)


def test_the_follower_that_knows_the_slices_has_the_least_loss():
    slices = noise(2.0, 512)
    losses = {
        deviation: float(Matching(Gaussian(1.0), Gaussian(deviation)).follower_loss(slices, SEEDS))
        for deviation in (1.0, 1.8, 2.0, 2.2, 4.0)
    }
    assert min(losses, key=losses.get) == 2.0


def test_the_teacher_stands_still_and_the_follower_learns():
    gan = matched()
    flow = trained()
    taken, total = gan.start_from(flow)
    assert taken > 0.95 * total
    for network in (gan._matching.teacher, gan._matching.follower):
        for mine, theirs in zip(network.weights, flow.sampler.velocity.weights, strict=True):
            np.testing.assert_array_equal(mine, theirs)
    logs = gan.train_on_batch(IMAGES, return_dict=True)
    assert logs["f_loss"] > 0
    assert logs["f_grad"] > 0
    moved = [
        any(
            not np.array_equal(mine, theirs)
            for mine, theirs in zip(network.weights, flow.sampler.velocity.weights, strict=True)
        )
        for network in (gan._matching.teacher, gan._matching.follower)
    ]
    assert moved == [False, True]


def test_it_changes_what_the_generator_learns():
    """While the discriminator's last layer is zero, all that the generator learns is what the two flows say."""
    with_it, without = matched(), matched(matching=0.0)
    for gan in (with_it, without):
        gan.start_from(trained())
        gan.d_optimizer.learning_rate = 0.0
    assert without.train_on_batch(IMAGES, return_dict=True)["g_grad"] == pytest.approx(0.0, abs=1e-7)
    assert with_it.train_on_batch(IMAGES, return_dict=True)["g_grad"] > 1e-5


@pytest.mark.parametrize(("dtype", "noise"), [("float32", True), ("mixed_float16", False)])
def test_a_reload_goes_on_with_the_same_bits(tmp_path, dtype, noise):
    gan = matched(dtype=dtype, noise=noise)
    gan.start_from(trained())
    gan.train_on_batch(IMAGES)
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    again.run_eagerly = True
    for model in (gan, again):
        logs = model.train_on_batch(IMAGES, return_dict=True)
        assert all(np.isfinite(value) for value in logs.values())
    for one, other in zip(gan.variables, again.variables, strict=True):
        np.testing.assert_array_equal(one, other, one.path)


def test_the_discriminator_sees_both_sides_with_the_same_share_of_noise():
    gan = matched(noise=True)
    real, made = noise(1.0, 8), tf.zeros((8, 32, 1))
    seen_real, seen_made, times = gan._seen(real, made, SEEDS.mixing, 5)
    t = times.numpy()[:, :, None]
    # Nothing but noise is left of nothing, and it is another side's noise.
    assert (seen_made.numpy() / (1 - t)).std() == pytest.approx(1.0, abs=0.1)
    theirs, ours = ((seen_real - t * real) / (1 - t)).numpy(), (seen_made / (1 - t)).numpy()
    assert np.abs(np.corrcoef(theirs.ravel(), ours.ravel())[0, 1]) < 0.2
    again = gan._seen(real, made, SEEDS.mixing, 5)
    np.testing.assert_array_equal(again[0], seen_real)
    assert matched()._seen(real, made, SEEDS.mixing, 5) == (real, made, None)


def test_the_discriminator_is_told_how_much():
    gan = matched(noise=True)
    source = gan._looks.get_layer("source")
    source.kernel.assign(np.random.default_rng(2).normal(size=source.kernel.shape))
    gan.start_from(trained())
    samples = noise(1.0, 2)[:, :1] * tf.ones((2, 64, 1))
    late, early = (gan.judge(samples, tf.fill((2, 1), time)).source for time in (0.95, 0.2))
    np.testing.assert_array_equal(late, gan.judge(samples).source)
    assert np.abs(late - early).max() > 1e-4


def test_a_gan_goes_on_from_one_with_its_mean():
    first, second = matched(), matched()
    first.start_from(trained())
    second.start_from(first)
    # The discriminator of a trained one is trained, and its mean is not learnt anew.
    second.train_on_batch(IMAGES)
    np.testing.assert_array_equal(second._on_grid.mean, first._on_grid.mean)


class TestRefusals:
    def test_an_untrained_flow_says_nothing(self):
        data = tf.data.Dataset.from_tensors(IMAGES)
        with pytest.raises(InputError, match=r"Received: matching=0.3, and none. Give --start-from"):
            matched().fit(data, shuffle=False, verbose=0)
        gan = matched()
        gan.start_from(trained())
        gan.fit(data, shuffle=False, verbose=0)

    def test_augmented_slices_are_not_the_flows(self):
        with pytest.raises(InputError, match="and an augmentation. Give --augment without a name"):
            matched(augment=("shift",))

    @pytest.mark.parametrize(
        ("flow", "said"),
        [
            ({"codec": TWO_LEADS, "shape": (16, 16, 2)}, r"\(\(8, 16\), 2, 2, 0\) of the flow"),
            ({"filters": (8, 12)}, r"\(\(8, 12\), 2, 1, 0\) of the flow, for \(\(8, 16\), 2, 1, 0\)"),
        ],
    )
    def test_another_network_or_other_leads_are_another_flow(self, flow, said):
        with pytest.raises(InputError, match=said):
            matched().start_from(trained(**flow))

    def test_a_gan_without_a_flow_has_none_to_give(self):
        with pytest.raises(InputError, match="a FlowGan that holds no flow: trained without matching, or packed"):
            matched().start_from(matched(matching=0.0))

    def test_a_weight_below_zero(self):
        with pytest.raises(InputError, match="Received: matching=-1"):
            matched(matching=-1.0)


def test_without_a_weight_there_is_no_second_flow():
    gan = matched(matching=0.0)
    assert len(gan.networks) == 2
    assert "f_loss" not in {metric.name for metric in gan.metrics}
