import csv
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import SplitConfig
from ecg_synth.errors import InputError
from ecg_synth.signals.diagnoses import DIAGNOSES, GROUPS
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.wfdb_io import write_record
from ecg_synth.sources.databases import open_source
from ecg_synth.sources.examples import Report, fit_codec, iter_examples
from ecg_synth.sources.splits import SPLITS, split_patients


@pytest.fixture
def database(tmp_path):
    """Four patients in PTB's layout, one record of 300 samples each, the last one with two."""
    reasons = ["Myocardial infarction", "Healthy control", "n/a", "Hypertrophy"]
    rng = np.random.default_rng(0)
    names = []
    for number, reason in enumerate(reasons, 1):
        folder = tmp_path / "db" / f"patient{number:03d}"
        folder.mkdir(parents=True)
        for take in "ab" if number == 4 else "a":
            name = f"s{number:04d}{take}"
            signal = rng.normal(0, 0.3, (300, 2))
            comments = (f"Reason for admission: {reason}",)
            write_record(EcgRecord(name, signal, 1000.0, ("i", "ii"), "", comments=comments), folder)
            names.append(f"{folder.name}/{name}")
    (tmp_path / "db" / "RECORDS").write_text("\n".join(names) + "\n")
    return tmp_path / "db"


CODEC = EcgImageCodec(length=100)


class TestSplits:
    patients = st.dictionaries(st.integers(0, 10**6).map(str), st.sampled_from(DIAGNOSES), min_size=1, max_size=200)

    @given(patients, st.integers(0, 2**32 - 1))
    def test_every_patient_is_in_one_split_and_the_seed_decides(self, patients, seed):
        config = SplitConfig(seed=seed)
        splits = split_patients(patients, config)
        assert tuple(splits) == SPLITS
        assert sorted(sum(splits.values(), ())) == sorted(patients)
        assert splits == split_patients(dict(reversed(patients.items())), config)
        if len(patients) >= 3:
            assert all(splits.values())

    def test_classes_are_divided_by_the_shares(self):
        patients = {f"{name}{k}": name for name in DIAGNOSES for k in range(50)}
        splits = split_patients(patients, SplitConfig())
        for split, share in zip(SPLITS, (0.8, 0.1, 0.1), strict=True):
            counts = Counter(patients[patient] for patient in splits[split])
            assert all(abs(counts[name] - 50 * share) <= 1 for name in DIAGNOSES)

    def test_another_seed_is_another_draw(self):
        patients = {str(k): "Myocarditis" for k in range(40)}
        assert split_patients(patients, SplitConfig(seed=0)) != split_patients(patients, SplitConfig(seed=1))

    @pytest.mark.parametrize("shares", [(0.8, 0.1, 0.2), (1.2, -0.1, -0.1)])
    def test_shares_must_sum_to_one(self, shares):
        with pytest.raises(InputError, match="sum to 1. Received: train="):
            split_patients({"a": "Myocarditis"}, SplitConfig(*shares))

    def test_bad_seed(self):
        with pytest.raises(InputError) as caught:
            split_patients({"a": "Myocarditis"}, SplitConfig(seed=-1))
        assert str(caught.value) == "A seed must be an integer from 0 to 4294967295 (2**32 - 1). Received: seed=-1."


class TestDatabases:
    def test_ptb_layout(self, database):
        source = open_source("ptb", database)
        assert [entry.patient for entry in source.entries] == [f"patient00{k}" for k in (1, 2, 3, 4, 4)]
        assert source.diagnosis_of_patient["patient003"] == "Miscellaneous"
        assert source.diagnosis_of_patient["patient004"] == "Myocardial hypertrophy"
        assert source.origin == "measured"
        assert source.read(source.entries[0], ["II"], 1000.0).sig_name == ("ii",)

    def test_real_ptb(self, ptbdb):
        source = open_source("ptb", ptbdb)
        assert len(source.entries) == 6
        assert set(source.diagnosis_of_patient.values()) == {"Myocardial infarction"}

    def test_real_ptbxl_as_a_folder_with_a_table(self, ptbxl, tmp_path):
        with open(ptbxl / "ptbxl_database.csv", newline="", encoding="utf-8") as stream:
            rows = [(row["filename_hr"].split("/")[-1], row["patient_id"]) for row in csv.DictReader(stream)]
        with open(tmp_path / "table.csv", "w", newline="") as stream:
            csv.writer(stream).writerows([("record", "patient"), *rows])
        source = open_source("wfdb", ptbxl / "records500", table=str(tmp_path / "table.csv"))
        assert (len(source.entries), len(source.diagnosis_of_patient)) == (353, 339)

    def test_fingerprint_tells_databases_apart(self, database):
        first = open_source("ptb", database).fingerprint
        assert first == open_source("ptb", database).fingerprint
        header = next(database.rglob("*.hea"))
        header.write_text(header.read_text() + "# Smoker: no\n")
        assert first != open_source("ptb", database).fingerprint

    def test_record_without_diagnosis(self, database):
        header = database / "patient002" / "s0002a.hea"
        header.write_text(header.read_text().replace("Reason for admission", "Reason"))
        with pytest.raises(InputError, match="Record patient002/s0002a states no diagnosis"):
            open_source("ptb", database)
        assert open_source("wfdb", database).entries[1].diagnosis == "unknown"

    def test_empty_folder(self, tmp_path):
        with pytest.raises(InputError) as caught:
            open_source("wfdb", tmp_path)
        assert str(caught.value) == (
            f"The folder holds no WFDB record: there is no *.hea file in it. Received: source_dir='{tmp_path}'. "
            "Give the folder that holds RECORDS or the headers, or make a database with 'ecg-synth simulate'."
        )

    def test_no_folder_and_no_such_source(self, tmp_path):
        with pytest.raises(InputError, match="There is no folder of records"):
            open_source("wfdb", tmp_path / "none")
        with pytest.raises(InputError, match="Unknown source. Received: source='wdfb'. Did you mean 'wfdb'"):
            open_source("wdfb", tmp_path)

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("name,patient\na,b\n", "must have the columns record and patient"),
            ("record,patient\npatient001/s0001a,\n", "names no patient for the record 'patient001/s0001a'"),
            ("record,patient\nelse,b\n", "has no row for the record 'patient001/s0001a'"),
            ("record,patient,diagnosis\ns0001a,b,flu\n", "Unknown reason for admission"),
        ],
    )
    def test_bad_tables(self, database, tmp_path, text, message):
        (tmp_path / "table.csv").write_text(text)
        with pytest.raises(InputError, match=message):
            open_source("wfdb", database, table=str(tmp_path / "table.csv"))

    def test_short_records_are_left_out_by_name(self, database):
        source, short = open_source("ptb", database).without_short(0.3)
        assert short == ()
        (database / "patient001" / "s0001a.dat").write_bytes(b"\0" * 4 * 200)
        header = database / "patient001" / "s0001a.hea"
        header.write_text(header.read_text().replace("1000 300", "1000 200"))
        source, short = open_source("ptb", database).without_short(0.3)
        assert short == ("patient001/s0001a",)
        assert len(source.entries) == 4

    def test_slice_longer_than_every_record(self, database):
        with pytest.raises(InputError) as caught:
            open_source("ptb", database).without_short(2.025)
        assert str(caught.value) == (
            "A slice must not be longer than its record. Received: slices of 2.025 s, and the longest record, "
            "patient001/s0001a, has 0.3 s. Choose a shorter length."
        )


class TestExamples:
    def test_every_slice_of_every_record(self, database):
        source = open_source("ptb", database)
        report = Report()
        examples = dict(iter_examples(source, source.entries, CODEC, report))
        assert len(examples) == report.total == 15
        assert report.records == 5
        assert report.slices == {name: 3 for name in source.diagnosis_of_patient.values()} | {
            "Myocardial hypertrophy": 6
        }
        one = examples["patient002/s0002a#000001"]
        assert (one["label"], one["diagnosis"]) == (GROUPS.index("Healthy control"), 8)
        expected = source.read(source.entries[1], ["i"], 1000.0).p_signal[100:200]
        decoded = CODEC.decode(one["image"][None], one["offset"][None])[0]
        assert np.abs(decoded - expected).max() <= 2.5 / 255

    def test_fit_reads_only_what_it_is_given(self, database):
        source = open_source("ptb", database)
        codec = EcgImageCodec(length=100, standardization="minmax")
        fitted = fit_codec(source, source.entries[:1], codec)
        first = source.read(source.entries[0], ["i"], 1000.0).p_signal
        np.testing.assert_allclose(fitted.standardization.upper, first.max(), atol=0.001)

    def test_resampled_and_saturated_are_counted(self, database):
        source = open_source("ptb", database)
        report = Report()
        list(iter_examples(source, source.entries[:1], EcgImageCodec(length=100, fs=500.0), report))
        assert (report.resampled, report.total) == (1, 1)
        report = Report()
        narrow = EcgImageCodec(length=100, standardization="quantile").fit([np.zeros((1, 100, 1))])
        list(iter_examples(source, source.entries, narrow, report))
        assert report.saturated == 15

    def test_overlapping_slices(self, database):
        source = open_source("ptb", database)
        codec = EcgImageCodec(length=100, stride=25)
        examples = dict(iter_examples(source, source.entries[:1], codec, Report()))
        assert len(examples) == 9
        one = examples["patient001/s0001a#000003"]
        expected = source.read(source.entries[0], ["i"], 1000.0).p_signal[75:175]
        decoded = codec.decode(one["image"][None], one["offset"][None])[0]
        assert np.abs(decoded - expected).max() <= 2.5 / 255
