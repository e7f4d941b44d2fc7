import functools
import http.server
import pickle
import shutil
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds

import tfds_ptb
import tfds_ptb.ptb_ecg_images.ptb_ecg_images_dataset_builder as builder_module
from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import CodecConfig, SimulateConfig, SplitConfig
from ecg_synth.errors import InputError
from ecg_synth.signals.simulate import write_simulated_database
from ecg_synth.sources.databases import open_source
from ecg_synth.sources.splits import split_patients

# Ten patients of one record each fall 8/1/1; the builder finds them where TFDS would have unpacked the archive.
CONFIG = SimulateConfig(patients=10, duration=2.1)


class PtbEcgImagesTest(tfds.testing.DatasetBuilderTestCase):
    """TFDS's own checks of a builder, on a simulated database in the place of the unpacked download."""

    DATASET_CLASS = tfds_ptb.PtbEcgImages
    BUILDER_CONFIG_NAMES_TO_TEST = ["i_adapted_z", "i_quantile_transposed"]  # noqa: RUF012
    SKIP_CHECKSUMS = True

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp())
        cls.EXAMPLE_DIR = str(cls.folder)
        write_simulated_database(cls.folder / "ptb-diagnostic-ecg-database-1.0.0", CONFIG)
        source = open_source("ptb", cls.folder / "ptb-diagnostic-ecg-database-1.0.0")
        members = split_patients(source.diagnosis_of_patient, SplitConfig())
        cls.SPLITS = {split: len(source.of_patients(patients)) for split, patients in members.items()}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        shutil.rmtree(cls.folder)

    def _download_and_prepare_as_dataset(self, builder):
        super()._download_and_prepare_as_dataset(builder)
        assert builder.info.metadata["origin"] == "simulated"


class TestInfo:
    def test_default_is_the_papers_last_choice(self):
        builder = tfds.builder("ptb_ecg_images")
        assert builder.builder_config.name == "i_adapted_z"
        assert builder.info.features["image"].shape == (45, 45, 1)
        assert builder.info.features["label"].num_classes == 3
        assert builder.info.features["diagnosis"].num_classes == 9
        assert builder.info.supervised_keys == ("image", "label")
        assert builder.info.metadata["leads"] == ["i"]
        assert "bousseljot" in builder.info.citation

    def test_a_config_for_every_choice_of_the_paper(self):
        assert len(tfds_ptb.PtbEcgImages.builder_configs) == 9

    def test_a_pickled_builder_keeps_its_source(self, tmp_path):
        builder = tfds_ptb.PtbEcgImages(data_dir=str(tmp_path), source_dir="somewhere", verify=False)
        again = pickle.loads(pickle.dumps(builder))
        assert (again._source_dir, again._verify) == ("somewhere", False)

    def test_unknown_config_is_named(self):
        with pytest.raises(ValueError, match="i_adaptive_z"):
            tfds.builder("ptb_ecg_images/i_adaptive_z")


@pytest.fixture(scope="module")
def built(simulated, tmp_path_factory):
    config = tfds_ptb.EcgImagesConfig(codec=CodecConfig(leads=("i", "vx")))
    return tfds.load(
        "ptb_ecg_images",
        builder_kwargs={"config": config, "source_dir": str(simulated)},
        data_dir=tmp_path_factory.mktemp("tfds"),
        with_info=True,
    )


class TestLoad:
    def test_own_config_through_tfds_load(self, built):
        datasets, info = built
        assert info.config_name == "i-vx_adapted_z"
        assert info.features["image"].shape == (45, 45, 2)
        assert {name: len(list(dataset)) for name, dataset in datasets.items()} == {
            name: split.num_examples for name, split in info.splits.items()
        }

    def test_no_patient_in_two_splits(self, built):
        datasets, _ = built
        patients = {
            name: {example["patient"] for example in tfds.as_numpy(dataset)} for name, dataset in datasets.items()
        }
        assert len(set.union(*patients.values())) == sum(len(found) for found in patients.values()) == 8

    def test_every_example_decodes_to_its_slice(self, built, simulated):
        datasets, info = built
        codec = EcgImageCodec.from_config(info.metadata["codec"])
        source = open_source("ptb", simulated)
        entries = {entry.record_name: entry for entry in source.entries}
        for example in tfds.as_numpy(datasets["train"]):
            record = source.read(entries[example["record"].decode()], codec.leads, codec.fs)
            start = example["slice_index"] * codec.length
            decoded = codec.decode(example["image"][None], example["offset"][None])[0]
            expected = record.p_signal[start : start + codec.length]
            assert np.abs(decoded - expected).max() <= 2.5 / 255 / 2 + 1e-6


@pytest.mark.parametrize(
    ("layout", "name", "shape", "n_offsets"),
    [
        ("stacked", "i-ii-avf-v1_adapted_spiral_2000samples_independent", (45, 45, 3), 3),
        ("tiles", "i-ii-avf-v1_adapted_spiral_2000samples_tiles_independent", (90, 90, 1), 3),
    ],
)
def test_other_layouts_lengths_and_computed_leads(simulated, tmp_path, layout, name, shape, n_offsets):
    leads = ("i", "ii", "avf", "v1")
    codec = CodecConfig(leads, arrangement="spiral", length=2000, layout=layout, independent=True)
    builder = tfds_ptb.PtbEcgImages(
        config=tfds_ptb.EcgImagesConfig(codec=codec), data_dir=str(tmp_path), source_dir=str(simulated)
    )
    builder.download_and_prepare()
    assert builder.builder_config.name == name
    assert builder.info.features["image"].shape == shape
    assert builder.info.features["offset"].shape == (n_offsets,)
    example = next(iter(tfds.as_numpy(builder.as_dataset(split="train"))))
    found = EcgImageCodec.from_config(builder.info.metadata["codec"])
    decoded = found.decode(example["image"][None], example["offset"][None])[0]
    source = open_source("ptb", simulated)
    entry = next(entry for entry in source.entries if entry.record_name == example["record"].decode())
    start = example["slice_index"] * 2000
    expected = source.read(entry, leads, 1000.0).p_signal[start : start + 2000]
    # Half a level, and 1.5 times that where aVF is computed, beside the converter's own rounding of aVF.
    assert np.abs(decoded - expected).max() <= 1.5 * 2.5 / 254 / 2 + 0.001


def test_wrong_sha256(simulated, tmp_path):
    shutil.copytree(simulated, tmp_path / "db")
    victim = next((tmp_path / "db").rglob("*.dat"))
    victim.write_bytes(victim.read_bytes()[:-1] + b"\x55")
    builder = tfds_ptb.PtbEcgImages(data_dir=str(tmp_path / "tfds"), source_dir=str(tmp_path / "db"))
    with pytest.raises(InputError, match=rf"{victim.name} must have the sha256 that SHA256SUMS.txt lists. Expected: "):
        builder.download_and_prepare()


class TestDownload:
    @pytest.fixture
    def url(self, simulated, tmp_path, monkeypatch):
        """The simulated database as PhysioNet serves PTB: one zip, on the loopback."""
        (tmp_path / "www").mkdir()
        shutil.copytree(simulated, tmp_path / "zip" / "ptb-diagnostic-ecg-database-1.0.0")
        shutil.make_archive(str(tmp_path / "www" / "ptb"), "zip", tmp_path / "zip")
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "www"))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_port}/ptb.zip"
            monkeypatch.setattr(builder_module, "PTB_ZIP_URL", url)
            yield url
            server.shutdown()

    def test_tfds_load_downloads_unpacks_and_verifies(self, url, simulated, tmp_path):
        dataset = tfds.load("ptb_ecg_images", split="train", as_supervised=True, data_dir=str(tmp_path / "tfds"))
        image, label = next(iter(tfds.as_numpy(dataset)))
        assert image.shape == (45, 45, 1)
        assert 0 <= label < 3

    def test_a_wrong_byte_in_the_archive_is_named(self, url, simulated, tmp_path):
        victim = next((tmp_path / "zip").rglob("*.xyz"))
        victim.write_bytes(b"\x01" + victim.read_bytes()[1:])
        shutil.make_archive(str(tmp_path / "www" / "ptb"), "zip", tmp_path / "zip")
        with pytest.raises(InputError, match=rf"{victim.name} must have the sha256 that SHA256SUMS.txt lists"):
            tfds.load("ptb_ecg_images", data_dir=str(tmp_path / "tfds"))
