"""What is not an ECG, from its files to a trained model and back, by the same calls as an ECG."""

import dataclasses
import errno
import json
import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from ecg_synth.cli.main import main
from ecg_synth.codec import PictureCodec, TableImageCodec, codec_from_config
from ecg_synth.config import DcganConfig, PictureConfig, TableImageConfig, TrainConfig
from ecg_synth.data import build as build_module
from ecg_synth.data.balance import class_weights
from ecg_synth.data.prepare_images import prepare_pictures, prepare_thyroid
from ecg_synth.data.prepared import open_prepared
from ecg_synth.errors import InputError, StorageError
from ecg_synth.sampling.load import load_sampler
from ecg_synth.serving.export import export_saved_model
from ecg_synth.sources.thyroid import COLUMNS, UCI_FILES

CONFIG = TrainConfig(model=DcganConfig(latent_dim=5, filters=(4, 8)), batch_size=4, epochs=1, image_every=1)
EIGHT = TableImageConfig(side=8)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """UCI's two files with made-up rows: 30 to train on, of 3 classes in the proportions 1 : 2 : 3."""
    folder = tmp_path_factory.mktemp("table")
    rng = np.random.default_rng(0)
    for name, count in zip(UCI_FILES.values(), (30, 6), strict=True):
        lines = []
        for number in range(count):
            cells = [str(rng.integers(0, 2)) if kind == "binary" else f"{rng.random():.4f}" for _, kind in COLUMNS]
            lines.append(",".join([*cells, str((1, 2, 2, 3, 3, 3)[number % 6])]) + ",\n")
        (folder / name).write_text("".join(lines))
    return folder


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures") / "My prints"
    rng = np.random.default_rng(0)
    for name in ("arch", "whorl"):
        (folder / name).mkdir(parents=True)
        for number in range(5):
            Image.fromarray(rng.integers(0, 256, (30, 20, 3), dtype=np.uint8)).save(folder / name / f"{number}.png")
    (folder / "LICENSE.md").touch()
    return folder


class TestTheWholeWay:
    def test_rows_to_a_trained_model_and_back_to_rows(self, table, tmp_path):
        from ecg_synth.training import Run, train

        prepare_thyroid(table, tmp_path / "data", EIGHT)
        prepared = open_prepared(tmp_path / "data")
        assert isinstance(prepared.codec, TableImageCodec)
        slice_set = prepared.load("train")
        assert slice_set.image_shape == (8, 8, 1)
        assert class_weights(slice_set) == pytest.approx({0: 2.0, 1: 1.0, 2: 2 / 3})
        train(dataclasses.replace(CONFIG, balance="under"), slice_set, tmp_path / "run", progress=False)
        run = Run.load(tmp_path / "run")
        codec = codec_from_config(run.data["codec"])
        images = run.load_gan().sample(7, seed=1)
        rows = codec.decode(images)
        assert rows.shape == (7, 21)
        assert set(np.unique(rows[:, codec.is_binary])) <= {0, 1}
        lower, upper = np.array(list(codec.bounds.values())).T
        assert ((rows[:, ~codec.is_binary] >= lower) & (rows[:, ~codec.is_binary] <= upper + 1e-12)).all()
        assert codec.null_area(images).shape == (7,)

    def test_pictures_to_a_trained_model_and_back(self, pictures, tmp_path):
        from ecg_synth.training import Run, train

        prepared = prepare_pictures(pictures, tmp_path / "data", PictureConfig(12, 10, channels=3))
        assert isinstance(prepared.codec, PictureCodec)
        assert prepared.name == "image_folder/my-prints_12x10_color"
        slice_set = prepared.load("train")
        assert slice_set.class_names == ("arch", "whorl")
        train(CONFIG, slice_set, tmp_path / "run", progress=False)
        run = Run.load(tmp_path / "run")
        assert codec_from_config(run.data["codec"]).decode(run.load_gan().sample(3)).shape == (3, 12, 10, 3)

    def test_generated_rows_have_the_columns_and_formats_of_the_table(self, table, tmp_path, capsys):
        import pandas as pd

        data, run, out = (str(tmp_path / name) for name in ("d", "run", "out"))
        prepare_thyroid(table, data, EIGHT)
        tiny = ["--filters", "4", "8", "--batch-size", "4", "--epochs", "1", "--null-mask"]
        assert main(["train", "--data-dir", data, "--run-dir", run, "--latent-dim", "5", *tiny]) == 0
        generate = ["generate", "--run-dir", run, "--count", "70", "--seed", "3", "--out", out]
        assert main([*generate, "--data-dir", data]) == 0
        assert "70 synthetic rows" in capsys.readouterr().out
        rows = pd.read_csv(tmp_path / "out" / "synthetic.csv", index_col="origin")
        assert list(rows.columns) == [column.name for column in COLUMNS]
        assert (rows.index == "synthetic").all()
        sampler, _ = load_sampler(run)
        samples = sampler.sample(70, 3)
        np.testing.assert_allclose(rows.to_numpy(), samples.decoded, atol=0.6e-4)
        binary = [column.name for column in COLUMNS if column.kind == "binary"]
        assert (rows[binary].dtypes == np.int64).all()
        assert sampler.codec.null_area(samples.images).all()
        sidecar = json.loads((tmp_path / "out" / "synthetic.json").read_text())
        assert (sidecar["origin"], sidecar["rows"], sidecar["privacy_audit"]) == ("synthetic", 70, "none")
        assert Image.open(tmp_path / "out" / "report.png").size[0] > 500
        assert main([*generate[:-1], str(tmp_path / "b"), "--class", "normal"]) == 1
        assert "Only a model with classes generates a class" in capsys.readouterr().err
        model = tf.saved_model.load(str(export_saved_model(*load_sampler(run), tmp_path / "model")))
        exported = model.generate(*(tf.constant(value, tf.int64) for value in (70, 3)))
        np.testing.assert_array_equal(exported["image"].numpy(), samples.images)
        np.testing.assert_array_equal(exported["row"].numpy(), samples.decoded)
        np.testing.assert_array_equal(model.decode(tf.constant(samples.images))["row"].numpy(), samples.decoded)

    def test_generated_pictures_say_what_they_are(self, pictures, tmp_path, capsys):
        data, run = str(tmp_path / "d"), str(tmp_path / "run")
        picture = ["--height", "12", "--width", "10", "--crops", "3", "--crop-size", "16"]
        assert main(["prepare", "--source", "images", "--source-dir", str(pictures), "--data-dir", data, *picture]) == 0
        slice_set = open_prepared(data).load("train")
        assert slice_set.images.shape == (24, 12, 10, 1)
        assert len(np.unique(slice_set.images.reshape(24, -1), axis=0)) == 24
        assert "image_folder/my-prints_12x10_grey_3crops16 (measured)" in capsys.readouterr().out
        assert (
            main(["prepare", "--source", "images", "--source-dir", str(pictures), "--data-dir", data, "--crops", "1"])
            == 1
        )
        assert "A crop must fit into its picture. Received: crop_size=128" in capsys.readouterr().err
        with pytest.raises(InputError, match="crops must be at least 0. Received: crops=-1."):
            prepare_pictures(pictures, data, PictureConfig(crops=-1))
        tiny = ["--filters", "4", "8", "--latent-dim", "5", "--batch-size", "4", "--epochs", "1"]
        assert main(["train", "--data-dir", data, "--run-dir", run, "--preset", "acgan", *tiny]) == 0
        generate = ["generate", "--run-dir", run, "--count", "3", "--class", "Whorl", "--out"]
        for out in ("a", "b"):
            assert main([*generate, str(tmp_path / out)]) == 0
        samples = load_sampler(run)[0].sample(3, 0, "whorl")
        file = tmp_path / "a" / "whorl" / "synthetic_000002.png"
        assert file.read_bytes() == (tmp_path / "b" / "whorl" / file.name).read_bytes()
        opened = Image.open(file)
        np.testing.assert_array_equal(np.asarray(opened), samples.images[2, ..., 0])
        assert (opened.text["origin"], opened.text["class"]) == ("synthetic", "whorl")
        capsys.readouterr()
        assert main(["generate", "--run-dir", run, "--data-dir", data, "--out", str(tmp_path / "c")]) == 1
        assert "Only a table's rows are drawn beside generated ones" in capsys.readouterr().err
        between = ["interpolate", "--run-dir", run, "--count", "3", "--start-class", "arch", "--end-class", "whorl"]
        assert main([*between, "--out", str(tmp_path / "way.png")]) == 0
        assert Image.open(tmp_path / "way.png").size[0] > 200
        assert main(["export", "--run-dir", run, "--out", str(tmp_path / "model")]) == 0
        assert "Classes: 0 arch, 1 whorl" in capsys.readouterr().out
        model = tf.saved_model.load(str(tmp_path / "model"))
        exported = model.generate(tf.constant(3, tf.int64), tf.constant(0, tf.int64), tf.constant("whorl"))
        np.testing.assert_array_equal(exported["image"].numpy(), samples.images)

    def test_on_the_command_line(self, table, pictures, tmp_path, capsys):
        data = ["--data-dir", str(tmp_path / "data")]
        arguments = ["--source", "thyroid", "--source-dir", str(table), "--placement", "center", "--side", "8", *data]
        assert main(["prepare", *arguments]) == 0
        out = capsys.readouterr().out
        assert "Dataset thyroid_images/center_8x8 (measured)" in out
        assert "total                           30       6" in out
        assert "--dataset thyroid_images/center_8x8 --run-dir" in out
        assert "DCGAN needs" not in out
        assert main(["prepare", "--source", "images", "--source-dir", str(pictures), *data, "--height", "12"]) == 0
        out = capsys.readouterr().out
        assert "Dataset image_folder/my-prints_12x64_grey (measured)" in out
        assert "Left out, not pictures: LICENSE.md" in out
        tiny = ["--filters", "4", "8", "--latent-dim", "5", "--batch-size", "4", "--epochs", "1", "--balance", "over"]
        assert main(["train", *data, "--dataset", "center_8x8", "--run-dir", str(tmp_path / "run"), *tiny]) == 0

    def test_what_is_too_small_for_a_dcgan_says_so(self, table, tmp_path, capsys):
        assert main(["prepare", "--source", "thyroid", "--source-dir", str(table), "--data-dir", str(tmp_path)]) == 0
        assert "A DCGAN needs sides of at least 8 pixels: prepare with --side 8 (thyroid)" in capsys.readouterr().out

    def test_a_source_dir_is_needed(self, tmp_path, capsys):
        assert main(["prepare", "--source", "thyroid", "--data-dir", str(tmp_path)]) == 1
        assert "Only PTB can be downloaded. Received: source='thyroid'. Give its source_dir." in capsys.readouterr().err


class TestPlace:
    def test_the_same_call_again_changes_nothing(self, table, tmp_path):
        path = prepare_thyroid(table, tmp_path).path
        before = {file: file.stat().st_mtime_ns for file in path.iterdir()}
        assert prepare_thyroid(table, tmp_path).path == path
        assert {file: file.stat().st_mtime_ns for file in path.iterdir()} == before

    def test_other_files_at_the_same_place_are_refused_unless_overwritten(self, pictures, tmp_path):
        folder = tmp_path / "My prints"
        shutil.copytree(pictures, folder)
        there = prepare_pictures(folder, tmp_path / "data")
        (folder / "arch" / "0.png").unlink()
        with pytest.raises(InputError) as caught:
            prepare_pictures(folder, tmp_path / "data")
        assert str(caught.value) == (
            f"{there.path} holds a dataset that was prepared from other files, or declared of another origin. Nothing "
            "was changed. Received: origin='measured', there: 'measured'. Choose another --data-dir, or pass "
            "--overwrite to replace it."
        )
        assert sum(prepare_pictures(folder, tmp_path / "data", overwrite=True).splits.values()) == 9

    def test_another_origin_is_refused(self, pictures, tmp_path):
        prepare_pictures(pictures, tmp_path)
        with pytest.raises(InputError, match="Received: origin='synthetic', there: 'measured'"):
            prepare_pictures(pictures, tmp_path, PictureConfig(origin="synthetic"))

    def test_a_full_disk_leaves_the_old_dataset_whole(self, table, tmp_path, monkeypatch):
        path = prepare_thyroid(table, tmp_path).path
        before = {file.name: file.read_bytes() for file in path.iterdir()}

        def full(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(build_module, "check_counts", full)
        with pytest.raises(StorageError, match=r"The disk is full: .* was not written"):
            prepare_thyroid(table, tmp_path, overwrite=True)
        assert {file.name: file.read_bytes() for file in path.iterdir()} == before
        assert [child.name for child in tmp_path.iterdir()] == ["thyroid_images"]


def test_real_fingerprints(fingerprints, tmp_path):
    found = prepare_pictures(fingerprints, tmp_path, PictureConfig(70, 52, origin="synthetic"))
    assert (found.name, found.origin) == ("image_folder/fingerprint_70x52_grey", "synthetic")
    assert found.splits == {"train": 3, "validation": 1, "test": 1}
    assert found.metadata["skipped"] == ["LICENSE.md", "NOTES.md"]
    assert found.load("train").image_shape == (70, 52, 1)
