import pickle
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from made_up import write_ptbxl

import tfds_ptb
from ecg_synth.config import FoldConfig
from ecg_synth.errors import InputError


class PtbxlEcgImagesTest(tfds.testing.DatasetBuilderTestCase):
    """TFDS's own checks of a builder, on made-up records in the place of the manual download."""

    DATASET_CLASS = tfds_ptb.PtbxlEcgImages
    BUILDER_CONFIG_NAMES_TO_TEST = ["i_adapted_z", "i_adapted_z_records100"]  # noqa: RUF012
    SPLITS = {"train": 18, "validation": 2, "test": 2}  # noqa: RUF012
    SKIP_CHECKSUMS = True

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp())
        cls.EXAMPLE_DIR = str(cls.folder)
        write_ptbxl(cls.folder / "ptb-xl-1.0.3")
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        shutil.rmtree(cls.folder)


class TestBuilder:
    def test_info(self):
        builder = tfds.builder("ptbxl_ecg_images")
        assert builder.builder_config.name == "i_adapted_z"
        assert builder.info.features["label"].names == ["NORM", "MI", "STTC", "CD", "HYP"]
        assert builder.info.features["superclasses"].shape == (5,)
        assert "diagnosis" not in builder.info.features
        assert "wagner" in builder.info.citation

    def test_pickle_keeps_source_and_rate(self, tmp_path):
        builder = tfds_ptb.PtbxlEcgImages(config="i_adapted_z_records100", data_dir=str(tmp_path), source_dir="there")
        again = pickle.loads(pickle.dumps(builder))
        assert (again._source_dir, again._source, again._options.rate) == ("there", "ptbxl", 100)

    def test_labels_arrive_and_absent_folds_are_named(self, tmp_path):
        write_ptbxl(tmp_path / "xl", folds=range(1, 9))
        config = tfds_ptb.PtbxlImagesConfig(split=FoldConfig((1, 2, 3, 4), (8,), (10,)))
        assert config.name == "i_adapted_z_folds-1.2.3.4-8-10"
        builder = tfds_ptb.PtbxlEcgImages(config=config, data_dir=str(tmp_path / "d"), source_dir=str(tmp_path / "xl"))
        builder.download_and_prepare()
        assert {name: split.num_examples for name, split in builder.info.splits.items()} == {
            "train": 10,
            "validation": 2,
        }
        assert builder.info.metadata["absent_splits"] == {"test": [10]}
        assert builder.info.metadata["outside_folds"] == 3
        found = {example["record"].decode()[-8:]: example for example in tfds.as_numpy(builder.as_dataset("train"))}
        np.testing.assert_array_equal(found["00005_hr"]["superclasses"], [0, 1, 0, 0, 1])
        assert found["00005_hr"]["label"] == 4

    def test_nothing_to_read(self, tmp_path):
        (tmp_path / "downloads" / "manual" / "other").mkdir(parents=True)
        builder = tfds_ptb.PtbxlEcgImages(data_dir=str(tmp_path))
        with pytest.raises(
            InputError, match=r"PTB-XL must be there. Received: no ptbxl_database.csv in \S+manual. Dow"
        ):
            builder.download_and_prepare()
