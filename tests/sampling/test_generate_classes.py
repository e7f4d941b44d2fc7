import json
import re

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import AcganConfig, DcganConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.models.build import build_gan
from ecg_synth.sampling.classes import ClassPlan, label_of, parse_mix
from ecg_synth.sampling.interpolate import slerp
from ecg_synth.sampling.sampler import BLOCK, Sampler
from ecg_synth.serving.export import export_saved_model
from ecg_synth.serving.write import write_synthetic
from ecg_synth.signals.wfdb_io import read_record

NAMES = ("NORM", "Healthy control", "MI")
COUNT = BLOCK + 6
FACTS = dict.fromkeys(("model", "preset", "epoch", "trained_on", "trained_on_origin"), "x")


@pytest.fixture(scope="module")
def conditional():
    """An untrained conditional generator; the class alone changes its images visibly."""
    codec = EcgImageCodec(("ii",), length=60, fs=100.0)
    gan = build_gan(TrainConfig(model=AcganConfig(latent_dim=4, filters=(4, 8))), codec.full_shape, len(NAMES))
    for weight in gan.generator.weights:
        weight.assign(weight * 8)
    return Sampler(gan, codec, NAMES)


@pytest.fixture(scope="module")
def saved(conditional, tmp_path_factory):
    return export_saved_model(conditional, {}, tmp_path_factory.mktemp("conditional") / "model")


def int64(value):
    return tf.constant(value, tf.int64)


class TestLabels:
    def test_classes_take_turns(self):
        labels = [ClassPlan(None, NAMES, 9, 0, 4).labels(block) for block in range(2)]
        np.testing.assert_array_equal(np.concatenate(labels), [0, 1, 2, 0, 1, 2, 0, 1])

    @settings(max_examples=30, deadline=None)
    @given(
        st.lists(st.floats(0, 10), min_size=3, max_size=3).filter(lambda shares: sum(shares) > 0.1), st.integers(0, 9)
    )
    def test_drawn_classes_depend_on_the_seed_and_the_number_alone(self, shares, seed):
        asked = dict(zip(NAMES, shares, strict=True))
        few, many = (ClassPlan(asked, NAMES, count, seed, 8).labels(1) for count in (9, 900))
        np.testing.assert_array_equal(few, many)
        assert not np.isin(few, [label for label, share in enumerate(shares) if share == 0]).any()

    def test_drawn_classes_come_in_their_shares(self):
        plan = ClassPlan({"MI": 3, "NORM": 1}, NAMES, 64_000, 1, 64)
        labels = np.concatenate([plan.labels(block) for block in range(1000)])
        shares = np.bincount(labels, minlength=3) / len(labels)
        np.testing.assert_allclose(shares, [0.25, 0, 0.75], atol=0.01)

    def test_case_does_not_matter(self):
        assert label_of("healthy control", NAMES) == 1
        assert label_of("MI", NAMES) == 2

    def test_unknown_class(self):
        rule = (
            "Unknown class. Received: class='helthy control'. Did you mean 'Healthy control'? Valid: 'Healthy control'"
        )
        with pytest.raises(InputError, match=re.escape(rule)):
            label_of("helthy control", NAMES)

    @pytest.mark.parametrize("classes", ["NORM", {"NORM": 1}, ["NORM"]])
    def test_a_model_without_classes(self, classes):
        with pytest.raises(
            InputError, match=r"Only a model with classes.*class='NORM', and this model was trained without"
        ):
            ClassPlan(classes, (), 1, 0, 4)

    @pytest.mark.parametrize("shares", [{}, {"NORM": 0}, {"NORM": -1, "MI": 2}, {"MI": float("nan")}])
    def test_bad_shares(self, shares):
        with pytest.raises(InputError, match="Shares of classes must be finite numbers from 0 on, and not all 0"):
            ClassPlan(shares, NAMES, 1, 0, 4)

    def test_a_list_names_one_an_image(self):
        with pytest.raises(InputError, match="A list of classes must name one an image. Received: 2 for count=3"):
            ClassPlan(["MI", "MI"], NAMES, 3, 0, 4)

    def test_parse_mix(self):
        assert parse_mix("NORM=0.5, a=b=2") == {"NORM": 0.5, "a=b": 2.0}

    @pytest.mark.parametrize("text", ["NORM", "NORM=x", "=1", "", "MI=1,,NORM=1"])
    def test_bad_mix(self, text):
        with pytest.raises(InputError, match="A mix must read 'class=share,class=share'. Received: "):
            parse_mix(text)

    def test_a_class_twice(self):
        with pytest.raises(InputError, match="A class may stand once in a mix. Received: 'MI' twice"):
            parse_mix("MI=1,MI=2")


class TestSampling:
    def test_each_image_has_the_class_asked_for_and_depends_on_its_number_alone(self, conditional):
        listed = conditional.sample(COUNT, 3, ["MI", "NORM"] * (COUNT // 2))
        assert listed.labels.dtype == np.int64
        for name, label in (("NORM", 0), ("MI", 2)):
            alone = conditional.sample(COUNT, 3, name)
            np.testing.assert_array_equal(alone.labels, label)
            chosen = listed.labels == label
            np.testing.assert_array_equal(listed.images[chosen], alone.images[chosen])
            np.testing.assert_array_equal(conditional.sample(2, 3, name).images, alone.images[:2])
        assert not np.array_equal(*(conditional.sample(1, 3, name).images for name in ("NORM", "MI")))

    def test_a_mix_is_drawn_from_the_seed(self, conditional):
        mixed = conditional.sample(COUNT, 3, {"NORM": 1, "MI": 1})
        few = conditional.sample(5, 3, {"NORM": 1, "MI": 1})
        np.testing.assert_array_equal(few.labels, mixed.labels[:5])
        np.testing.assert_array_equal(few.images, mixed.images[:5])
        assert set(mixed.labels) == {0, 2}
        assert not np.array_equal(conditional.sample(COUNT, 4, {"NORM": 1, "MI": 1}).labels, mixed.labels)

    def test_names_must_fit_the_model(self, conditional):
        with pytest.raises(
            InputError, match=r"A sampler needs a name for each class.*class_names=\('a',\), gan.n_classes=3"
        ):
            Sampler(conditional.gan, conditional.codec, ("a",))


class TestRecords:
    def test_headers_carry_the_class(self, conditional, tmp_path):
        write_synthetic(conditional, FACTS, 2, 0, tmp_path / "out")
        norm, healthy = (read_record(tmp_path / "out" / f"synthetic_00000{k}") for k in range(2))
        assert "Class: NORM" in norm.comments
        assert (norm.diagnosis, healthy.diagnosis) == (None, "Healthy control")
        assert "Reason for admission: Healthy control" in healthy.comments
        assert healthy.comments[0].startswith("Synthetic: yes")
        assert healthy.origin == "synthetic"


class TestInterpolation:
    @settings(max_examples=40, deadline=None)
    @given(st.integers(0, 2**32 - 1), st.integers(2, 40))
    def test_slerp_keeps_to_the_sphere_and_to_its_ends(self, seed, size):
        start, end = np.random.default_rng(seed).standard_normal((2, size)).astype(np.float32)
        end *= np.linalg.norm(start) / np.linalg.norm(end)
        between = slerp(tf.constant(start), tf.constant(end), tf.linspace(0.0, 1.0, 5)).numpy()
        np.testing.assert_array_equal(between[[0, -1]], [start, end])
        cosine = start @ end / np.linalg.norm(start) ** 2
        if abs(cosine) < 0.99:
            np.testing.assert_allclose(np.linalg.norm(between, axis=1), np.linalg.norm(start), rtol=1e-3)
            # Equal steps turn by equal angles.
            steps = (between[:-1] * between[1:]).sum(axis=1) / np.linalg.norm(start) ** 2
            np.testing.assert_allclose(np.arccos(steps), np.arccos(cosine) / 4, atol=5e-3)

    def test_slerp_between_one_latent_and_itself(self):
        start = tf.constant([0.3, -1.0])
        np.testing.assert_array_equal(slerp(start, start, tf.constant([0.0, 0.4, 1.0])), np.tile(start, (3, 1)))

    def test_ends_are_the_images_themselves(self, conditional):
        way = conditional.interpolate(5, 3, start=1, end=COUNT - 1, start_class="MI", end_class="NORM")
        np.testing.assert_array_equal(way.images[0], conditional.sample(2, 3, "MI").images[1])
        np.testing.assert_array_equal(way.images[-1], conditional.sample(COUNT, 3, "NORM").images[-1])
        np.testing.assert_array_equal(way.labels, [2, -1, -1, -1, 0])
        np.testing.assert_array_equal(way.decoded, conditional.codec.decode(way.images))

    def test_only_the_class_changes_where_start_is_end(self, conditional):
        way = conditional.interpolate(3, 3, 4, 4, "MI", "NORM")
        np.testing.assert_array_equal(way.images[0], conditional.sample(5, 3, "MI").images[4])
        np.testing.assert_array_equal(way.images[-1], conditional.sample(5, 3, "NORM").images[4])
        np.testing.assert_array_equal(conditional.interpolate(3, 3, 4, 4, "MI").labels, [2, 2, 2])

    def test_between_two_seeds(self, conditional):
        way = conditional.interpolate(4, 3, 1, 2, "MI", end_seed=9)
        np.testing.assert_array_equal(way.images[0], conditional.sample(2, 3, "MI").images[1])
        np.testing.assert_array_equal(way.images[-1], conditional.sample(3, 9, "MI").images[2])
        same = conditional.interpolate(4, 3, 1, 2, "MI", end_seed=3)
        np.testing.assert_array_equal(same.images, conditional.interpolate(4, 3, 1, 2, "MI").images)

    def test_bad_numbers(self, conditional):
        with pytest.raises(InputError, match="A seed must be an integer from 0"):
            conditional.interpolate(2, 0, end_seed=-1)
        with pytest.raises(InputError, match="An interpolation has a beginning and an end. Received: count=1"):
            conditional.interpolate(1, 0)
        with pytest.raises(InputError, match="An image's number must be an integer from 0 to 999999. Received: end=-1"):
            conditional.interpolate(2, 0, 0, -1)


class TestSavedModel:
    @pytest.mark.parametrize(
        ("asked", "classes"),
        [("MI", "MI"), ("healthy CONTROL", "Healthy control"), ("2", "MI"), ("", None), (["0"] * COUNT, "NORM")],
    )
    def test_the_same_bytes_as_python(self, conditional, saved, asked, classes):
        expected = conditional.sample(COUNT, 3, classes)
        model = tf.saved_model.load(str(saved))
        out = model.generate(int64(COUNT), int64(3), tf.constant(asked))
        np.testing.assert_array_equal(out["image"].numpy(), expected.images)
        np.testing.assert_array_equal(out["signal_mv"].numpy(), expected.decoded)
        np.testing.assert_array_equal(out["label"].numpy(), expected.labels)

    def test_interpolation_gives_the_same_bytes(self, conditional, saved):
        expected = conditional.interpolate(COUNT, 3, 1, 2, "MI", "NORM")
        model = tf.saved_model.load(str(saved))
        out = model.interpolate(*map(int64, (COUNT, 3, 1, 2)), tf.constant("MI"), tf.constant("0"))
        np.testing.assert_array_equal(out["image"].numpy(), expected.images)
        np.testing.assert_array_equal(out["signal_mv"].numpy(), expected.decoded)
        out = model.interpolate(*map(int64, (3, 3, 1, 2)), tf.constant("MI"), end_seed=int64(2**32 - 1))
        expected = conditional.interpolate(3, 3, 1, 2, "MI", end_seed=2**32 - 1)
        np.testing.assert_array_equal(out["image"].numpy(), expected.images)

    def test_bad_requests_state_the_rule(self, saved):
        model = tf.saved_model.load(str(saved))
        for arguments, message in (
            ((2, 0, "XX"), r"class_name must be a class \(NORM, Healthy control, MI\), its number, or empty.*XX"),
            ((2, 0, "3"), "class_name must be a class"),
            ((3, 0, ["0", "MI"]), "class_name must be one, or one an image"),
        ):
            with pytest.raises(tf.errors.InvalidArgumentError, match=message):
                model.generate(*map(int64, arguments[:2]), tf.constant(arguments[2]))
        for arguments, message in (
            ((1, 0, 0, 1, ""), "count must be from 2"),
            ((2, 0, 0, -1, ""), "end must be from 0 to 999999"),
            ((2, 0, 0, 1, "XX"), "start_class must be a class"),
        ):
            with pytest.raises(tf.errors.InvalidArgumentError, match=message):
                model.interpolate(*map(int64, arguments[:4]), tf.constant(arguments[4]))
        for seed in (-2, 2**32):
            message = f"end_seed must be from 0 to 4294967295, or -1, which is the seed. Received: end_seed=.*{seed}"
            with pytest.raises(tf.errors.InvalidArgumentError, match=message):
                model.interpolate(*map(int64, (2, 0, 0, 1)), end_seed=int64(seed))

    def test_the_card_names_the_classes(self, saved):
        card = json.loads((saved / "assets.extra" / "ecg_synth.json").read_text())
        assert card["classes"] == list(NAMES)
        assert "0 NORM, 1 Healthy control, 2 MI; the name or the number" in card["signatures"]["generate"]["class_name"]

    def test_a_model_without_classes_interpolates_too(self, tmp_path):
        codec = EcgImageCodec(("ii",), length=60, fs=100.0)
        sampler = Sampler(
            build_gan(TrainConfig(model=DcganConfig(latent_dim=4, filters=(4,))), codec.full_shape), codec
        )
        expected = sampler.interpolate(3, 1)
        assert (expected.labels == -1).all()
        model = tf.saved_model.load(str(export_saved_model(sampler, {}, tmp_path / "model")))
        np.testing.assert_array_equal(model.interpolate(*map(int64, (3, 1, 0, 1)))["image"].numpy(), expected.images)
