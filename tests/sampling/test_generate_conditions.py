"""Conditions from what is asked for to what stands in the files: plans, sampling, SavedModel, records, command line."""

import dataclasses
import json
import re

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_synth.cli.main import main
from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import FlowConditionsConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.models.build import build_gan
from ecg_synth.models.seeds import step_seeds
from ecg_synth.sampling.conditions import ConditionPlan, parse_condition
from ecg_synth.sampling.load import load_sampler
from ecg_synth.sampling.sampler import BLOCK, Sampler
from ecg_synth.sampling.strips import StripSampler
from ecg_synth.serving.export import export_saved_model
from ecg_synth.serving.saved import load_saved
from ecg_synth.serving.synthetic import iter_synthetic
from ecg_synth.serving.write import write_synthetic
from ecg_synth.signals.wfdb_io import read_record
from ecg_synth.training import train

FACTS = dict.fromkeys(("model", "preset", "epoch", "trained_on", "trained_on_origin"), "x")
MODEL = FlowConditionsConfig(grid=32, emphasis=0.0, filters=(8,), patch=2, steps=2, solver="euler")
SCALES = {
    "heart_rate": {"mean": 70.0, "deviation": 10.0, "low": 45.0, "high": 120.0, "share": 1.0},
    "age": {"mean": 60.0, "deviation": 15.0, "low": 20.0, "high": 90.0, "share": 0.9},
    "sex": {"mean": 0.5, "deviation": 0.5, "low": 0.0, "high": 1.0, "share": 1.0},
}
CLASSED = {
    "age": SCALES["age"],
    "class_name": {
        "mean": 0.5,
        "deviation": 0.5,
        "low": 0.0,
        "high": 2.0,
        "share": 1.0,
        "choices": ["a", "B", "b"],
    },
}
COUNT = BLOCK + 4
ASKED = {"heart_rate": (50, 90), "sex": "Female"}
NAN = float("nan")


def plan(conditions, count=5, seed=0, block=4, scales=SCALES):
    return ConditionPlan(conditions, scales, count, seed, block)


class TestPlan:
    def test_one_value_for_all_and_nothing_for_the_others(self):
        values = plan({"age": 70, "sex": "MALE"}).values(1)
        np.testing.assert_array_equal(values, np.tile(np.float32([[NAN, 70, 0]]), (4, 1)))
        assert all(np.isnan(plan(asked).values(0)).all() for asked in (None, {"age": None}))
        assert plan({}, scales={}).values(0).shape == (4, 0)

    def test_a_list_has_one_an_image(self):
        asked = plan({"heart_rate": [50, 60, 70, 80, None], "sex": ["male", "female", None, "male", "male"]})
        values = np.concatenate([asked.values(0), asked.values(1)])[:5]
        np.testing.assert_array_equal(values[:, 0], [50, 60, 70, 80, NAN])
        np.testing.assert_array_equal(values[:, 2], [0, 1, NAN, 0, 0])

    @settings(max_examples=30, deadline=None)
    @given(st.floats(45, 120), st.floats(45, 120), st.integers(0, 9))
    def test_a_range_is_drawn_from_the_seed_and_the_number_alone(self, one, other, seed):
        ends = min(one, other), max(one, other)
        few, many = (plan({"heart_rate": ends}, count, seed).values(1)[:, 0] for count in (6, 600))
        np.testing.assert_array_equal(few, many)
        np.testing.assert_array_equal(few, np.clip(few, *np.float32(ends)))
        # Another condition told beside it does not change the draw.
        both = plan({"heart_rate": ends, "age": (20, 90)}, 6, seed).values(1)
        np.testing.assert_array_equal(both[:, 0], few)

    def test_a_range_is_drawn_evenly(self):
        values = plan({"heart_rate": (50, 90), "age": (20, 60)}, block=20_000).values(0)
        assert values[:, :2].mean(axis=0) == pytest.approx([70, 40], abs=0.5)
        assert values[:, :2].std(axis=0) == pytest.approx(40 / np.sqrt(12), rel=0.02)
        assert abs(np.corrcoef(values[:, 0], values[:, 1])[0, 1]) < 0.03

    @pytest.mark.parametrize("value", [44, 121, NAN, float("inf"), True, "fast", (60, 200), [60, 70, 80, 90, 300]])
    def test_outside_what_training_saw(self, value):
        rule = (
            r"The heart rate must be a number from 45 to 120 /min, the range of 98 % of the training slices. "
            r"Received: heart_rate=.*. Ask within it, or leave it out."
        )
        with pytest.raises(InputError, match=rule):
            plan({"heart_rate": value})

    def test_bad_conditions(self):
        for asked, rule in (
            ({"sex": "unknown"}, "Unknown sex. Received: sex='unknown'. Valid: 'female', 'male'."),
            ({"sex": 1}, "Unknown sex. Received: sex=1."),
            ({"weight": 70}, "Unknown condition. Received: condition='weight'."),
            ({"age": (70, 60)}, "A range has a low end and a high one. Received: age=(70, 60)."),
            ({"age": (70, 80, 90)}, "A range has a low end and a high one. Received: age=(70, 80, 90)."),
            (
                {"age": [70, 80]},
                "must have one an image. Received: age with 2 for count=5. Use a tuple, (age from, to)",
            ),
        ):
            with pytest.raises(InputError, match=re.escape(rule)):
                plan(asked)

    def test_a_model_without_conditions(self):
        with pytest.raises(InputError) as caught:
            plan({"age": 70}, scales={})
        assert str(caught.value) == (
            "Only a model with conditions is told the age. Received: age=70, and this model was trained without "
            "conditions. Leave it out, or train with --preset flow-conditions."
        )
        with pytest.raises(InputError, match="Unknown condition. Received: condition='sex'. .*Valid: 'age'"):
            plan({"sex": "male"}, scales={"age": SCALES["age"]})

    def test_as_the_command_line_takes_them(self):
        assert parse_condition("heart_rate", "60") == 60.0
        assert parse_condition("heart_rate", "50..90.5") == (50.0, 90.5)
        assert parse_condition("sex", "female") == "female"
        for text in ("", "fast", "50..60..70", "50.."):
            with pytest.raises(InputError, match="The age must read '60' or, to draw from a range, '50..90'. Received"):
                parse_condition("age", text)


@pytest.fixture(scope="module")
def sampler():
    """An untrained network whose weights are large enough that what it is told changes its images."""
    codec = EcgImageCodec(("ii",), length=60, fs=100.0)
    gan = build_gan(TrainConfig(model=MODEL), codec.full_shape, 0, codec.get_config(), scales=SCALES)
    rng = np.random.default_rng(1)
    for weight in gan.sampler.velocity.weights:
        weight.assign(weight + 0.2 * rng.standard_normal(weight.shape))
    return Sampler(gan, codec)


@pytest.fixture(scope="module")
def saved(sampler, tmp_path_factory):
    return export_saved_model(sampler, {"preset": "x"}, tmp_path_factory.mktemp("told") / "model")


@pytest.fixture(scope="module")
def model(saved):
    return tf.saved_model.load(str(saved))


class TestSampler:
    def test_told_images_are_others_and_the_same_ask_gives_the_same_bytes(self, sampler):
        one, same = (sampler.sample(COUNT, 3, conditions=ASKED) for _ in range(2))
        np.testing.assert_array_equal(one.images, same.images)
        told = sampler.told(COUNT, 3, ASKED)
        assert ((told[:, 0] >= 50) & (told[:, 0] <= 90)).all()
        np.testing.assert_array_equal(told[:, 1:], np.tile([NAN, 1], (COUNT, 1)))
        plain = sampler.sample(COUNT, 3)
        assert np.isnan(sampler.told(COUNT, 3)).all()
        assert (plain.images != one.images).any(axis=(1, 2, 3)).mean() > 0.9
        few = sampler.sample(3, 3, conditions=ASKED)
        np.testing.assert_array_equal(few.images, one.images[:3])

    def test_blocks_come_with_what_they_were_told(self, sampler):
        found = list(sampler.iter_told(COUNT, 3, conditions=ASKED))
        np.testing.assert_array_equal(np.concatenate([told for _, told in found]), sampler.told(COUNT, 3, ASKED))
        expected = sampler.sample(COUNT, 3, conditions=ASKED)
        np.testing.assert_array_equal(np.concatenate([samples.images for samples, _ in found]), expected.images)

    def test_strips_are_told_too(self, sampler):
        strips = StripSampler(sampler, 1.1)
        told, same, plain = (strips.sample(2, 3, conditions=ask).decoded for ask in (ASKED, ASKED, None))
        np.testing.assert_array_equal(told, same)
        assert (told != plain).any(axis=(1, 2)).all()
        rr = strips._asked_rr(tf.constant([[50.0, NAN, 1.0], [NAN, NAN, NAN]]))
        np.testing.assert_allclose(rr, [1.2, NAN])

    def test_between_two_images_nothing_is_told(self, sampler):
        ends = sampler.interpolate(3, 3, 0, 1)
        np.testing.assert_array_equal(ends.images[[0, -1]], sampler.sample(2, 3).images)


class TestSavedModel:
    def test_it_gives_what_the_sampler_gives(self, saved, sampler):
        loaded, _ = load_saved(saved)
        for conditions in (None, ASKED, {"age": 60, "sex": "male"}):
            expected, found = (one.sample(COUNT, 3, conditions=conditions) for one in (sampler, loaded))
            for mine, theirs in zip(expected, found, strict=True):
                np.testing.assert_array_equal(mine, theirs)
        with pytest.raises(InputError, match="The age must be a number from 20 to 90 years"):
            loaded.sample(1, 0, conditions={"age": 100})

    def test_its_own_signature(self, model, sampler):
        generate = model.generate
        expected = sampler.sample(3, 3, conditions={"heart_rate": [50, 60, 70], "sex": "female"})
        found = generate(_int64(3), _int64(3), heart_rate=tf.constant([50.0, 60.0, 70.0]), sex=tf.constant("FEMALE"))
        np.testing.assert_array_equal(found["image"], expected.images)
        np.testing.assert_array_equal(generate(_int64(3), _int64(3))["image"], sampler.sample(3, 3).images)

    def test_a_request_that_breaks_a_rule(self, model):
        for told, rule in (
            ({"heart_rate": tf.constant(130.0)}, "heart_rate must be from 45 to 120 /min"),
            ({"age": tf.constant([60.0, 70.0])}, "age must be one, or one an image"),
            ({"sex": tf.constant("other")}, "sex must be male or female, or empty, where it is not told"),
        ):
            with pytest.raises(tf.errors.InvalidArgumentError, match=rule):
                model.generate(_int64(3), _int64(3), **told)

    def test_the_card_says_what_may_be_told(self, saved):
        card = json.loads((saved / "assets.extra" / "ecg_synth.json").read_text())
        assert card["conditions"] == SCALES
        words = card["signatures"]["generate"]
        assert words["age"] == (
            "in: float32, one or one an image: age must be from 20 to 90 years, the range of 98 % of the training "
            "slices, or NaN, where it is not told. Default: not told"
        )
        assert words["sex"].startswith("in: string, one or one an image: sex must be male or female")
        assert "age" not in card["signatures"]["interpolate"]


class TestRecords:
    def test_headers_say_what_was_asked_for(self, sampler, tmp_path):
        asked = {"heart_rate": 60, "age": 70, "sex": "female"}
        write_synthetic(sampler, FACTS, 2, 0, tmp_path / "told", conditions=asked)
        record = read_record(tmp_path / "told" / "synthetic_000000")
        assert "Asked for: heart rate 60 /min, age 70 years, sex female; synthetic" in record.comments
        # What was asked of a network is nobody's age.
        assert (record.age, record.sex, record.origin) == (None, None, "synthetic")
        write_synthetic(sampler, FACTS, 2, 0, tmp_path / "untold")
        assert not any("Asked" in line for line in read_record(tmp_path / "untold" / "synthetic_000000").comments)

    def test_conditions_are_planned_once(self, sampler, monkeypatch):
        plans = []

        def counted(*given):
            plans.append(ConditionPlan(*given))
            return plans[-1]

        monkeypatch.setattr("ecg_synth.sampling.sampler.ConditionPlan", counted)
        asked = [one.asked for one in iter_synthetic(sampler, 2, 0, conditions={"age": [30, 40]})]
        assert asked == ["age 30 years", "age 40 years"]
        assert len(plans) == 1

    def test_archives_hold_it_for_each_slice(self, sampler, tmp_path):
        asked = {"heart_rate": [50, None]}
        write_synthetic(sampler, FACTS, 2, 0, tmp_path / "npz", file_format="numpy", conditions=asked)
        with np.load(tmp_path / "npz" / "synthetic_00000.npz") as archive:
            assert archive["asked"].tolist() == ["heart rate 50 /min", ""]
        write_synthetic(sampler, FACTS, 2, 0, tmp_path / "parquet", file_format="parquet", conditions=asked)
        import pandas as pd

        assert pd.read_parquet(tmp_path / "parquet")["asked"].tolist() == ["heart rate 50 /min", ""]


@pytest.fixture(scope="module")
def classed():
    codec = EcgImageCodec(("ii",), length=60, fs=100.0)
    model = dataclasses.replace(MODEL, conditions=("age", "class_name"))
    gan = build_gan(TrainConfig(model=model), codec.full_shape, 0, codec.get_config(), scales=CLASSED)
    rng = np.random.default_rng(1)
    for weight in gan.sampler.velocity.weights:
        weight.assign(weight + 0.2 * rng.standard_normal(weight.shape))
    return Sampler(gan, codec)


class TestClass:
    """The training set's classes, told as a condition beside the others."""

    def test_names_are_the_training_sets(self, classed):
        asked = {"age": 60, "class_name": ["a", "B", "b", "A", None]}
        values = plan(asked, scales=CLASSED, block=5).values(0)
        np.testing.assert_array_equal(values[:, 1], [0, 1, 2, 0, NAN])
        with pytest.raises(InputError, match="Unknown class_name. Received: class_name='c'. Valid: 'B', 'a', 'b'"):
            plan({"class_name": "c"}, scales=CLASSED)
        assert parse_condition("class_name", "60..70") == "60..70"
        asked = [
            one.asked for one in iter_synthetic(classed, 5, 0, conditions={"class_name": ["a", "B", "b", "A", None]})
        ]
        assert asked == ["class a", "class B", "class b", "class a", ""]

    def test_the_network_is_told_one_column_a_class(self, classed):
        told = classed.gan.told(np.float32([[60, 0], [75, 2], [NAN, NAN]]))
        np.testing.assert_allclose(told, [[0, 1, 1, 0, 0], [1, 1, 0, 0, 1], [0, 0, 0, 0, 0]], atol=1e-6)
        values = np.tile(np.float32([[75.0, 2.0]]), (20_000, 1))
        kept = np.asarray(classed.gan._told(values, 20_000, step_seeds(0, 5, 1, 0))[0])
        # What is dropped is dropped whole, each by itself.
        np.testing.assert_array_equal(kept[:, 0], kept[:, 1])
        assert not kept[:, 2:4].any()
        assert 0.01 < (kept[:, 0] != kept[:, 4]).mean() < 0.4

    def test_a_saved_model_gives_what_the_sampler_gives(self, classed, tmp_path):
        saved = export_saved_model(classed, {"preset": "x"}, tmp_path / "model")
        loaded, _ = load_saved(saved)
        asked = {"age": 60, "class_name": ["a", "B", "b"]}
        expected = classed.sample(3, 3, conditions=asked)
        np.testing.assert_array_equal(loaded.sample(3, 3, conditions=asked).images, expected.images)
        assert (expected.images != classed.sample(3, 3, conditions={"age": 60}).images).any()
        model = tf.saved_model.load(str(saved))
        found = model.generate(_int64(3), _int64(3), age=tf.constant(60.0), class_name=tf.constant(["a", "B", "b"]))
        np.testing.assert_array_equal(found["image"], expected.images)
        with pytest.raises(tf.errors.InvalidArgumentError, match="class_name must be a or B or b, or empty"):
            model.generate(_int64(1), _int64(3), class_name=tf.constant("c"))


@pytest.fixture(scope="module")
def run(judged_data, tmp_path_factory):
    """A run of one epoch on simulated patients, as the command line trains it."""
    run_dir = tmp_path_factory.mktemp("run") / "run"
    main(
        [
            *("train", "--data-dir", str(judged_data), "--run-dir", str(run_dir), "--preset", "flow-conditions"),
            *("--grid", "32", "--filters", "8", "--steps", "2", "--patch", "2", "--solver", "euler"),
            *("--epochs", "1", "--batch-size", "8", "--image-every", "2"),
            *("--conditions", "heart_rate", "age", "sex", "class_name"),
        ]
    )
    return run_dir


class TestRun:
    def test_it_keeps_what_all_slices_have_and_no_patients_row(self, run, judged_data):
        from ecg_synth.data.conditions import condition_values, scales_of
        from ecg_synth.data.prepared import open_prepared

        slice_set = open_prepared(judged_data).load("train")
        facts = json.loads((run / "config.json").read_text())["data"]
        names = tuple(facts["conditions"])
        assert names == ("heart_rate", "age", "sex", "class_name")
        found = scales_of(condition_values(slice_set, names), names, slice_set.class_names)
        assert facts["conditions"] == found
        assert found["class_name"]["choices"] == list(slice_set.class_names)

    def test_it_goes_on_and_is_packed_as_it_is(self, run, judged_data, tmp_path):
        from ecg_synth.training.run import Run

        packed = Run.load(run).pack(tmp_path / "packed")
        expected = load_sampler(run)[0].sample(2, 0, conditions={"sex": "male"})
        found = load_sampler(packed.path)[0].sample(2, 0, conditions={"sex": "male"})
        assert np.abs(expected.images.astype(int) - found.images).max() <= 2
        slices = _other_ages(judged_data)
        with pytest.raises(InputError, match="holds another run: data.conditions differs"):
            train(Run.load(run).config, slices, run, preset="flow-conditions", progress=False)

    def test_the_command_line_asks(self, run, tmp_path, capsys):
        scale = json.loads((run / "config.json").read_text())["data"]["conditions"]["heart_rate"]
        ends = f"{scale['low']:g}..{scale['high']:g}"
        out = tmp_path / "asked"
        asks = ["generate", "--run-dir", str(run), "--out"]
        assert main([*asks, str(out), "--heart-rate", ends, "--sex", "female", "--class", "Healthy Control"]) == 0
        comments = read_record(out / "synthetic_000000").comments
        words = r"Asked for: heart rate [\d.]+ /min, sex female, class healthy control; synthetic"
        assert any(re.fullmatch(words, line, re.IGNORECASE) for line in comments), comments
        assert main([*asks, str(tmp_path / "no"), "--class", "flu"]) != 0
        assert "Unknown class_name. Received: class_name='flu'" in capsys.readouterr().err
        assert main([*asks, str(tmp_path / "no"), "--heart-rate", "500"]) != 0
        assert f"The heart rate must be a number from {scale['low']:g} to" in capsys.readouterr().err
        assert not (tmp_path / "no").exists()

    def test_the_command_line_makes_a_cohort(self, run, tmp_path, capsys):
        table, out = tmp_path / "cohort.csv", tmp_path / "cohort"
        table.write_text("patient,sex,class\nMeier,female,\nHuber,,healthy control\nMoser,,\n")
        asks = ["generate", "--run-dir", str(run), "--cohort", str(table), "--out"]
        assert main([*asks, str(out)]) == 0
        asked = [
            [line for line in read_record(path.with_suffix("")).comments if "Asked for" in line]
            for path in sorted(out.glob("*.hea"))
        ]
        assert asked == [["Asked for: sex female; synthetic"], ["Asked for: class Healthy control; synthetic"], []]
        assert "Meier" not in "".join(path.read_text() for path in out.glob("*.hea"))
        for more, named in ((["--sex", "male"], "sex"), (["--count", "3"], "count=3")):
            assert main([*asks, str(tmp_path / "no"), *more]) != 0
            assert f"and beside it {named}. Leave that out." in capsys.readouterr().err
        table.write_text("sex\nunknown\n")
        assert main([*asks, str(tmp_path / "no")]) != 0
        assert "row 1 below the header, column sex: Unknown sex. Received: sex='unknown'" in capsys.readouterr().err
        assert not (tmp_path / "no").exists()


def _other_ages(data_dir):
    from ecg_synth.data.prepared import open_prepared

    slice_set = open_prepared(data_dir).load("train")
    return dataclasses.replace(slice_set, known={**slice_set.known, "age": slice_set.known["age"] + 1})


def _int64(value):
    return tf.constant(value, tf.int64)
