"""Packed runs and runs that start from another: what is drawn, what is kept, what is refused."""

import dataclasses
import json
import shutil

import keras
import numpy as np
import pytest
from toy_training import CONFIG, toy_set

from ecg_synth.cli.main import main
from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import AcganConfig, DcganConfig, FlowConfig
from ecg_synth.errors import InputError
from ecg_synth.models import build_gan, get_preset, pretrained
from ecg_synth.training import Run, train
from ecg_synth.training.packing import PACKED, pack
from ecg_synth.training.run_facts import check_same

SHORT = dataclasses.replace(CONFIG, epochs=1, image_every=9, checkpoint_every=1)
AVERAGED = dataclasses.replace(SHORT, model=DcganConfig(latent_dim=5, filters=(4, 8), ema=0.9))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train(AVERAGED, toy_set(), tmp_path_factory.mktemp("run") / "run", preset="demo", progress=False)


@pytest.fixture(scope="module")
def packed(run):
    return run.pack(run.path.parent / "shared" / "packed")


class TestPacking:
    def test_samples_are_those_of_the_run_but_for_rounding(self, run, packed):
        ours, theirs = packed.load_gan().sample(16), run.load_gan().sample(16)
        assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 1
        assert ours.std() > 0

    def test_what_is_kept(self, run, packed):
        assert sorted(path.name for path in packed.path.iterdir()) == ["config.json", PACKED]
        assert packed.checkpoint().epoch == run.checkpoint().epoch
        assert (packed.path / PACKED).stat().st_size < run.checkpoint().path.joinpath("model.weights.h5").stat().st_size

    def test_the_discriminator_stays_behind_unless_it_is_asked_for(self, run, packed, tmp_path):
        """What it says of a record tells whether it learnt from it."""
        with np.load(packed.path / PACKED, allow_pickle=False) as stored:
            names = [name for name, _ in json.loads(str(stored["state"]))["shapes"]]
        assert names == [weight.path for weight in run.load_gan().sampling_generator.weights]
        whole = run.pack(tmp_path / "whole", discriminator=True)
        theirs = run.load_gan().discriminator.get_weights()
        for one, other in zip(whole.load_gan().discriminator.get_weights(), theirs, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-6)
        np.testing.assert_array_equal(whole.load_gan().sample(4), packed.load_gan().sample(4))

    def test_what_is_too_large_for_16_bits_stays_whole(self, run, tmp_path):
        gan = run.load_gan()
        kernel = next(weight for weight in gan.sampling_generator.weights if weight.path.endswith("kernel"))
        kernel.assign(np.full(kernel.shape, 1e6))
        found = Run.load(pack(gan, run.checkpoint(), run.path / "config.json", tmp_path / "large")).load_gan()
        assert all(np.isfinite(weight).all() for weight in found.sampling_generator.get_weights())

    def test_it_does_not_go_on(self, packed):
        for overwrite in (False, True):
            with pytest.raises(InputError, match=r"A packed run has no optimizers .*Received: run_dir=.*--start-from"):
                train(AVERAGED, toy_set(), packed.path, preset="demo", progress=False, overwrite=overwrite)

    def test_only_a_packed_run_is_replaced(self, run, packed, tmp_path):
        shutil.copytree(packed.path, tmp_path / "there")
        with pytest.raises(InputError, match="--overwrite"):
            run.pack(tmp_path / "there")
        run.pack(tmp_path / "there", overwrite=True)
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "mine.txt").write_text("keep")
        with pytest.raises(InputError, match="Only a packed run is replaced"):
            run.pack(tmp_path / "other", overwrite=True)
        assert (tmp_path / "other" / "mine.txt").read_text() == "keep"

    def test_damage_is_named(self, packed, tmp_path):
        shutil.copytree(packed.path, tmp_path / "there")
        (tmp_path / "there" / PACKED).write_bytes(b"PK")
        with pytest.raises(InputError, match=r"weights.npz is not the weights of a packed run \(.*Pack the run again"):
            Run.load(tmp_path / "there").load_gan()

    def test_another_model_is_named(self, packed, tmp_path):
        shutil.copytree(packed.path, tmp_path / "there")
        config = json.loads((tmp_path / "there" / "config.json").read_text())
        config["config"]["model"]["filters"] = [8, 8]
        (tmp_path / "there" / "config.json").write_text(json.dumps(config))
        with pytest.raises(InputError, match="another model than its config.json says"):
            Run.load(tmp_path / "there").load_gan()

    def test_the_command_line_packs(self, run, tmp_path, capsys):
        assert main(["pack", "--run-dir", str(run.path), "--out", str(tmp_path / "small")]) == 0
        assert "Nobody has audited it for privacy" in capsys.readouterr().out
        assert main(["pack", "--run-dir", str(run.path), "--out", str(tmp_path / "small")]) == 1
        assert "--overwrite" in capsys.readouterr().err


class TestWhatMayChange:
    def test_how_a_flow_is_followed(self, tmp_path):
        flow = get_preset("flow-small")
        four = dataclasses.replace(flow, model=dataclasses.replace(flow.model, steps=4, solver="euler"))
        check_same(tmp_path, (flow, {"fingerprint": "a"}), (four, {"fingerprint": "a"}))

    def test_not_what_is_learnt(self, tmp_path):
        flow = get_preset("flow-small")
        wider = dataclasses.replace(flow, model=dataclasses.replace(flow.model, spread=2.0))
        with pytest.raises(InputError, match=r"holds another run: config.model.spread differs.*Received: 2.0"):
            check_same(tmp_path, (flow, {"fingerprint": "a"}), (wider, {"fingerprint": "a"}))


class TestPretrained:
    def test_a_name_stands_for_a_folder(self, packed, monkeypatch):
        monkeypatch.setattr(pretrained, "FOLDER", packed.path.parent)
        assert pretrained.pretrained_names() == ("packed",)
        np.testing.assert_array_equal(Run.load("pretrained:packed").load_gan().sample(2), packed.load_gan().sample(2))

    def test_an_unknown_name_lists_the_known(self, packed, monkeypatch):
        monkeypatch.setattr(pretrained, "FOLDER", packed.path.parent)
        with pytest.raises(InputError, match="comes with the models 'packed'. Received: 'pretrained:x'"):
            Run.load("pretrained:x")


class TestStartFrom:
    def test_the_first_epoch_begins_where_the_other_ended(self, run, tmp_path):
        new = build_gan(AVERAGED, (16, 16, 1), 1, None)
        assert new.start_from(run.load_gan())[0] == new.start_from(run.load_gan())[1]
        np.testing.assert_array_equal(new.sample(4), run.load_gan().sample(4))

    def test_what_does_not_fit_begins_anew(self, run):
        """Three channels: all but the first and the last convolution fit."""
        new = build_gan(AVERAGED, (16, 16, 3), 1, None)
        taken, total = new.start_from(run.load_gan())
        assert 0.5 * total < taken < total

    def test_the_run_tells_of_it_and_goes_on_without_it(self, run, tmp_path):
        source = tmp_path / "source"
        shutil.copytree(run.path, source)
        config = dataclasses.replace(AVERAGED, start_from=str(source))
        first = train(config, toy_set(seed=1), tmp_path / "new", preset="demo", progress=False)
        said = first.data["started_from"]
        assert (said["name"], said["origin"], said["fingerprint"]) == ("toy", "simulated", toy_set().fingerprint)
        shutil.rmtree(source)
        longer = dataclasses.replace(config, epochs=2)
        on = train(longer, toy_set(seed=1), tmp_path / "new", preset="demo", progress=False)
        assert on.data["started_from"] == said
        assert on.checkpoint().epoch == 2

    def test_a_packed_run_will_do(self, packed, tmp_path, capsys):
        config = dataclasses.replace(AVERAGED, start_from=str(packed.path))
        train(config, toy_set(), tmp_path / "new", preset="demo")
        assert "weights fit" in capsys.readouterr().out

    def test_without_its_discriminator_that_begins_anew(self, packed, run):
        for source, known in ((packed, False), (run, True)):
            new = build_gan(AVERAGED, (16, 16, 1), 0, None)
            before = new.discriminator.get_weights()
            trained = source.load_gan()
            taken, total = new.start_from(trained)
            assert taken == total == sum(w.numpy().size for n in trained.networks[: 1 + known] for w in n.weights)
            kept = [np.array_equal(*pair) for pair in zip(before, new.discriminator.get_weights(), strict=True)]
            assert all(kept) != known

    def test_a_run_that_is_not_there_leaves_no_folder(self, tmp_path):
        config = dataclasses.replace(AVERAGED, start_from=str(tmp_path / "nothing"))
        with pytest.raises(InputError, match="There is no run"):
            train(config, toy_set(), tmp_path / "new", preset="demo", progress=False)
        assert not (tmp_path / "new" / "config.json").exists()

    def test_another_family_is_refused(self, run):
        flow = dataclasses.replace(get_preset("flow-small"), model=FlowConfig(grid=64, filters=(8, 16), patch=1))
        codec = EcgImageCodec(length=256, fs=125.0).get_config()
        with pytest.raises(InputError, match=r"its own family.*Received: .*leave start_from out"):
            build_gan(flow, (16, 16, 1), 0, codec).start_from(run.load_gan())

    def test_classes_can_be_added(self, run):
        labels = np.arange(44) % 3
        told = dataclasses.replace(toy_set(), labels=labels, class_names=("a", "b", "c"))
        config = dataclasses.replace(SHORT, model=AcganConfig(latent_dim=5, filters=(4, 8)))
        new = build_gan(config, (16, 16, 1), len(told.class_names), None)
        taken, total = new.start_from(run.load_gan())
        assert 0 < taken < total
        assert all(np.isfinite(keras.ops.convert_to_numpy(weight)).all() for weight in new.weights)
