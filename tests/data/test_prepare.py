import errno
import shutil

import numpy as np
import pytest
import tensorflow as tf

from ecg_synth.codec import ARRANGEMENTS, LAYOUTS, EcgImageCodec
from ecg_synth.config import CodecConfig, SplitConfig
from ecg_synth.data import prepare as prepare_module
from ecg_synth.data.graph_decode import GraphDecoder
from ecg_synth.data.prepare import prepare
from ecg_synth.data.prepared import open_prepared
from ecg_synth.errors import InputError, StorageError
from ecg_synth.signals.leads import PTB_15, STANDARD_12
from ecg_synth.sources.databases import open_source
from ecg_synth.sources.examples import Report, iter_examples


@pytest.fixture(scope="module")
def prepared(simulated, tmp_path_factory):
    return prepare(simulated, tmp_path_factory.mktemp("data"))


class TestPrepare:
    def test_counts_and_labels_of_the_source_arrive(self, prepared, simulated):
        assert prepared.name == "ptb_ecg_images/simulated_i_adapted_z"
        assert prepared.origin == "simulated"
        source = open_source("ptb", simulated)
        assert sum(prepared.splits.values()) == 2 * len(source.entries)
        expected = dict(iter_examples(source, source.entries, EcgImageCodec(), Report()))
        images = sorted(example["image"].tobytes() for example in expected.values())
        loaded = [prepared.load(split) for split in prepared.splits]
        assert sorted(image.tobytes() for part in loaded for image in part.images) == images
        assert set(np.concatenate([part.labels for part in loaded])) == {0, 1, 2}

    def test_the_same_order_and_fingerprint_every_time(self, prepared, simulated, tmp_path):
        again = prepare(simulated, tmp_path).load("train")
        first = prepared.load("train")
        np.testing.assert_array_equal(again.images, first.images)
        assert again.fingerprint == first.fingerprint

    def test_the_same_call_again_changes_nothing(self, prepared, simulated):
        before = {path: path.stat().st_mtime_ns for path in prepared.path.iterdir()}
        assert prepare(simulated, prepared.path.parents[2]).path == prepared.path
        assert {path: path.stat().st_mtime_ns for path in prepared.path.iterdir()} == before

    def test_other_records_at_the_same_place_are_refused(self, prepared, simulated, tmp_path):
        shutil.copytree(simulated, tmp_path / "db")
        (tmp_path / "db" / "RECORDS").write_text("patient001/s0001lre\npatient002/s0002lre\n")
        with pytest.raises(InputError) as caught:
            prepare(tmp_path / "db", prepared.path.parents[2], verify=False)
        assert str(caught.value) == (
            f"{prepared.path} holds a dataset that was prepared from other records. Nothing was changed. "
            "Choose another --data-dir, or pass --overwrite to replace it."
        )

    def test_other_splits_stand_beside(self, simulated, tmp_path):
        first = prepare(simulated, tmp_path)
        second = prepare(simulated, tmp_path, split=SplitConfig(seed=5))
        assert second.name == f"{first.name}_split-0.8-0.1-0.1-5"
        assert second.metadata["split"]["seed"] == 5

    def test_overwrite(self, simulated, tmp_path):
        path = prepare(simulated, tmp_path).path
        (path / "stray").touch()
        assert prepare(simulated, tmp_path, overwrite=True).path == path
        assert not (path / "stray").exists()

    def test_a_full_disk_leaves_the_old_dataset_whole(self, simulated, tmp_path, monkeypatch):
        path = prepare(simulated, tmp_path).path
        before = {file.name: file.read_bytes() for file in path.iterdir()}

        def full(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(prepare_module, "_check_counts", full)
        with pytest.raises(StorageError, match=r"The disk is full: .* was not written"):
            prepare(simulated, tmp_path, overwrite=True)
        assert {file.name: file.read_bytes() for file in path.iterdir()} == before
        assert [child.name for child in tmp_path.iterdir()] == ["ptb_ecg_images"]

    def test_bounds_come_from_the_training_split(self, simulated, tmp_path):
        found = prepare(simulated, tmp_path, codec=CodecConfig(standardization="minmax"))
        codec = found.codec
        train = codec.decode(found.load("train").images)
        np.testing.assert_allclose(train.min(), codec.standardization.lower[0], atol=1e-6)
        np.testing.assert_allclose(train.max(), codec.standardization.upper[0], atol=1e-6)

    def test_any_wfdb_folder(self, simulated, tmp_path):
        found = prepare(simulated, tmp_path, source="wfdb", codec=CodecConfig(leads=("v2",)))
        assert found.name == "ptb_ecg_images/simulated_v2_adapted_z"

    def test_real_ptb(self, ptbdb, tmp_path):
        found = prepare(ptbdb, tmp_path)
        assert (found.origin, sum(found.splits.values())) == ("measured", 18 + 5 * 56)
        assert found.name == "ptb_ecg_images/i_adapted_z"

    def test_slice_longer_than_the_record(self, simulated, tmp_path):
        with pytest.raises(InputError, match=r"Received: slices of 4.225 s, and the longest record, \S+, has 4.1 s"):
            prepare(simulated, tmp_path, codec=CodecConfig(length=65 * 65))
        assert not any(tmp_path.iterdir())


class TestOpenPrepared:
    def test_by_data_dir_or_by_folder(self, prepared):
        assert open_prepared(prepared.path.parents[2]).path == prepared.path
        assert open_prepared(prepared.path).splits == prepared.splits

    def test_several_datasets_need_a_choice(self, simulated, tmp_path):
        prepare(simulated, tmp_path)
        prepare(simulated, tmp_path, codec=CodecConfig(arrangement="transposed"))
        with pytest.raises(InputError, match=r"holds 2 datasets. Choose one with --dataset: simulated_i_adapted_tr"):
            open_prepared(tmp_path)
        assert open_prepared(tmp_path, "simulated_i_adapted_z").codec.arrangement == "z"
        with pytest.raises(InputError, match="Unknown dataset .* Did you mean 'simulated_i_adapted_z'"):
            open_prepared(tmp_path, "simulated_i_adapted_y")

    def test_none(self, tmp_path):
        with pytest.raises(InputError, match="There is no prepared dataset in the folder"):
            open_prepared(tmp_path)
        with pytest.raises(InputError, match="There is no prepared dataset. Received"):
            open_prepared(tmp_path / "none")

    def test_unknown_split(self, prepared):
        with pytest.raises(InputError, match="Unknown split .* Received: split='training'. Did you mean 'train'"):
            prepared.load("training")

    def test_damaged(self, prepared, tmp_path):
        shutil.copytree(prepared.path, tmp_path / "d")
        (tmp_path / "d" / "dataset_info.json").write_text("{")
        with pytest.raises(InputError, match="cannot be read as a TFDS dataset"):
            open_prepared(tmp_path / "d")


class TestGraphDecode:
    @pytest.mark.parametrize("arrangement", ["z", "transposed", "reversed"])
    @pytest.mark.parametrize("standardization", ["adapted", "minmax", "quantile"])
    @pytest.mark.parametrize("length", [2025, 36])
    def test_same_bits_as_numpy(self, arrangement, standardization, length):
        rng = np.random.default_rng(0)
        leads = ("i", "ii", "v5")
        codec = EcgImageCodec(leads, standardization, arrangement, length).fit([rng.normal(size=(5, length, 3))])
        images = rng.integers(0, 256, (7, *codec.image_shape, 3), dtype=np.uint8)
        offset = rng.normal(size=(7, 3)).astype(np.float32)
        same_bits(codec, images, offset)

    @pytest.mark.parametrize("arrangement", sorted(ARRANGEMENTS))
    @pytest.mark.parametrize("layout", sorted(LAYOUTS))
    @pytest.mark.parametrize("image_shape", [(5, 6), (7, 5)], ids=["full", "padded"])
    @pytest.mark.parametrize("independent", [False, True])
    def test_same_bits_in_every_arrangement_and_layout(self, arrangement, layout, image_shape, independent):
        rng = np.random.default_rng(0)
        leads = ("avl", "i", "v1", "ii", "iii", "avr", "avf", "vz")
        for standardization in ("adapted", "quantile"):
            codec = EcgImageCodec(
                leads, standardization, arrangement, 30, image_shape=image_shape, layout=layout, independent=independent
            ).fit([rng.normal(size=(5, 30, 8))])
            images = rng.integers(0, 256, (3, *codec.full_shape), dtype=np.uint8)
            same_bits(codec, images, rng.normal(size=(3, len(codec.stored_leads))).astype(np.float32))

    @pytest.mark.parametrize("layout", sorted(LAYOUTS))
    @pytest.mark.parametrize("independent", [False, True])
    @pytest.mark.parametrize("leads", [STANDARD_12, PTB_15])
    def test_all_leads_as_a_compiled_function(self, layout, independent, leads):
        rng = np.random.default_rng(0)
        codec = EcgImageCodec(leads, length=100, layout=layout, independent=independent)
        images = rng.integers(0, 256, (3, *codec.full_shape), dtype=np.uint8)
        decoded = tf.function(GraphDecoder(codec))(images).numpy()
        np.testing.assert_array_equal(decoded.view(np.uint32), codec.decode(images).view(np.uint32))


def same_bits(codec, images, offset):
    decoder = GraphDecoder(codec)
    for arguments in ((images,), (images, offset)):
        found, expected = decoder(*arguments).numpy(), codec.decode(*arguments)
        np.testing.assert_array_equal(found.view(np.uint32), expected.view(np.uint32))


class TestDownload:
    def test_without_a_folder_ptb_is_downloaded_first(self, simulated, tmp_path, monkeypatch):
        def arrive(out):
            shutil.copytree(simulated, out)
            return out

        monkeypatch.setattr(prepare_module, "download_database", arrive)
        found = prepare(None, tmp_path)
        assert found.splits
        assert (tmp_path / "downloads" / "ptbdb" / "RECORDS").is_file()

    def test_only_ptb_can_be_downloaded(self, tmp_path):
        with pytest.raises(InputError, match="Only PTB can be downloaded. Received: source='wfdb'"):
            prepare(None, tmp_path, source="wfdb")
