import errno
import json
import shutil

import numpy as np
import pytest
import tensorflow as tf

from ecg_synth.codec import ARRANGEMENTS, LAYOUTS, EcgImageCodec
from ecg_synth.config import CodecConfig, FoldConfig, SplitConfig
from ecg_synth.data import build as build_module
from ecg_synth.data import prepare as prepare_module
from ecg_synth.data.graph_decode import GraphDecoder
from ecg_synth.data.prepare import prepare
from ecg_synth.data.prepared import open_prepared
from ecg_synth.errors import InputError, StorageError
from ecg_synth.signals.leads import PTB_15, STANDARD_12
from ecg_synth.sources.databases import open_source
from ecg_synth.sources.examples import Report, iter_examples
from ecg_synth.sources.memory import array_source


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

        monkeypatch.setattr(build_module, "check_counts", full)
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


class TestPtbxl:
    def test_folds_labels_and_both_datasets_in_one_folder(self, made_ptbxl, simulated, tmp_path):
        found = prepare(made_ptbxl, tmp_path, source="ptbxl")
        assert (found.name, found.origin) == ("ptbxl_ecg_images/i_adapted_z", "measured")
        assert found.splits == {"train": 18, "validation": 2, "test": 2}
        test = found.load("test")
        assert test.class_names == ("NORM", "MI", "STTC", "CD", "HYP")
        assert test.labels.tolist() == [4, 4]
        assert prepare(made_ptbxl, tmp_path, source="ptbxl").path == found.path
        prepare(simulated, tmp_path)
        assert open_prepared(tmp_path, "i_adapted_z").path == found.path
        assert open_prepared(tmp_path, "ptbxl_ecg_images/i_adapted_z").path == found.path
        assert open_prepared(tmp_path, "simulated_i_adapted_z").origin == "simulated"

    def test_one_config_name_in_two_datasets(self, made_ptbxl, tmp_path):
        ours = prepare(made_ptbxl, tmp_path, source="ptbxl")
        shutil.copytree(ours.path, tmp_path / "other_images" / "i_adapted_z" / "1.0.0")
        (tmp_path / "mnist" / "plain" / "3.0.1").mkdir(parents=True)
        (tmp_path / "mnist" / "plain" / "3.0.1" / "dataset_info.json").write_text("{}")
        with pytest.raises(InputError) as caught:
            open_prepared(tmp_path)
        assert str(caught.value) == (
            f"{tmp_path} holds 2 datasets. Choose one with --dataset: other_images/i_adapted_z, "
            "ptbxl_ecg_images/i_adapted_z."
        )

    def test_real(self, ptbxl, tmp_path):
        found = prepare(ptbxl, tmp_path, source="ptbxl", folds=FoldConfig((1, 2, 3, 4, 5, 6), (7,), (8,)))
        assert found.splits == {"train": 4 * 265, "validation": 4 * 44, "test": 4 * 44}
        report = json.loads((found.path / "prepare_report.json").read_text())
        assert report["all"]["superclasses"] == {"NORM": 900, "MI": 196, "STTC": 236, "CD": 228, "HYP": 100}
        assert (report["all"]["saturated"], report["all"]["resampled"]) == (3, 353)

    def test_splits_of_the_other_kind(self, made_ptbxl, simulated, tmp_path):
        with pytest.raises(InputError) as caught:
            prepare(made_ptbxl, tmp_path, source="ptbxl", split=SplitConfig(seed=1))
        assert str(caught.value) == (
            "PTB-XL is split by its own folds. Received: split=SplitConfig(train=0.8, validation=0.1, test=0.1, "
            "seed=1). Choose with train_folds, validation_folds and test_folds."
        )
        with pytest.raises(InputError, match=r"Only PTB-XL has folds. Received: folds=.* with source='ptb'"):
            prepare(simulated, tmp_path, folds=FoldConfig(train_folds=(1,)))


class TestMemory:
    def test_an_array_source_goes_the_same_way(self, tmp_path):
        rng = np.random.default_rng(0)
        signals = rng.normal(0, 0.2, (6, 80, 2))
        signals[2, 40] = np.nan
        source = array_source(signals, 100.0, ["I", "II"], patients=["a", "a", "b", "b", "c", "d"])
        codec = CodecConfig(leads=("ii",), length=36, fs=100.0)
        found = prepare(None, tmp_path, source=source, codec=codec)
        assert found.name == "ptb_ecg_images/array_ii_adapted_z_36samples_100hz"
        assert sum(found.splits.values()) == 11
        report = json.loads((found.path / "prepare_report.json").read_text())
        assert (report["source"], report["all"]["dropped_nan"], report["all"]["slices"]) == (
            "array",
            1,
            {"unknown": 11},
        )
        assert prepare(None, tmp_path, source=source, codec=codec).path == found.path
        other = array_source(signals * 2, 100.0, ["I", "II"])
        with pytest.raises(InputError, match="was prepared from other records"):
            prepare(None, tmp_path, source=other, codec=codec)
        with pytest.raises(InputError, match=r"A Source has its records already. Received: source_dir='here'"):
            prepare("here", tmp_path, source=source, codec=codec)


class TestReport:
    @pytest.fixture
    def damaged(self, simulated, tmp_path):
        """One truncated record, one short one, one whose header is nonsense."""
        db = tmp_path / "db"
        shutil.copytree(simulated, db)
        names = (db / "RECORDS").read_text().split()
        victim = db / f"{names[0]}.dat"
        victim.write_bytes(victim.read_bytes()[:-10])
        header = db / f"{names[1]}.hea"
        header.write_text(header.read_text().replace(" 4100", " 1500", 1))
        (db / f"{names[2]}.hea").write_text("nonsense")
        return db, names

    def test_skip_bad_names_records_and_reasons(self, damaged, tmp_path):
        db, names = damaged
        found = prepare(db, tmp_path / "d", verify=False, skip_bad=True)
        report = json.loads((found.path / "prepare_report.json").read_text())
        assert list(report["skipped"]) == [names[2], names[0]]
        assert "is not a WFDB header" in report["skipped"][names[2]]
        assert "is truncated" in report["skipped"][names[0]]
        assert report["too_short"] == [names[1]]
        assert report["all"]["records"] == len(names) - 3
        assert report["all"]["total"] == sum(found.splits.values()) == 2 * (len(names) - 3)
        assert report["splits"]["train"]["total"] == found.splits["train"]
        assert (report["dataset"], report["source"], report["origin"]) == (found.name, "ptb", "simulated")
        assert report["all"]["saturated_share"] == report["all"]["saturated"] / report["all"]["total"]
        assert prepare(db, tmp_path / "d", verify=False, skip_bad=True).path == found.path

    def test_the_default_stops(self, damaged, tmp_path):
        db, _ = damaged
        with pytest.raises(InputError, match="is not a WFDB header"):
            prepare(db, tmp_path / "d", verify=False)

    def test_nothing_left(self, simulated, tmp_path):
        shutil.copytree(simulated, tmp_path / "db")
        for header in (tmp_path / "db").rglob("*.hea"):
            header.write_text("nonsense")
        with pytest.raises(InputError, match=r"must have a record that can be read. Received: \d+ records, every one"):
            prepare(tmp_path / "db", tmp_path / "d", verify=False, skip_bad=True)


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
    @pytest.mark.parametrize("top", [9, 24, 256])
    @pytest.mark.parametrize("leads", [("i",), ("i", "ii", "iii")])
    def test_beats_with_few_and_many_null_pixels(self, layout, top, leads):
        codec = EcgImageCodec(leads, "adapted", "beats", 60, 60.0, layout=layout)
        images = np.random.default_rng(0).integers(0, top, (8, *codec.full_shape), dtype=np.uint8)
        images[0] = 0
        same_bits(codec, images, np.zeros((8, len(leads)), np.float32))

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
