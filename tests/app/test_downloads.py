"""Every format as a zip file: marked synthetic, the same bytes for the same seed, and readable."""

import zipfile

import numpy as np
import pytest

from ecg_synth.app.downloads import FORMATS, file_name, make_zip, notice
from ecg_synth.app.models import Model
from ecg_synth.codec import EcgImageCodec
from ecg_synth.errors import InputError
from ecg_synth.sampling.sampler import Sampler
from ecg_synth.signals.wfdb_io import read_record


@pytest.fixture(scope="module")
def faster(model):
    """The same network at a rate that DICOM has a place for."""
    codec = EcgImageCodec.from_config({**model.codec.get_config(), "fs": 500.0})
    return Model("tiny", Sampler(model.sampler.gan, codec, model.classes), model.facts)


@pytest.mark.parametrize("file_format", FORMATS)
def test_every_format(faster, tmp_path, file_format):
    (tmp_path / "again").mkdir()
    path = make_zip(faster, tmp_path, 3, 4, file_format, "NORM")
    assert path.name == f"synthetic_tiny_NORM_seed4_3_{file_format}.zip"
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        notice = archive.read(f"{path.stem}/SYNTHETIC.txt").decode()
    assert len(names) > 1
    assert all(name.startswith(f"{path.stem}/") for name in names)
    for words in ("These ECGs are synthetic. Made by a neural network", "privacy_audit: none", "seed: 4", "epoch: 3"):
        assert words in notice
    assert make_zip(faster, tmp_path / "again", 3, 4, file_format, "NORM").read_bytes() == path.read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["again", path.name]


def test_records_in_it_are_those_of_the_page(model, tmp_path):
    with zipfile.ZipFile(make_zip(model, tmp_path, 2, 1, "wfdb")) as archive:
        archive.extractall(tmp_path / "out")
    folder = next((tmp_path / "out").iterdir())
    for number, ecg in enumerate(model.ecgs(2, 1)):
        record = read_record(folder / f"synthetic_{number:06d}")
        assert record.origin == "synthetic"
        centered = record.p_signal - np.median(record.p_signal, axis=0)
        np.testing.assert_allclose(centered, ecg.signal_mv, atol=2e-3)


def test_the_notice_says_whose_weights_it_began_with(model):
    began = {"preset": "flow", "name": "ptb", "origin": "measured", "fingerprint": "0f"}
    said = notice(Model("tiny", model.sampler, {**model.facts, "started_from": began}), 0)
    assert "\nstarted_from: the weights of a run of preset flow, trained on ptb (measured)\n" in said
    assert "started_from" not in notice(model, 0)


def test_the_name_holds_nothing_that_a_file_system_minds():
    assert file_name("a/../b", 0, 1, "csv", "MI & <more>") == "synthetic_a-..-b_MI-more_seed0_1_csv.zip"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"count": 0}, "A count must be an integer from 1"),
        ({"count": 71}, "A download holds at most 70 ECGs. Received: count=71. 'ecg-synth generate' writes as many"),
        ({"file_format": "pdf"}, "Unknown format"),
        ({"file_format": "dicom"}, "DICOM's ECG waveforms have 200 to 1000 samples a second. Received: fs=125 Hz"),
        ({"seed": -1}, "A seed must be an integer"),
        ({"class_name": "CD"}, "Unknown class"),
    ],
)
def test_bad_input_leaves_nothing(model, tmp_path, change, words):
    arguments = {"count": 2, "seed": 0, "file_format": "csv", "most": 70, **change}
    with pytest.raises(InputError, match=words):
        make_zip(model, tmp_path, **arguments)
    assert not list(tmp_path.iterdir())


def test_what_a_model_was_told_stands_in_the_name_and_the_records(told_model, tmp_path):
    path = make_zip(told_model, tmp_path, 2, 1, "wfdb", "MI", heart_rate=(50.0, 60.0))
    assert path.name == "synthetic_told_MI-50-to-60-min_seed1_2_wfdb.zip"
    with zipfile.ZipFile(path) as archive:
        header = archive.read(f"{path.stem}/synthetic_000000.hea").decode()
    assert "Asked for: heart rate 5" in header
    assert "class MI; synthetic" in header
