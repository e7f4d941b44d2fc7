"""What a SavedModel does beyond generating: encode, judge, go on, and refuse with the rule."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import AcganConfig, DcganConfig, FlowConfig, ResnetClassesConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.models.build import build_gan
from ecg_synth.models.scaling import to_unit
from ecg_synth.sampling.sampler import BLOCK, Sampler
from ecg_synth.serving.card import evaluation_of, model_card
from ecg_synth.serving.export import export_saved_model
from ecg_synth.serving.graph_rules import SAME_SEED
from ecg_synth.serving.graphs import Graphs, judged
from ecg_synth.serving.records import synthetic_comments
from ecg_synth.serving.saved import NOT_STATED, SavedSampler, load_saved
from ecg_synth.serving.synthetic import begun_with, synthetic_facts

NAMES = ("NORM", "Healthy control", "MI")
LENGTH = 60
SLICES = np.random.default_rng(0).normal(0, 0.3, (BLOCK + 3, LENGTH, 1)).astype(np.float32)


def int64(value):
    return tf.constant(value, tf.int64)


def card_of(path):
    return json.loads((path / "assets.extra" / "ecg_synth.json").read_text())


def sampler_of(model, classes=(), **codec):
    codec = EcgImageCodec(("ii",), length=LENGTH, fs=100.0, **codec).fit([SLICES])
    return Sampler(
        build_gan(TrainConfig(model=model), codec.full_shape, len(classes), codec.get_config()), codec, classes
    )


@pytest.fixture(scope="module")
def sampler():
    return sampler_of(AcganConfig(latent_dim=4, filters=(4, 8)), NAMES)


@pytest.fixture(scope="module")
def path(sampler, tmp_path_factory):
    return export_saved_model(sampler, {"preset": "acgan"}, tmp_path_factory.mktemp("saved") / "model")


@pytest.fixture(scope="module")
def model(path):
    return tf.saved_model.load(str(path))


class TestGenerate:
    def test_an_answer_goes_on_where_another_ended(self, model, sampler):
        expected = sampler.sample(3 * BLOCK, 7, "MI")
        for first, count in ((0, 1), (BLOCK - 1, 2), (BLOCK + 5, BLOCK + 9)):
            out = model.generate(int64(count), int64(7), tf.constant("MI"), first=int64(first))
            np.testing.assert_array_equal(out["image"].numpy(), expected.images[first : first + count])
        in_turn = model.generate(int64(4), int64(7), first=int64(BLOCK))["label"]
        np.testing.assert_array_equal(in_turn.numpy(), np.arange(BLOCK, BLOCK + 4) % 3)

    def test_truncation_is_that_of_the_sampler(self, model, sampler):
        for truncation in (0.0, 0.5, 2.0):
            out = model.generate(int64(3), int64(1), tf.constant("MI"), tf.constant(truncation))
            np.testing.assert_array_equal(out["image"].numpy(), sampler.sample(3, 1, "MI", truncation).images)
        middle = sampler.sample(2, 1, "MI", 0.0).images
        np.testing.assert_array_equal(middle[0], middle[1])
        np.testing.assert_array_equal(sampler.sample(2, 1, "MI", 1.0).images, sampler.sample(2, 1, "MI").images)

    @pytest.mark.parametrize("truncation", [-0.1, 2.1, float("nan"), True, "1"])
    def test_bad_truncation(self, model, sampler, truncation):
        with pytest.raises(
            InputError, match="truncation, which latents are multiplied by, must be a number from 0 to 2"
        ):
            sampler.sample(1, 0, truncation=truncation)
        if isinstance(truncation, float):
            with pytest.raises(tf.errors.InvalidArgumentError, match="truncation must be a number from 0 to 2"):
                model.generate(int64(1), int64(0), truncation=tf.constant(truncation))

    def test_a_server_finds_the_defaults(self, path):
        proto = saved_model_pb2.SavedModel()
        proto.ParseFromString((path / "saved_model.pb").read_bytes())
        signatures = proto.meta_graphs[0].signature_def
        defaults = {name: tf.make_ndarray(value).item() for name, value in signatures["generate"].defaults.items()}
        assert defaults == {"class_name": b"", "truncation": 1.0, "first": 0}
        assert signatures["decode"].inputs["image"].tensor_shape.dim[1].size == 8


class TestBothWays:
    def test_encode_is_the_codec_s(self, model, sampler):
        encoded, expected = model.encode(tf.constant(SLICES)), sampler.codec.encode_slices(SLICES)
        np.testing.assert_array_equal(encoded["image"].numpy(), expected.images)
        np.testing.assert_array_equal(encoded["offset"].numpy(), expected.offset)
        again = model.decode_with_offset(encoded["image"], encoded["offset"])["signal_mv"].numpy()
        np.testing.assert_array_equal(again, sampler.codec.decode(expected.images, expected.offset))
        np.testing.assert_allclose(again, SLICES, atol=2.5 / 254)

    def test_codecs_that_a_graph_cannot_follow_say_so(self, tmp_path):
        beats = sampler_of(DcganConfig(latent_dim=4, filters=(4,)), arrangement="beats")
        card = card_of(export_saved_model(beats, {}, tmp_path / "beats"))
        assert "looks for no R peaks" in card["left_out"]["encode"]
        assert "encode" not in card["signatures"]
        fixed = sampler_of(DcganConfig(latent_dim=4, filters=(4,)), standardization="minmax")
        saved = tf.saved_model.load(str(export_saved_model(fixed, {}, tmp_path / "fixed")))
        assert "keeps no offset" in card_of(tmp_path / "fixed")["left_out"]["decode_with_offset"]
        image = saved.encode(tf.constant(SLICES))["image"]
        np.testing.assert_allclose(saved.decode(image)["signal_mv"].numpy(), SLICES, atol=0.01)


class TestClassify:
    def test_the_discriminator_s_own_answer(self, model, sampler):
        images = sampler.sample(BLOCK + 3, 0).images
        judgement = sampler.gan.judge(to_unit(images))
        out = model.classify(tf.constant(images))
        np.testing.assert_allclose(out["score"].numpy(), np.mean(judgement.source, axis=1), atol=1e-5)
        np.testing.assert_allclose(out["source"].numpy(), tf.sigmoid(judgement.source)[:, 0], atol=1e-5)
        np.testing.assert_allclose(out["class_probability"].numpy(), tf.nn.softmax(judgement.classes), atol=1e-5)
        alone = model.classify(tf.constant(images[5:6]))
        np.testing.assert_array_equal(alone["score"].numpy(), out["score"].numpy()[5:6])

    def test_a_discriminator_that_is_told_the_class_answers_for_each(self):
        conditional = sampler_of(ResnetClassesConfig(latent_dim=4, filters=(4, 4)), NAMES)
        images = np.random.default_rng(0).integers(0, 255, (2, 8, 8, 1), np.uint8)
        out = judged(conditional.gan, tf.constant(images))
        assert out["score"].shape == (2, 3)
        words = model_card(Graphs(conditional, None), {}, {})["signatures"]["classify"]
        assert words["score"].startswith("out: float32 (count, 3): by class that the image is said to be of")
        assert set(out) == set(words) - {"image"}
        told = conditional.gan.judge(to_unit(images), tf.one_hot([1, 1], 3)).source
        np.testing.assert_allclose(out["score"].numpy()[:, 1], np.mean(told, axis=1), atol=1e-5)

    def test_a_flow_has_none(self, tmp_path):
        flow = sampler_of(FlowConfig(grid=16, filters=(8,), patch=2, steps=1, solver="euler"))
        saved = tf.saved_model.load(str(export_saved_model(flow, {}, tmp_path / "flow")))
        assert card_of(tmp_path / "flow")["left_out"]["classify"] == "the model has no discriminator"
        assert "classify" not in saved.signatures
        out = saved.generate(int64(2), int64(1))["image"].numpy()
        np.testing.assert_array_equal(out, flow.sample(2, 1).images)


class TestBadRequests:
    @pytest.mark.parametrize(
        ("name", "values", "message"),
        [
            ("decode", np.zeros((1, 16, 16, 1), np.uint8), r"image must have the shape \(n, 8, 8, 1\), n at least 1"),
            ("decode", np.zeros((8, 8, 1), np.uint8), r"image must have the shape .*8 8 1"),
            ("classify", np.zeros((0, 8, 8, 1), np.uint8), r"image must have the shape .*0 8 8 1"),
            ("encode", SLICES[:, :50], r"signal_mv must have the shape \(n, 60, 1\), n at least 1, in mV.*67 50 1"),
            (
                "encode",
                np.full((1, LENGTH, 1), np.nan, np.float32),
                "signal_mv must be finite: drop slices with NaN.*60",
            ),
            ("encode", np.full((1, LENGTH, 1), np.inf, np.float32), "signal_mv must be finite"),
        ],
    )
    def test_state_the_rule(self, model, name, values, message):
        # A signature's function takes any shape: four images in one would decode to four slices.
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            model.signatures[name](tf.constant(values))

    def test_offsets_belong_to_images(self, model):
        images = tf.zeros((2, 8, 8, 1), tf.uint8)
        for offset in (np.zeros((1, 1)), np.full((2, 1), np.nan)):
            with pytest.raises(tf.errors.InvalidArgumentError, match="offset must hold finite numbers in mV, one row"):
                model.decode_with_offset(images, tf.constant(offset, tf.float32))


def test_all_of_it_where_only_tensorflow_is(path, tmp_path):
    code = (
        "import sys\n"
        "class Block:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.split('.')[0] in ('ecg_synth', 'tfds_ptb', 'wfdb', 'tensorflow_datasets'):\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, Block())\n"
        "import numpy as np, tensorflow as tf\n"
        "model = tf.saved_model.load(sys.argv[1])\n"
        "made = model.generate(tf.constant(3, tf.int64), tf.constant(1, tf.int64), tf.constant('MI'))\n"
        "judged = model.classify(made['image'])\n"
        "back = model.encode(made['signal_mv'])['image']\n"
        "np.savez(sys.argv[2], image=made['image'], score=judged['score'], back=back)\n"
    )
    target = str(tmp_path / "out.npz")
    subprocess.run([sys.executable, "-c", code, str(path), target], check=True, cwd=tmp_path)
    found, here = np.load(target), tf.saved_model.load(str(path))
    made = here.generate(int64(3), int64(1), tf.constant("MI"))
    np.testing.assert_array_equal(found["image"], made["image"].numpy())
    np.testing.assert_array_equal(found["score"], here.classify(made["image"])["score"].numpy())
    np.testing.assert_array_equal(found["back"], here.encode(made["signal_mv"])["image"].numpy())


class TestCard:
    def test_every_input_and_output_is_described(self, path, model):
        card = card_of(path)
        assert card["preset"] == "acgan"
        assert card["evaluation"].startswith("none: no report")
        assert set(card["signatures"]) == set(model.signatures) - {"serving_default"}
        for name, words in card["signatures"].items():
            signature = model.signatures[name]
            named = {*signature.structured_input_signature[1], *signature.structured_outputs}
            assert set(words) == named, name
            for output in signature.structured_outputs.values():
                assert any(output.dtype.name in text for text in words.values())

    def test_what_the_run_was_started_from(self, path, sampler, tmp_path):
        card = card_of(path)
        assert (card["begun_with"], card["started_from"]) == ("random weights", None)
        assert "started_from" not in load_saved(path)[1]
        first = {"preset": "flow", "name": "ptb", "origin": "measured", "fingerprint": "0f"}
        began = {"preset": None, "name": "mine", "origin": "simulated", "fingerprint": "1f", "started_from": first}
        saved = export_saved_model(sampler, {"preset": "flow", "started_from": began}, tmp_path / "model")
        assert card_of(saved)["started_from"] == began
        assert card_of(saved)["begun_with"] == (
            "the weights of a run of no preset, trained on mine (simulated), itself begun with the weights of a run of "
            "preset flow, trained on ptb (measured); what that was trained on may show in what this model makes"
        )
        assert load_saved(saved)[1]["started_from"] == began
        comments = synthetic_comments(synthetic_facts(load_saved(saved)[1], 0), 0)
        assert f"Begun with: {begun_with(began)}" in comments

    @pytest.fixture
    def report(self, tmp_path):
        entry = {"title": "MMD", "unit": "", "value": 0.2, "low": 0.1, "high": 0.3, "floor": 0.05, "ceiling": 1.0}
        entry |= {"floor_low": None, "floor_high": None, "better": "lower", "kind": "fidelity"}
        found = {
            "facts": {
                "candidate": {"name": "run (preset toy, epoch 3)", "place": "elsewhere/run"},
                "dataset": "ptb_ecg_images/i",
                "reference": {"name": "test", "origin": "measured", "slices": 9, "patients": 3},
                "judged": 9,
                "seed": 0,
                "versions": {"ecg_synth": "0.1.0"},
            },
            "metrics": {"mmd": entry, "gone": entry | {"value": None}, "nearest": entry | {"kind": "paired"}},
        }
        (tmp_path / "metrics.json").write_text(json.dumps(found))
        return tmp_path

    def test_headline_numbers_of_a_report(self, report):
        found = evaluation_of(report, report / "run", {"preset": "toy", "epoch": 3})
        assert (found["dataset"], found["judged"], set(found["metrics"])) == ("ptb_ecg_images/i", 9, {"mmd", "gone"})
        assert found["metrics"]["mmd"]["value"] == 0.2
        assert [found["metrics"][name]["verdict"] for name in ("mmd", "gone")] == ["between", "not measured"]
        assert "elsewhere" not in json.dumps(found)

    def test_a_report_of_a_model_that_comes_along(self, report):
        file = report / "metrics.json"
        file.write_text(file.read_text().replace("run (preset toy, epoch 3)", "ptbxl-i (preset toy, epoch 3)"))
        assert evaluation_of(report, "pretrained:ptbxl-i", {"preset": "toy", "epoch": 3})["judged"] == 9

    @pytest.mark.parametrize(("run", "epoch"), [("other", 3), ("run", 4)])
    def test_of_another_model(self, report, run, epoch):
        with pytest.raises(
            InputError, match="A card holds the figures of the model that it goes with. Received: a rep"
        ):
            evaluation_of(report, report / run, {"preset": "toy", "epoch": epoch})

    def test_no_report(self, tmp_path):
        with pytest.raises(
            InputError, match="A report is a folder of 'ecg-synth evaluate', with metrics.json. Received"
        ):
            evaluation_of(tmp_path, "run", {})


class TestSavedSampler:
    def test_gives_what_its_sampler_gives(self, path, sampler):
        saved, facts = load_saved(path)
        assert (facts["preset"], facts["epoch"]) == ("acgan", NOT_STATED)
        for mine, theirs in zip(saved.output_specs, sampler.output_specs, strict=True):
            assert (mine.shape[1:], mine.dtype) == (theirs.shape[1:], theirs.dtype)
        for arguments in ((3, 0), (BLOCK + 6, 2**32 - 1, "MI", 0.5), (5, 1, {"NORM": 1, "MI": 2})):
            for mine, theirs in zip(saved.sample(*arguments), sampler.sample(*arguments), strict=True):
                np.testing.assert_array_equal(mine, theirs)
        for arguments in ((BLOCK + 2, 1, 2, 3), (2, 1, 0, 0, "MI", "NORM"), (3, 1, 2, 0, "MI", None, 5)):
            for mine, theirs in zip(saved.interpolate(*arguments), sampler.interpolate(*arguments), strict=True):
                np.testing.assert_array_equal(mine, theirs)
        for broken in ({"count": 0, "seed": 0}, {"count": 1, "seed": -1}, {"count": 1, "seed": 0, "classes": "CD"}):
            with pytest.raises(InputError):
                saved.sample(**broken)

    def test_one_that_was_exported_before_two_seeds(self, tmp_path):
        sampler = sampler_of(DcganConfig(latent_dim=4, filters=(4, 8)))
        graphs, none, same = Graphs(sampler, None), tf.constant(""), int64(SAME_SEED)
        module = tf.Module()
        module.weights = [weight.value for weight in sampler.gan.sampling_generator.variables]
        module.interpolate = tf.function(
            lambda count, seed, start, end: graphs.interpolate(count, seed, start, end, none, none, same),
            input_signature=[tf.TensorSpec(None, tf.int64, name=name) for name in ("count", "seed", "start", "end")],
            autograph=False,
        )
        tf.saved_model.save(module, str(tmp_path), {"interpolate": module.interpolate})
        saved = SavedSampler(tf.saved_model.load(str(tmp_path)), model_card(graphs, {}, {}))
        for end_seed in (None, 1):
            way = saved.interpolate(3, 1, end_seed=end_seed)
            np.testing.assert_array_equal(way.images, sampler.interpolate(3, 1).images)
        with pytest.raises(InputError, match="goes between images of one seed. Received: seed=1, end_seed=2. Export"):
            saved.interpolate(3, 1, end_seed=2)

    def test_without_classes(self, tmp_path):
        sampler = sampler_of(DcganConfig(latent_dim=4, filters=(4, 8)))
        saved, _ = load_saved(export_saved_model(sampler, {}, tmp_path / "model"))
        for mine, theirs in zip(saved.sample(3, 1), sampler.sample(3, 1), strict=True):
            np.testing.assert_array_equal(mine, theirs)
