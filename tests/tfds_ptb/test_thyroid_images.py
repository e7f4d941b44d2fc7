import pickle
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds

import tfds_ptb
from ecg_synth.codec import codec_from_config
from ecg_synth.errors import InputError
from ecg_synth.sources.thyroid import UCI_FILES, read_thyroid


def write_thyroid(folder, train=40, test=12, seed=0):
    """Made-up rows in UCI's two files: the classes go 1, 2, 3, 1, ... and the last test row is beyond the others."""
    rng = np.random.default_rng(seed)
    for part, count in zip(UCI_FILES, (train, test), strict=True):
        lines = []
        for number in range(count):
            beyond = 5.0 if part == "test" and number == count - 1 else 0.0
            continuous = (rng.uniform(0, 0.6, 6) if part == "train" else rng.uniform(0.2, 0.4, 6)) + beyond
            values = [f"{continuous[0]:.2f}", *map(str, rng.integers(0, 2, 15)), *(f"{x:.4f}" for x in continuous[1:])]
            lines.append(",".join([*values, str(number % 3 + 1)]) + ",\n")
        (folder / UCI_FILES[part]).write_text("".join(lines))
    return folder


class ThyroidImagesTest(tfds.testing.DatasetBuilderTestCase):
    """TFDS's own checks of a builder."""

    DATASET_CLASS = tfds_ptb.ThyroidImages
    BUILDER_CONFIG_NAMES_TO_TEST = ["blocks", "center_8x8"]  # noqa: RUF012
    SPLITS = {"train": 40, "test": 12}  # noqa: RUF012
    SKIP_CHECKSUMS = True

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp())
        cls.EXAMPLE_DIR = str(cls.folder)
        write_thyroid(cls.folder)
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        shutil.rmtree(cls.folder)


class TestInfo:
    def test_default_is_the_papers(self):
        builder = tfds.builder("thyroid_images")
        assert builder.builder_config.name == "blocks"
        assert builder.info.features["image"].shape == (7, 7, 1)
        assert builder.info.features["label"].names == ["class 1", "class 2", "normal"]
        assert "quinlan1986thyroid" in builder.info.citation

    def test_configs(self):
        assert sorted(tfds_ptb.ThyroidImages.builder_configs) == [
            *("blocks", "blocks_8x8", "center", "center_8x8", "rows", "rows_8x8"),
        ]

    def test_a_pickled_builder_keeps_its_source(self, tmp_path):
        builder = tfds_ptb.ThyroidImages(data_dir=str(tmp_path), source_dir="somewhere")
        assert pickle.loads(pickle.dumps(builder))._source_dir == "somewhere"


def load(folder, data_dir, config="blocks"):
    return tfds.load(
        f"thyroid_images/{config}",
        builder_kwargs={"source_dir": str(folder)},
        data_dir=str(data_dir),
        with_info=True,
        batch_size=-1,
    )


def check_rows(datasets, info, parts):
    codec = codec_from_config(info.metadata["codec"])
    for name, rows in parts.items():
        found = tfds.as_numpy(datasets[name])
        assert sorted(found["row"]) == list(range(len(rows)))
        np.testing.assert_array_equal(found["label"], rows.labels[found["row"]])
        again, expected = codec.decode(found["image"]), rows.values[found["row"]]
        np.testing.assert_array_equal(again[:, codec.is_binary], expected[:, codec.is_binary])
        saturated = codec.encode(expected).saturated
        assert saturated.sum() == info.metadata["report"][name]["saturated"]
        half = np.array([upper - lower for lower, upper in codec.bounds.values()]) / 254 / 2
        assert (np.abs(again - expected)[~saturated][:, ~codec.is_binary] <= half + 1e-12).all()


def test_every_example_decodes_to_its_row(tmp_path):
    folder = write_thyroid(tmp_path)
    datasets, info = load(folder, tmp_path / "tfds", "center_8x8")
    check_rows(datasets, info, read_thyroid(folder))
    assert info.metadata["origin"] == "measured"
    assert info.metadata["report"]["test"] == {
        "slices": {"class 1": 4, "class 2": 4, "normal": 4},
        "saturated": 1,
        "total": 12,
    }


def test_bounds_are_those_of_the_training_rows(tmp_path):
    folder = write_thyroid(tmp_path)
    _, info = load(folder, tmp_path / "tfds")
    train = read_thyroid(folder)["train"].values
    assert info.metadata["codec"]["bounds"]["TSH"] == [train[:, 16].min(), train[:, 16].max()]


def test_real(thyroid, tmp_path):
    datasets, info = load(thyroid, tmp_path)
    check_rows(datasets, info, read_thyroid(thyroid))
    report = info.metadata["report"]
    assert {name: counts["total"] for name, counts in report.items()} == {"train": 3772, "test": 3428}
    names = ("class 1", "class 2", "normal")
    assert [sum(counts["slices"][name] for counts in report.values()) for name in names] == [166, 368, 6666]


def test_no_files(tmp_path):
    with pytest.raises(InputError, match=r"must hold ann-train.data and ann-test.data \(UCI\), or thyroid.dat"):
        load(tmp_path, tmp_path / "tfds")
