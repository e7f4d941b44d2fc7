"""How a dataset is written changes nothing in what is read."""

import hashlib
import importlib.util
import shutil

import numpy as np
import pytest
import tensorflow_datasets as tfds

from ecg_synth.config import CodecConfig, WriteConfig
from ecg_synth.data.prepare import prepare
from ecg_synth.data.prepare_images import prepare_pictures
from ecg_synth.errors import InputError
from ecg_synth.sources.examples import Report


def sums(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def plain(simulated, tmp_path_factory):
    return prepare(simulated, tmp_path_factory.mktemp("plain"), write=WriteConfig(workers=1))


@pytest.mark.parametrize("workers", [2, 5])
def test_the_same_bytes_by_any_number_of_workers(simulated, plain, tmp_path, workers):
    again = prepare(simulated, tmp_path, write=WriteConfig(workers=workers))
    assert sums(again.path) == sums(plain.path)


def test_the_same_bounds_by_any_number_of_workers(simulated, tmp_path):
    codec = CodecConfig(standardization="quantile", leads=("i", "v3"))
    found = [prepare(simulated, tmp_path / str(n), codec=codec, write=WriteConfig(workers=n)) for n in (1, 3)]
    assert sums(found[0].path) == sums(found[1].path)


@pytest.mark.parametrize("file_format", ["array_record", "parquet"])
def test_other_formats_load_alike(simulated, plain, tmp_path, file_format):
    found = prepare(simulated, tmp_path, write=WriteConfig(file_format=file_format))
    assert (found.file_format, found.splits) == (file_format, plain.splits)
    for split in plain.splits:
        assert found.load(split).fingerprint == plain.load(split).fingerprint
        ours, theirs = (
            {name: np.concatenate([batch[name] for batch in one.iter_batches(split)]) for name in ("offset", "record")}
            for one in (found, plain)
        )
        np.testing.assert_array_equal(ours["offset"], theirs["offset"])
        assert ours["record"].tolist() == theirs["record"].tolist()


def test_array_record_is_read_at_random(simulated, plain, tmp_path):
    prepare(simulated, tmp_path, write=WriteConfig(file_format="array_record"))
    builder = tfds.builder("ptb_ecg_images/simulated_i_adapted_z", data_dir=str(tmp_path), file_format="array_record")
    source = builder.as_data_source(split="train")
    images = plain.load("train").images
    assert len(source) == len(images)
    for index in (len(images) - 1, 0, 3):
        np.testing.assert_array_equal(source[index]["image"], images[index])


def test_another_format_at_the_same_place_is_refused(simulated, plain):
    with pytest.raises(InputError) as caught:
        prepare(simulated, plain.path.parents[2], write=WriteConfig(file_format="parquet"))
    assert str(caught.value) == (
        f"{plain.path} holds the dataset in another file format, tfrecord. Nothing was changed. Received: "
        "file_format='parquet'. Choose another --data-dir, or pass --overwrite to replace it."
    )


def test_pictures_too(fingerprints, tmp_path):
    first = prepare_pictures(fingerprints, tmp_path / "a").load("train")
    found = prepare_pictures(fingerprints, tmp_path / "b", write=WriteConfig(file_format="array_record"))
    assert (found.file_format, found.load("train").fingerprint) == ("array_record", first.fingerprint)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (WriteConfig(file_format="tfrecords"), "Unknown file_format. Received: file_format='tfrecords'. Did you mean"),
        (WriteConfig(workers=0), r"There must be at least one worker. Received: workers=0\."),
    ],
)
def test_bad_choices(simulated, tmp_path, write, message):
    with pytest.raises(InputError, match=message):
        prepare(simulated, tmp_path / "data", write=write)


def test_array_record_is_not_installed(simulated, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(InputError) as caught:
        prepare(simulated, tmp_path / "data", write=WriteConfig(file_format="array_record"))
    assert str(caught.value) == (
        "The file format array_record needs a package of this name, which TFDS brings on Linux alone. "
        "Received: file_format='array_record'. Install it with: pip install array_record."
    )


def test_a_damaged_file_is_named_by_its_sum_although_reading_found_it_first(simulated, tmp_path):
    shutil.copytree(simulated, tmp_path / "db")
    victim = sorted((tmp_path / "db").rglob("*.dat"))[-1]
    victim.write_bytes(victim.read_bytes()[:-2])
    with pytest.raises(InputError, match=rf"{victim.name} must have the sha256 that SHA256SUMS.txt lists"):
        prepare(tmp_path / "db", tmp_path / "data")
    assert not any((tmp_path / "data").iterdir())


def test_a_lost_example_is_noticed(simulated, tmp_path, monkeypatch):
    to_dict = Report.to_dict
    monkeypatch.setattr(Report, "to_dict", lambda self: {**to_dict(self), "total": self.total + 1})
    with pytest.raises(RuntimeError, match="Split 'train' was written with 14 of 15 examples"):
        prepare(simulated, tmp_path)
    assert not any(tmp_path.iterdir())
