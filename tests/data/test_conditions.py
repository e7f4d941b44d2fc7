"""Heart rate, age and sex of slices: as the simulator and the headers have them, through preparing and choosing."""

import csv
import dataclasses
import re

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import write_ptbxl

from ecg_synth.config import FoldConfig
from ecg_synth.data import SliceSet
from ecg_synth.data.conditions import (
    CONDITIONS,
    check_conditions,
    condition_values,
    describe_conditions,
    scales_of,
)
from ecg_synth.data.prepare import prepare
from ecg_synth.errors import InputError
from ecg_synth.signals.heart_rate import heart_rate
from ecg_synth.signals.wfdb_io import read_record
from ecg_synth.sources.databases import open_source

NAMES = tuple(CONDITIONS)


def beating(rate, seconds=4.0, fs=250.0):
    """A made-up lead of sharp beats, evenly spaced."""
    t = np.arange(0, seconds, 1 / fs)
    beats = np.arange(0.4, seconds, 60 / rate)
    return np.exp(-(((t[:, None] - beats[None]) / 0.012) ** 2)).sum(axis=1)


class TestHeartRate:
    @pytest.mark.parametrize("rate", [50, 75, 110])
    def test_that_of_the_beats(self, rate):
        assert heart_rate(beating(rate), 250.0) == pytest.approx(rate, rel=0.01)
        both = np.stack([beating(rate), -beating(rate)], axis=1)
        assert heart_rate(both, 250.0) == pytest.approx(rate, rel=0.01)

    def test_fewer_than_two_beats_have_none(self):
        assert np.isnan(heart_rate(np.zeros(1000), 250.0))
        assert np.isnan(heart_rate(beating(20, 2.0), 250.0))
        assert np.isnan(heart_rate(beating(75, 0.8), 250.0))


@pytest.fixture(scope="module")
def prepared(simulated, tmp_path_factory):
    return prepare(simulated, tmp_path_factory.mktemp("known"))


class TestPrepared:
    def test_age_and_sex_are_the_headers(self, prepared, simulated):
        by_record = {entry.record_name: read_record(simulated / entry.record_name) for entry in _entries(simulated)}
        for split in prepared.splits:
            loaded = prepared.load(split)
            names = [name.decode() for batch in prepared.iter_batches(split) for name in batch["record"]]
            assert loaded.known["age"].tolist() == [by_record[name].age for name in names]
            assert loaded.known["sex"].tolist() == [float(by_record[name].sex == "female") for name in names]

    def test_what_is_chosen_keeps_what_is_known(self, prepared):
        whole = prepared.load("train")
        chosen = whole.take(np.arange(len(whole)) % 3 == 0)
        np.testing.assert_array_equal(chosen.known["age"], whole.known["age"][::3])
        assert chosen.fingerprint != whole.fingerprint

    def test_one_value_an_image(self, prepared):
        whole = prepared.load("train")
        with pytest.raises(InputError, match=re.escape(f"shape ({len(whole)},). Received: known['age'].shape=(2,)")):
            SliceSet(whole.images, whole.labels, whole.class_names, whole.codec, "simulated", "x", {"age": np.ones(2)})

    def test_a_dataset_of_before_loads_and_has_no_age(self, prepared, monkeypatch):
        features = {name: feature for name, feature in prepared.builder.info.features.items() if name not in NAMES}
        before = _Before(prepared, features)
        loaded = type(prepared).load(before, "train")
        assert loaded.known == {}
        assert loaded.fingerprint == prepared.load("train").fingerprint
        with pytest.raises(InputError) as caught:
            condition_values(loaded, ("heart_rate", "age"))
        assert str(caught.value) == (
            "A condition must be known of the training slices. Received: conditions=('heart_rate', 'age'), and "
            "'ptb_ecg_images/simulated_i_adapted_z' has no age. Leave it out (--conditions heart_rate), "
            "or prepare the dataset anew: those of before version 1.1.0 have no age and sex."
        )

    def test_heart_rates_are_the_slices_own(self, prepared):
        loaded = prepared.load("train")
        values = condition_values(loaded, NAMES)
        rates = [heart_rate(slice_mv, 1000.0) for slice_mv in prepared.codec.decode(loaded.images)]
        np.testing.assert_array_equal(values[:, 0], np.float32(rates))
        np.testing.assert_array_equal(values[:, 1:].T, [loaded.known["age"], loaded.known["sex"], loaded.labels])

    def test_an_unknown_label_is_not_told(self, prepared):
        loaded = prepared.load("train")
        labels = np.where(np.arange(len(loaded)) < 5, -1, loaded.labels)
        values = condition_values(dataclasses.replace(loaded, labels=labels), ("class_name",))[:, 0]
        assert np.isnan(values[:5]).all()
        np.testing.assert_array_equal(values[5:], loaded.labels[5:])
        scale = scales_of(values[:, None], ("class_name",), loaded.class_names)["class_name"]
        assert scale["choices"] == list(loaded.class_names)
        assert scale["share"] == pytest.approx(1 - 5 / len(loaded))

    def test_many_slices_are_shared_by_processes(self, prepared, monkeypatch):
        loaded = prepared.load("train")
        alone = condition_values(loaded, ("heart_rate",))
        monkeypatch.setattr("ecg_synth.data.conditions.MANY", 1)
        monkeypatch.setattr("ecg_synth.data.conditions.CHUNK", 5)
        # Starting processes takes longer than the test.
        with joblib.parallel_config(backend="sequential"):
            np.testing.assert_array_equal(condition_values(loaded, ("heart_rate",)), alone)

    def test_other_data_have_no_heart_rate(self, prepared):
        loaded = prepared.load("train")
        codec = {"codec": "picture", "side": 8}
        table = SliceSet(loaded.images, loaded.labels, loaded.class_names, codec, "measured", "pictures")
        with pytest.raises(InputError, match="Only slices of an ECG have a heart rate. Received: 'pictures'"):
            condition_values(table, ("heart_rate",))


class TestPtbxl:
    def test_age_and_sex_are_the_tables(self, tmp_path):
        tree = write_ptbxl(tmp_path / "xl")
        known = [("56.0", "0"), ("", ""), ("300.0", "1"), ("17", "1.0"), ("-3", "2"), ("90", "x")]
        expected = [(56.0, "male"), (None, None), (90.0, "female"), (17.0, "female"), (None, None), (90.0, None)]
        with open(tree / "ptbxl_database.csv", encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))
        for number, row in enumerate(rows):
            row += ["age", "sex"] if not number else known[(number - 1) % len(known)]
        with open(tree / "ptbxl_database.csv", "w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)
        entries = open_source("ptbxl", tree).entries
        assert [(entry.age, entry.sex) for entry in entries[:6]] == expected
        prepared = prepare(tree, tmp_path / "data", "ptbxl", folds=FoldConfig((1, 2, 3), (4,), (5,)), verify=False)
        ages = prepared.load("train").known["age"]
        assert sorted(set(ages[np.isfinite(ages)])) == [17.0, 56.0, 90.0]

    def test_real_ones(self, ptbxl):
        entries = open_source("ptbxl", ptbxl).entries
        assert [sum(entry.sex == sex for entry in entries) for sex in ("male", "female")] == [161, 192]
        assert sum(entry.age is None for entry in entries) == 4


class TestScales:
    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.floats(20, 200), min_size=2, max_size=60), st.integers(0, 3))
    def test_mean_and_deviation_of_what_is_known(self, known, unknown):
        column = np.array(known + [np.nan] * unknown)
        scale = scales_of(column[:, None], ("heart_rate",))["heart_rate"]
        assert scale["mean"] == pytest.approx(np.mean(known))
        assert scale["deviation"] == pytest.approx(max(np.std(known), 1e-6))
        assert scale["share"] == len(known) / len(column)
        assert scale["low"] <= np.quantile(known, 0.01) <= np.quantile(known, 0.99) <= scale["high"]
        assert all(scale[end] == int(scale[end]) for end in ("low", "high"))

    def test_names(self):
        assert check_conditions(["sex", "age"]) == ("sex", "age")
        with pytest.raises(InputError, match="Unknown condition. Received: condition='heartrate'. Did you mean 'hea"):
            check_conditions(("heartrate",))
        for names in ((), ("age", "age")):
            with pytest.raises(InputError, match="one condition or more, each once. Received: conditions="):
                check_conditions(names)

    def test_words(self):
        scales = {**{name: {} for name in NAMES}, "class_name": {"choices": ["NORM", "MI"]}}
        words = "heart rate 60 /min, age 70.5 years, sex female, class MI"
        assert describe_conditions((60.0, 70.5, 1.0, 1.0), scales) == words
        assert describe_conditions((np.nan, np.nan, 0.0, np.nan), scales) == "sex male"
        assert describe_conditions((np.nan,) * 4, scales) == describe_conditions((), {}) == ""


class _Before:
    """A prepared dataset whose examples have no age and sex, as those of before version 1.1.0."""

    def __init__(self, prepared, features):
        self.prepared = prepared
        self.builder = type("Builder", (), {"info": type("Info", (), {"features": features})})

    def __getattr__(self, name):
        return getattr(self.prepared, name)


def _entries(folder):
    return open_source("ptb", folder).entries
