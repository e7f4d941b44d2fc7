"""A flow told conditions: what reaches the network, what is left untold, and that nothing told is the plain field."""

import dataclasses

import keras
import numpy as np
import pytest

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import FlowConditionsConfig, FlowConfig
from ecg_synth.errors import InputError
from ecg_synth.models import FlowConditions, build_gan, get_preset
from ecg_synth.models.flow_classes import UNTOLD
from ecg_synth.models.flow_conditions import UNTOLD_EACH
from ecg_synth.models.seeds import step_seeds

RNG = np.random.default_rng(0)
CODEC = EcgImageCodec(length=256, fs=125.0).get_config()
IMAGES = RNG.integers(0, 256, (6, 16, 16, 1), np.uint8)
SMALL = {"grid": 64, "emphasis": 0.0, "filters": (8,), "patch": 2, "steps": 3, "solver": "euler"}
SCALES = {
    "heart_rate": {"mean": 70.0, "deviation": 10.0, "low": 45.0, "high": 120.0, "share": 1.0},
    "age": {"mean": 60.0, "deviation": 15.0, "low": 20.0, "high": 90.0, "share": 0.9},
    "sex": {"mean": 0.5, "deviation": 0.5, "low": 0.0, "high": 1.0, "share": 1.0},
}
NAN = np.nan
VALUES = np.array([[60, 75, 1], [80, NAN, 0], [NAN, NAN, NAN], [90, 30, 1], [NAN, 45, NAN], [70, 60, 0]], np.float32)


def make(model=(), scales=SCALES, family=FlowConditionsConfig, **changes):
    config = dataclasses.replace(get_preset("flow-small"), model=family(**{**SMALL, **dict(model)}), **changes)
    return build_gan(config, (16, 16, 1), 3, CODEC, scales=scales)


def numpy(tensor):
    return keras.ops.convert_to_numpy(tensor)


@pytest.fixture(scope="module")
def trained():
    """Weights that no longer answer 0, and look at what they are told."""
    flow = make()
    for network in (flow.velocity, flow.sampler.velocity):
        rng = np.random.default_rng(1)
        for weight in network.weights:
            weight.assign(weight + 0.2 * rng.standard_normal(weight.shape))
    return flow


@pytest.fixture(scope="module")
def fresh():
    return make()


class TestTold:
    def test_values_are_standardized_and_flagged(self, fresh):
        told = numpy(fresh.told(VALUES))
        np.testing.assert_allclose(
            told,
            [
                [-1, 1, 1, 1, 0, 1],
                [1, 1, 0, 0, 1, 0],
                [0, 0, 0, 0, 0, 0],
                [2, 1, -2, 1, 0, 1],
                [0, 0, -1, 1, 0, 0],
                [0, 1, 0, 1, 1, 0],
            ],
            atol=1e-6,
        )

    def test_dropping_has_its_probability(self, fresh):
        values = np.tile(np.array([[80.0, 90.0, 0.0]], np.float32), (40_000, 1))
        told = numpy(fresh._told(values, 40_000, step_seeds(0, 5, 1, 0))[0])
        kept = told.reshape(-1, 3, 2).any(axis=2)
        keep = (1 - UNTOLD) * (1 - UNTOLD_EACH)
        np.testing.assert_allclose(kept.mean(axis=0), keep, atol=0.01)
        assert (~kept.any(axis=1)).mean() == pytest.approx(UNTOLD + (1 - UNTOLD) * UNTOLD_EACH**3, abs=0.006)
        # Each by itself: among slices that are told something, one condition says nothing of another.
        some = kept[kept.any(axis=1)]
        assert np.abs(np.corrcoef(some.T) - np.eye(3)).max() < 0.03
        # What is dropped is dropped whole, and what is kept is as it was.
        np.testing.assert_array_equal(told[kept.all(axis=1)][0], numpy(fresh.told(values[:1]))[0])
        assert not told.reshape(-1, 3, 2)[~kept].any()

    def test_the_same_step_drops_the_same(self, fresh):
        values = np.tile(VALUES, (10, 1))
        one, same, other = (numpy(fresh._told(values, 60, step_seeds(0, step, 1, 0))[0]) for step in (3, 3, 4))
        np.testing.assert_array_equal(one, same)
        assert (one != other).any()


class TestField:
    def test_nothing_told_is_the_field_of_a_flow_without_conditions(self, trained):
        """The layer of what is told aside, whose bias alone is left, the networks are the same."""
        plain = make(family=FlowConfig)
        plain.start_from(trained)
        # The bias joins the time before the next layer; without it both are the same function.
        for network in (trained.velocity, trained.sampler.velocity):
            network.get_layer("class_dense").bias.assign(0.0 * network.get_layer("class_dense").bias)
        latents = keras.ops.convert_to_tensor(RNG.standard_normal((4, 64)).astype("float32"))
        untold = numpy(trained.generate(latents, trained.told(np.full((4, 3), NAN))))
        np.testing.assert_array_equal(untold, numpy(plain.generate(latents)))
        told = numpy(trained.generate(latents, trained.told(VALUES[:4])))
        assert (told[[0, 1, 3]] != untold[[0, 1, 3]]).any()
        np.testing.assert_array_equal(told[2], untold[2])

    def test_guidance_goes_beyond_the_untold_field(self, trained, monkeypatch):
        x = keras.ops.convert_to_tensor(RNG.standard_normal((6, 64, 1)).astype("float32"))
        told = trained.told(VALUES)
        fields = {}
        for guidance in (0.0, 1.0, 2.0):
            monkeypatch.setattr(trained.sampler, "guidance", guidance)
            fields[guidance] = numpy(trained.sampler._velocity(trained.sampler.velocity, x, 0.5, 0.1, told))
        np.testing.assert_allclose(fields[2.0] - fields[1.0], fields[1.0] - fields[0.0], atol=1e-4)
        np.testing.assert_allclose(fields[2.0][2], fields[0.0][2], atol=1e-5)
        assert np.abs(fields[1.0] - fields[0.0]).max() > 1e-3

    def test_a_sample_is_untold_unless_it_is_told(self, trained):
        np.testing.assert_array_equal(trained.sample(6), trained.sample(6, classes=np.full((6, 3), NAN)))
        assert (trained.sample(6, classes=VALUES) != trained.sample(6)).any()
        with pytest.raises(InputError, match=r"one row an image, \(6, 3\): heart_rate, age, sex. Received: .*\(6, 2\)"):
            trained.sample(6, classes=VALUES[:, :2])


class TestModel:
    def test_a_reload_goes_on_with_the_same_bits(self, tmp_path):
        """Told other conditions in another order, under mixed precision."""
        flow, values = make({"conditions": ("sex", "heart_rate")}, dtype="mixed_bfloat16"), VALUES[:, [2, 0]]
        assert flow.conditions == ("sex", "heart_rate")
        np.testing.assert_allclose(numpy(flow.told(values[:1])), [[0, 1, -1, 1]])
        logs = flow.train_on_batch(IMAGES, values, return_dict=True)
        assert all(np.isfinite(value) for value in logs.values())
        flow.save(tmp_path / "flow.keras")
        again = keras.models.load_model(tmp_path / "flow.keras")
        assert again.get_config() == flow.get_config()
        np.testing.assert_array_equal(again.sample(6, 0, values), flow.sample(6, 0, values))
        for model in (flow, again):
            model.train_on_batch(IMAGES, values)
        for one, other in zip(flow.variables, again.variables, strict=True):
            np.testing.assert_array_equal(numpy(one), numpy(other), one.path)

    def test_training_learns_what_it_is_told(self):
        """Two patterns, told apart by the heart rate alone."""
        t = 2 * np.pi * np.arange(256) / 256
        slow, fast = (np.round(127.5 + 100 * np.sin(turns * t)).reshape(16, 16, 1) for turns in (2, 6))
        images = np.stack([slow, fast] * 16).astype(np.uint8)
        values = np.tile(np.array([[50, 60, 1], [110, 60, 1]], np.float32), (16, 1))
        flow = make({"steps": 8, "ema": 0.9, "filters": (16,)})
        for _ in range(160):
            flow.train_on_batch(images, values)
        made = flow.sample(8, 0, np.array([[50, NAN, NAN], [110, NAN, NAN]] * 4)).astype(float)
        off = np.array([[np.abs(image - other).mean() for other in (slow, fast)] for image in made])
        assert off[::2, 0].mean() < off[::2, 1].mean() - 10
        assert off[1::2, 1].mean() < off[1::2, 0].mean() - 10

    def test_a_flows_weights_fit_but_for_what_is_told(self):
        flow = make(family=FlowConfig)
        told = make(seed=1)
        taken, total = told.start_from(flow)
        new = sum(layer.count_params() for layer in (told.velocity.get_layer("class_dense"),))
        assert total - taken == 2 * new

    def test_bad_arguments(self):
        with pytest.raises(InputError) as caught:
            make(scales={"age": SCALES["age"]})
        assert str(caught.value) == (
            "A model told conditions needs the scale of each, which training learns. Received: scales without "
            "heart_rate, sex. Pass scales=scales_of(condition_values(slice_set, conditions), conditions)."
        )
        with pytest.raises(InputError, match="Unknown condition. Received: condition='weight'"):
            make({"conditions": ("weight",)})
        with pytest.raises(InputError, match="FlowConditions knows no classes"):
            FlowConditions((16, 16, 1), scales=SCALES, codec=CODEC, n_classes=3)
