"""Real ECGs go through the model's codec; which are taken, and what is refused."""

import re

import numpy as np
import pytest

from ecg_synth.app.models import Model
from ecg_synth.app.places import check_places
from ecg_synth.app.real import RealDataset, RealRecords, open_real
from ecg_synth.codec import EcgImageCodec
from ecg_synth.errors import InputError
from ecg_synth.serving.saved import load_saved
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.wfdb_io import write_record


def write(folder, name, signal, fs=125.0, leads=("I", "II"), origin="measured"):
    made = () if origin == "measured" else (f"{origin.capitalize()}: yes",)
    write_record(EcgRecord(name, signal, fs, leads, name, comments=made, origin=origin), folder)


def noise(seconds=4.0, fs=125.0, seed=0):
    return np.random.default_rng(seed).normal(0, 0.2, (round(seconds * fs), 2))


class TestRecords:
    def test_each_of_another_record_and_through_the_codec(self, real, model):
        ecgs = real.draw(model.codec, 8, 0)
        assert len({ecg.source.split(" from ")[0] for ecg in ecgs}) == 8
        assert {ecg.origin for ecg in ecgs} == {"simulated"}
        for ecg in ecgs:
            np.testing.assert_array_equal(ecg.image, model.codec.encode_slices(ecg.signal_mv[None]).images[0])
        assert [ecg.source for ecg in real.draw(model.codec, 3, 0)] == [ecg.source for ecg in ecgs[:3]]

    def test_more_than_there_are_records(self, real, model):
        assert len(real.draw(model.codec, 40, 1)) == 40

    def test_the_highest_rate_alone(self, tmp_path, model):
        write(tmp_path, "low", noise(fs=50.0), 50.0)
        write(tmp_path, "high", noise(fs=250.0), 250.0)
        real = RealRecords(tmp_path)
        assert real.describe() == f"1 measured records at 250 Hz in {tmp_path.name}"
        assert {ecg.source.split()[1] for ecg in real.draw(model.codec, 3, 0)} == {"high"}

    def test_gaps_and_dead_leads_are_passed_over(self, tmp_path, model):
        signal = noise()
        write(tmp_path, "good", signal)
        dead = signal.copy()
        dead[:, 1] = 0.0
        write(tmp_path, "dead", dead)
        signal[::50] = np.nan
        write(tmp_path, "gaps", signal)
        assert {ecg.source.split()[1] for ecg in RealRecords(tmp_path).draw(model.codec, 4, 0)} == {"good"}

    def test_none_that_fits(self, tmp_path, model):
        write(tmp_path, "short", noise(1.0))
        words = "Real ECGs must have the leads i, ii and last 2.05 s without a gap. Received: 1 measured records"
        with pytest.raises(InputError, match=re.escape(words)):
            RealRecords(tmp_path).draw(model.codec, 1, 0)

    def test_aligned_slices(self, real):
        codec = EcgImageCodec(("ii",), length=256, fs=125.0, align="r_peak", arrangement="beats")
        assert real.draw(codec, 2, 0)[0].signal_mv.shape == (256, 1)

    def test_synthetic_or_mixed_ones_are_refused(self, tmp_path):
        write(tmp_path, "made", noise(), origin="synthetic")
        with pytest.raises(InputError, match="is measured, or simulated, and all of one kind. Received: synthetic"):
            open_real(str(tmp_path), "test")
        (tmp_path / "made.hea").unlink()
        write(tmp_path, "a", noise())
        write(tmp_path, "b", noise(), origin="simulated")
        with pytest.raises(InputError, match="Received: measured, simulated records"):
            open_real(str(tmp_path), "test")

    def test_no_folder(self, tmp_path):
        with pytest.raises(InputError, match="which is not there"):
            open_real(str(tmp_path / "none"), "test")
        with pytest.raises(InputError, match="The folder holds no WFDB record"):
            open_real(str(tmp_path), "test")

    def test_ptbxl(self, ptbxl):
        codec = EcgImageCodec(("i", "ii", "iii"), length=2025, fs=1000.0)
        real = RealRecords(ptbxl)
        assert real.describe() == "353 measured records at 500 Hz in ptbxl"
        ecgs = real.draw(codec, 2, 0)
        assert ecgs[0].signal_mv.shape == (2025, 3)
        assert ecgs[0].origin == "measured"


@pytest.fixture(scope="module")
def dataset(judged_data):
    folder = next(judged_data.glob("*/*/*/dataset_info.json")).parent
    return open_real(str(folder), "test")


class TestDataset:
    def test_patients_take_turns_and_classes_are_kept(self, dataset, model):
        assert isinstance(dataset, RealDataset)
        n = len(np.unique(dataset.signals.groups))
        ecgs = dataset.draw(model.codec, n, 0)
        assert len({re.search("patient ([^,]*)", ecg.source).group(1) for ecg in ecgs}) == n
        healthy = dataset.draw(model.codec, 4, 0, "Healthy control")
        assert {ecg.class_name for ecg in healthy} == {"Healthy control"}
        assert len(dataset.draw(model.codec, 999, 0)) == 999
        assert "simulated slices" in dataset.describe()

    def test_a_data_folder_holds_one(self, judged_data, dataset, tmp_path):
        assert open_real(str(judged_data), "test").describe() == dataset.describe()
        for name in ("a", "b"):
            (tmp_path / "set" / name / "1.0.0").mkdir(parents=True)
            (tmp_path / "set" / name / "1.0.0" / "dataset_info.json").write_text("{}")
        with pytest.raises(InputError, match="Real ECGs come from one dataset. Received: real=.*, which holds 2. Name"):
            open_real(str(tmp_path), "test")
        with pytest.raises(InputError, match="Unknown split"):
            open_real(str(judged_data), "held-out")

    def test_another_length(self, dataset):
        with pytest.raises(InputError, match="Slices are judged that the dataset's codec can hold"):
            dataset.draw(EcgImageCodec(("i", "ii"), length=100, fs=125.0), 1, 0)


class TestModels:
    def test_not_a_saved_model_of_ours(self, tmp_path):
        (tmp_path / "saved_model.pb").write_bytes(b"x")
        with pytest.raises(InputError, match="which has not both"):
            load_saved(tmp_path)
        (tmp_path / "assets.extra").mkdir()
        (tmp_path / "assets.extra" / "ecg_synth.json").write_text("{}")
        with pytest.raises(InputError, match="The SavedModel cannot be loaded"):
            load_saved(tmp_path)

    def test_places(self, tmp_path):
        with pytest.raises(InputError, match="The page needs a model: --model DIR, a run folder of"):
            check_places([])
        with pytest.raises(InputError, match="which is neither"):
            check_places([str(tmp_path)])
        with pytest.raises(InputError, match="which is not there"):
            check_places([str(tmp_path / "x")])
        check_places(["pretrained:ptbxl-i"])
        with pytest.raises(InputError, match="The package comes with the models .* Received: 'pretrained:x'"):
            check_places(["pretrained:x"])

    def test_of_tables(self, sampler):
        class OfRows:
            family = type("Family", (), {"noun": "row"})
            codec = sampler.codec

        with pytest.raises(InputError, match="The page draws ECGs. Received: model='t', whose every image is a row"):
            Model("t", OfRows(), {})
