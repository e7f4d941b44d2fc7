import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

import tfds_ptb
from ecg_synth.config import PictureConfig
from ecg_synth.errors import InputError


def write_pictures(folder, classes=("arch", "whorl"), each=5, size=(8, 9), seed=0):
    rng = np.random.default_rng(seed)
    for name in classes:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(each):
            levels = rng.integers(0, 256, size, dtype=np.uint8)
            Image.fromarray(levels).save(folder / name / f"{number}.png")
    return folder


class ImageFolderTest(tfds.testing.DatasetBuilderTestCase):
    """TFDS's own checks of a builder."""

    DATASET_CLASS = tfds_ptb.ImageFolder
    SPLITS = {"train": 8, "validation": 1, "test": 1}  # noqa: RUF012
    SKIP_CHECKSUMS = True

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp())
        cls.EXAMPLE_DIR = str(cls.folder)
        write_pictures(cls.folder)
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        shutil.rmtree(cls.folder)


def test_every_example_is_its_picture(tmp_path):
    folder = write_pictures(tmp_path / "prints")
    config = tfds_ptb.ImageFolderConfig(picture=PictureConfig(8, 9, origin="synthetic"))
    kwargs = {"config": config, "source_dir": str(folder)}
    datasets, info = tfds.load("image_folder", builder_kwargs=kwargs, data_dir=str(tmp_path / "t"), with_info=True)
    assert info.config_name == "8x9_grey"
    assert info.metadata["origin"] == "synthetic"
    assert info.features["label"].names == ("arch", "whorl")
    files = set()
    for dataset in datasets.values():
        for example in tfds.as_numpy(dataset):
            name = example["file"].decode()
            files.add(name)
            np.testing.assert_array_equal(example["image"][..., 0], np.asarray(Image.open(folder / name)))
            assert name.startswith(("arch/", "whorl/")[example["label"]])
    assert len(files) == 10


def test_a_damaged_file_is_named(tmp_path):
    folder = write_pictures(tmp_path / "prints")
    (folder / "arch" / "3.png").write_bytes(b"GIF89a?")
    builder = tfds_ptb.ImageFolder(data_dir=str(tmp_path / "t"), source_dir=str(folder))
    with pytest.raises(InputError, match="arch/3.png cannot be read as a picture"):
        builder.download_and_prepare()


def test_unknown_origin():
    with pytest.raises(InputError, match="Unknown origin. Received: origin='drawn'. Valid: 'measured', 'simulated', "):
        tfds_ptb.ImageFolderConfig(picture=PictureConfig(origin="drawn"))
