"""What is not an ECG, from its files to a trained model and back, by the same calls as an ECG."""

import dataclasses
import errno
import shutil

import numpy as np
import pytest
from PIL import Image

from ecg_synth.cli.main import main
from ecg_synth.codec import PictureCodec, TableImageCodec, codec_from_config
from ecg_synth.config import DcganConfig, PictureConfig, TableImageConfig, TrainConfig
from ecg_synth.data import build as build_module
from ecg_synth.data.balance import class_weights
from ecg_synth.data.prepare_images import prepare_pictures, prepare_thyroid
from ecg_synth.data.prepared import open_prepared
from ecg_synth.errors import InputError, StorageError
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

    def test_a_model_of_tables_is_no_source_of_signals(self, table, tmp_path):
        from ecg_synth.serving.sampler import load_sampler
        from ecg_synth.training import train

        train(CONFIG, prepare_thyroid(table, tmp_path / "d", EIGHT).load(), tmp_path / "run", progress=False)
        with pytest.raises(
            InputError, match="Only a model of ECG images gives signals. .*trained on thyroid_images/bl"
        ):
            load_sampler(tmp_path / "run")

    def test_on_the_command_line(self, table, pictures, tmp_path, capsys):
        data = ["--data-dir", str(tmp_path / "data")]
        arguments = ["--source", "thyroid", "--source-dir", str(table), "--placement", "center", "--side", "8", *data]
        assert main(["prepare", *arguments]) == 0
        out = capsys.readouterr().out
        assert "Dataset thyroid_images/center_8x8 (measured)" in out
        assert "total                           30       6" in out
        assert "--dataset center_8x8 --run-dir" in out
        assert "DCGAN needs" not in out
        assert main(["prepare", "--source", "images", "--source-dir", str(pictures), *data, "--height", "12"]) == 0
        out = capsys.readouterr().out
        assert "Dataset image_folder/my-prints_12x64_grey (measured)" in out
        assert "Left out, not pictures: LICENSE.md" in out
        tiny = ["--filters", "4", "8", "--latent-dim", "5", "--batch-size", "4", "--epochs", "1", "--balance", "over"]
        assert main(["train", *data, "--dataset", "center_8x8", "--run-dir", str(tmp_path / "run"), *tiny]) == 0
        assert main(["generate", "--run-dir", str(tmp_path / "run"), "--out", str(tmp_path / "out")]) == 1
        assert "Only a model of ECG images gives signals" in capsys.readouterr().err

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
