"""Flow matching: solvers against closed forms, steps, saving, classes and guidance."""

import dataclasses
import itertools

import keras
import numpy as np
import pytest

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import FlowClassesConfig, FlowConfig, ShortcutConfig
from ecg_synth.errors import InputError
from ecg_synth.models import SCHEDULES, SOLVERS, Flow, FlowClasses, build_gan, get_preset
from ecg_synth.models.flow_sampler import FlowSampler
from ecg_synth.models.grid import grid_matrices
from ecg_synth.models.scaling import to_unit
from ecg_synth.models.seeds import step_seeds
from ecg_synth.models.shortcut import two_steps
from ecg_synth.models.unet import unet

RNG = np.random.default_rng(0)
CODEC = EcgImageCodec(length=256, fs=125.0).get_config()
TWO_LEADS = EcgImageCodec(leads=("i", "ii"), length=250, arrangement="hilbert", fs=125.0).get_config()
IMAGES = RNG.integers(0, 256, (6, 16, 16, 1), np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2])
SMALL = {"grid": 64, "emphasis": 0.0, "filters": (8, 16), "patch": 2, "steps": 3}


def make(family=FlowConfig, codec=CODEC, shape=(16, 16, 1), model=(), **changes):
    config = dataclasses.replace(get_preset("flow-small"), model=family(**{**SMALL, **dict(model)}), **changes)
    return build_gan(config, shape, 3, codec)


class TestSolvers:
    @pytest.mark.parametrize(("solver", "order"), [("euler", 1), ("heun", 2)])
    def test_the_error_falls_by_its_order(self, solver, order):
        """dx/dt = -x from 1: x(1) = 1/e."""

        def solved(steps):
            x, times = 1.0, np.linspace(0, 1, steps + 1)
            for time, after in itertools.pairwise(times):
                x = SOLVERS[solver](lambda x, _: -x, x, time, after - time)
            return abs(x - np.exp(-1))

        assert solved(20) / solved(40) == pytest.approx(2**order, rel=0.1)

    @pytest.mark.parametrize("schedule", SCHEDULES)
    @pytest.mark.parametrize("steps", [1, 2, 25])
    def test_schedules_go_from_0_to_1(self, schedule, steps):
        times = SCHEDULES[schedule](steps)
        assert (len(times), times[0], times[-1]) == (steps + 1, 0.0, 1.0)
        assert (np.diff(times) > 0).all()

    def test_late_steps_become_shorter(self):
        assert (np.diff(np.diff(SCHEDULES["late"](10))) < 0).all()

    @pytest.mark.parametrize("schedule", SCHEDULES)
    def test_a_gaussian_is_reached_along_its_own_field(self, schedule):
        """For slices N(m, s^2) the field is known, and its flow takes x0 to m + s x0."""
        m, s = 0.2, 0.5

        class Field(keras.Model):
            input_shape = ((None, 16, 1), (None, 1))

            def call(self, inputs, training=False):
                x, t = inputs[0], inputs[1][:, :, None]
                variance = (1 - t) ** 2 + (t * s) ** 2
                return m + (t * s**2 - (1 - t)) / variance * (x - t * m)

        codec = EcgImageCodec(length=16, fs=125.0).get_config()
        _, back = grid_matrices(16, 16, 125.0)
        sampler = FlowSampler(Field(), codec, back.astype("float32"), steps=200, schedule=schedule)
        noise = RNG.standard_normal((5, 16)).astype("float32")
        images = keras.ops.convert_to_numpy(sampler(noise))
        np.testing.assert_allclose(images.reshape(5, 16), m + s * noise, atol=2e-3)


class TestModel:
    @pytest.mark.parametrize(("codec", "shape"), [(CODEC, (16, 16, 1)), (TWO_LEADS, (16, 16, 2))])
    def test_images_have_the_shape_and_levels_of_the_training_images(self, codec, shape):
        flow = make(codec=codec, shape=shape)
        assert flow.latent_dim == 64 * shape[-1]
        images = flow.sample(3, seed=1)
        assert (images.shape, images.dtype) == ((3, *shape), np.uint8)
        np.testing.assert_array_equal(images, flow.sample(3, seed=1))
        assert (images != flow.sample(3, seed=2)).any()

    def test_an_untrained_network_leaves_the_noise_as_it_is(self):
        """The last convolution begins at zero: no velocity."""
        flow = make(model={"grid": 256, "patch": 1})
        noise = 0.1 * RNG.standard_normal((2, 256)).astype("float32")
        np.testing.assert_allclose(keras.ops.convert_to_numpy(flow(noise)).reshape(2, 256), noise, atol=1e-5)

    @pytest.mark.parametrize(("family", "dtype"), [(FlowConfig, "float32"), (FlowClassesConfig, "mixed_bfloat16")])
    def test_a_reload_goes_on_with_the_same_bits(self, tmp_path, family, dtype):
        flow = make(family, dtype=dtype)
        for _ in range(2):
            logs = flow.train_on_batch(IMAGES, LABELS, return_dict=True)
        assert all(np.isfinite(value) for value in logs.values())
        flow.save(tmp_path / "flow.keras")
        again = keras.models.load_model(tmp_path / "flow.keras")
        assert again.get_config() == flow.get_config()
        np.testing.assert_array_equal(again.sample(2), flow.sample(2))
        for model in (flow, again):
            model.train_on_batch(IMAGES, LABELS)
        for one, other in zip(flow.variables, again.variables, strict=True):
            np.testing.assert_array_equal(keras.ops.convert_to_numpy(one), keras.ops.convert_to_numpy(other), one.path)

    def test_slices_are_learnt_at_mean_0_and_deviation_1(self):
        flow = make(model={"grid": 256, "patch": 1})
        flow.train_on_batch(IMAGES)
        unit = keras.ops.convert_to_numpy(to_unit(IMAGES))
        assert float(flow.sampler.mean[0]) == pytest.approx(unit.mean(), abs=1e-4)
        assert float(flow.sampler.deviation[0]) == pytest.approx(unit.std(), abs=1e-4)

    def test_the_loss_of_a_field_of_zeros_is_known(self):
        """E (x1 - x0)^2 = 2 where both have mean 0 and deviation 1."""
        flow = make(model={"grid": 256, "patch": 1})
        many = RNG.integers(0, 256, (64, 16, 16, 1), np.uint8)
        assert flow.train_on_batch(many, return_dict=True)["g_loss"] == pytest.approx(2.0, rel=0.05)

    def test_training_brings_one_slice_out_of_noise(self):
        wave = np.round(127.5 + 100 * np.sin(2 * np.pi * 4 * np.arange(256) / 256)).astype(np.uint8)
        images = np.tile(wave.reshape(1, 16, 16, 1), (32, 1, 1, 1))
        flow = make(model={"steps": 12, "ema": 0.9, "filters": (16, 16)})
        for _ in range(150):
            flow.train_on_batch(images)
        made = flow.sample(4).astype(float)
        # Noise would be 140 levels away.
        assert np.abs(made - images[:4]).mean() < 25

    def test_a_scaled_loss_moves_the_weights_as_the_loss_itself(self):
        """The bound on the gradient is that of the unscaled one."""
        moved = []
        for factor in (None, 1024.0):
            flow = make()
            # Of plain descent a step shows the gradient's length; Adam would hide it.
            flow.compile(keras.optimizers.SGD(1.0, loss_scale_factor=factor))
            before = [np.array(weight) for weight in flow.velocity.get_weights()]
            length = flow.train_on_batch(IMAGES, return_dict=True)["g_grad"]
            moved.append((length, [new - old for new, old in zip(flow.velocity.get_weights(), before, strict=True)]))
        assert moved[0][0] == pytest.approx(moved[1][0], rel=1e-4)
        assert any(np.abs(change).max() > 1e-3 for change in moved[0][1])
        for one, other in zip(moved[0][1], moved[1][1], strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)

    def test_the_last_step_asks_nothing_of_the_end(self):
        """At time 1 nothing was learnt."""
        asked = []
        x, times = 1.0, np.linspace(0, 1, 5, dtype=np.float32)
        for time, after in itertools.pairwise(times):
            x = SOLVERS["heun"](lambda x, t: asked.append(float(t)) or -x, x, time, after - time)
        assert max(asked) == 0.75

    def test_a_flow_with_classes_starts_from_one_without(self):
        plain, told = make(), make(FlowClassesConfig)
        plain.train_on_batch(IMAGES)
        taken, total = told.start_from(plain)
        assert 0.8 * total < taken < total
        new = {weight.path: weight for weight in told.velocity.weights}
        for weight in plain.sampler.velocity.weights:
            np.testing.assert_array_equal(new[weight.path], weight)


class TestClasses:
    def test_guidance_is_a_line_between_two_fields(self):
        fields = {}
        latents, told = RNG.standard_normal((3, 64)).astype("float32"), np.eye(3, dtype="float32")
        for guidance in (0.0, 1.0, 2.0):
            flow = make(FlowClassesConfig, model={"guidance": guidance, "steps": 1, "solver": "euler", "ema": 0.0})
            # The network begins as the identity, which knows no class.
            for weight in flow.velocity.weights:
                if weight.path.endswith("kernel") and not keras.ops.convert_to_numpy(weight).any():
                    weight.assign(np.random.default_rng(0).normal(0, 0.1, weight.shape))
            fields[guidance] = keras.ops.convert_to_numpy(flow(latents, told))
        np.testing.assert_allclose(fields[2.0] - fields[1.0], fields[1.0] - fields[0.0], atol=1e-5)
        assert np.abs(fields[1.0] - fields[0.0]).max() > 1e-3

    def test_classes_are_needed(self):
        with pytest.raises(InputError, match="FlowClasses learns classes apart"):
            FlowClasses((16, 16, 1), codec=CODEC)


class TestRefusals:
    @pytest.mark.parametrize(
        ("model", "said"),
        [
            ({"grid": 300}, "from 1 to 256 samples, those of a slice. Received: grid=300"),
            ({"grid": 62, "patch": 4}, "multiple of patch .* 8 here. Received: grid=62, patch=4"),
            ({"filters": (8, 6)}, r"a multiple of 4. Received: filters=\(8, 6\)"),
            ({"steps": 0}, "at least 1 step from noise to image. Received: steps=0"),
            ({"solver": "rk4"}, "Unknown solver. Received: solver='rk4'"),
            ({"schedule": "early"}, "Unknown schedule. Received: schedule='early'"),
            ({"latent_dim": 100}, "64 here. Received: latent_dim=100"),
            ({"emphasis": -1.0}, "Received: emphasis=-1.0"),
            ({"spread": 0.0}, "must be above 0. Received: spread=0.0"),
        ],
    )
    def test_bad_numbers_are_named(self, model, said):
        with pytest.raises(InputError, match=said):
            make(model=model)

    def test_guidance_is_not_negative(self):
        with pytest.raises(InputError, match="Received: guidance=-1"):
            make(FlowClassesConfig, model={"guidance": -1.0})

    def test_settings_of_a_discriminator_are_refused(self):
        with pytest.raises(InputError, match="has no discriminator.*Received: r1=1.0. Leave it at 0.0"):
            make(r1=1.0)

    def test_a_codec_without_positions_is_refused(self):
        beats = EcgImageCodec(length=256, fs=125.0, arrangement="beats")
        with pytest.raises(InputError, match="arrangement='beats'"):
            Flow(beats.image_shape, codec=beats.get_config())


def test_the_unet_keeps_the_shape_in_float32():
    network = unet(32, 3, 2, (8, 12), 2, 0, keras.dtype_policies.get("mixed_bfloat16"))
    inputs = [np.zeros((2, 32, 3), "float32"), np.zeros((2, 1), "float32"), np.zeros((2, 2), "float32")]
    velocity = network(inputs)
    assert (velocity.shape, velocity.dtype) == ((2, 32, 3), "float32")


class TestShortcut:
    def test_at_first_it_is_the_flow_that_it_starts_from(self):
        flow, quick = make(model={"solver": "euler", "steps": 4}), make(ShortcutConfig, model={"steps": 4, "finest": 8})
        for weight in flow.sampler.velocity.weights:
            weight.assign(np.random.default_rng(0).normal(0, 0.1, weight.shape))
        taken, total = quick.start_from(flow)
        assert taken < total
        for model in (flow, quick):
            model.sampler.deviation.assign([0.5])
        noise = RNG.standard_normal((3, 64)).astype("float32")
        np.testing.assert_allclose(quick(noise), flow(noise), atol=1e-5)

    @pytest.mark.parametrize("long", [1.0, 0.5, 0.125])
    def test_two_steps_of_a_known_field_are_averaged(self, long):
        """dx/dt = -x by Euler: two steps of h / 2 have the mean velocity -x (1 - h / 4)."""
        asked = []

        def field(inputs, training):
            asked.append(inputs[2])
            return -inputs[0]

        here = RNG.standard_normal((2, 64, 1)).astype("float32")
        span = np.full((2, 1), long, "float32")
        mean = two_steps(field, here, np.zeros((2, 1), "float32"), span, [], finest=16)
        np.testing.assert_allclose(mean, -here * (1 - long / 4), atol=1e-6)
        np.testing.assert_allclose(asked[0], 0.0 if long / 2 <= 1 / 16 else long / 2)

    def test_steps_begin_at_multiples_of_their_length(self):
        quick = make(ShortcutConfig, model={"steps": 1, "finest": 8})
        slices = np.zeros((512, 64, 1), "float32")
        (here, times, spans), target = quick._problem(slices, [], step_seeds(0, 1, 1, 0))
        times, spans = (keras.ops.convert_to_numpy(part)[:, 0] for part in (times, spans))
        assert here.shape == target.shape == slices.shape
        assert set(spans[:256]) == {1.0, 0.5, 0.25}
        assert not spans[256:].any()
        assert not (times[:256] % spans[:256]).any()
        assert (times[:256] + spans[:256]).max() == 1.0

    def test_training_brings_one_slice_out_of_noise_in_one_step(self):
        wave = np.round(127.5 + 100 * np.sin(2 * np.pi * 4 * np.arange(256) / 256)).astype(np.uint8)
        images = np.tile(wave.reshape(1, 16, 16, 1), (32, 1, 1, 1))
        quick = make(ShortcutConfig, model={"steps": 1, "finest": 4, "ema": 0.9, "filters": (16, 16)})
        for _ in range(200):
            quick.train_on_batch(images)
        assert np.abs(quick.sample(4).astype(float) - images[:4]).mean() < 30

    def test_a_reload_is_the_same(self, tmp_path):
        quick = make(ShortcutConfig, model={"steps": 1, "finest": 8})
        quick.train_on_batch(IMAGES)
        quick.save(tmp_path / "quick.keras")
        again = keras.models.load_model(tmp_path / "quick.keras")
        np.testing.assert_array_equal(again.sample(2), quick.sample(2))

    @pytest.mark.parametrize(
        ("model", "said"),
        [
            ({"steps": 3}, "power of 2 .* Received: steps=3"),
            ({"steps": 8, "finest": 4}, "Received: steps=8, finest=4"),
            ({"finest": 1, "steps": 1}, "2 or more. Received: finest=1"),
            ({"solver": "heun"}, "one length and looked at once.*'heun'"),
        ],
    )
    def test_bad_numbers_are_named(self, model, said):
        with pytest.raises(InputError, match=said):
            make(ShortcutConfig, model={"steps": 1, **model})
