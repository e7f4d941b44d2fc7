from collections import Counter
from dataclasses import replace

import pytest
from made_up import COLUMNS, write_csv, write_ptbxl

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import FoldConfig
from ecg_synth.errors import InputError
from ecg_synth.sources.databases import open_source
from ecg_synth.sources.examples import Report, iter_examples, ptbxl_labels
from ecg_synth.sources.scp import SUPERCLASSES, main_superclass
from ecg_synth.sources.splits import split_folds


@pytest.fixture
def tree(tmp_path):
    return write_ptbxl(tmp_path / "xl")


def edit(tree, old, new, name="ptbxl_database.csv"):
    text = (tree / name).read_text()
    assert old in text
    (tree / name).write_text(text.replace(old, new, 1))


class TestSuperclasses:
    def test_labels_of_each_record(self, tree):
        entries = open_source("ptbxl", tree).entries
        assert [entry.diagnosis for entry in entries] == [
            *("NORM", "NORM", "STTC", "CD", "HYP", "unknown", "STTC", "NORM", "CD", "NORM", "HYP")
        ]
        assert entries[4].superclasses == ("MI", "HYP")
        assert [entry.fold for entry in entries] == [1, *range(1, 11)]
        assert entries[0].patient == entries[1].patient == "1000"
        labels = ptbxl_labels(entries[4])
        assert labels["label"] == SUPERCLASSES.index("HYP")
        assert labels["superclasses"].tolist() == [0, 1, 0, 0, 1]
        assert ptbxl_labels(entries[5])["label"] == -1

    @pytest.mark.parametrize(
        ("sums", "expected"),
        [
            ({}, None),
            ({"HYP": 0.0}, "HYP"),
            ({"NORM": 100.0, "HYP": 100.0}, "HYP"),
            ({"NORM": 100.0, "HYP": 99.0}, "NORM"),
            ({"STTC": 50.0, "MI": 50.0, "CD": 50.0}, "MI"),
        ],
    )
    def test_highest_sum_then_a_finding_then_the_order(self, sums, expected):
        assert main_superclass(sums) == expected

    def test_real_counts(self, ptbxl):
        source = open_source("ptbxl", ptbxl)
        counts = Counter(name for entry in source.entries for name in entry.superclasses)
        assert counts == {"NORM": 225, "MI": 49, "STTC": 59, "CD": 57, "HYP": 25}
        several = [len(entry.superclasses) for entry in source.entries]
        assert (len(several), sum(n > 1 for n in several), several.count(0)) == (353, 50, 1)
        assert len(source.diagnosis_of_patient) == 339
        folds = Counter(entry.fold for entry in source.entries)
        assert folds == {1: 58, 2: 51, 3: 34, 4: 42, 5: 47, 6: 33, 7: 44, 8: 44}

    @pytest.mark.parametrize("rate", [500, 100])
    def test_real_records_at_both_rates(self, ptbxl, rate):
        source = open_source("ptbxl", ptbxl, rate=rate)
        entry = source.entries[0]
        assert entry.duration == 10.0
        assert source.read(entry, ("i", "v6"), 1000.0).p_signal.shape == (10000, 2)
        report = Report()
        list(iter_examples(source, source.entries[:3], EcgImageCodec(), report, ptbxl_labels))
        assert (report.total, report.resampled, report.superclasses) == (12, 3, {"NORM": 12})


class TestFolds:
    def test_default(self, tree):
        members = split_folds(open_source("ptbxl", tree).entries, FoldConfig())
        assert {split: len(found) for split, found in members.items()} == {"train": 9, "validation": 1, "test": 1}

    def test_a_split_without_records_is_empty(self, tmp_path):
        source = open_source("ptbxl", write_ptbxl(tmp_path, folds=range(1, 9)))
        members = split_folds(source.entries, FoldConfig())
        assert [len(found) for found in members.values()] == [9, 0, 0]

    def test_a_patient_in_two_splits(self, tree):
        edit(tree, "9,1009.0,", "9,1011.0,")
        entries = open_source("ptbxl", tree).entries
        with pytest.raises(InputError) as caught:
            split_folds(entries, FoldConfig())
        assert str(caught.value) == (
            "A patient must be in one split only. Received: patient 1011 with record records500/00000/00009_hr in "
            "train (fold 8) and record records500/00000/00011_hr in test (fold 10). Put both folds into one split, "
            "or mend the table's patient_id."
        )
        split_folds(entries, FoldConfig((1,), (2,), (8, 10)))

    @pytest.mark.parametrize(
        ("config", "message"),
        [
            (
                FoldConfig(train_folds=(0,)),
                "A fold must be a number from 1 to 10. Received: train_folds=(0,).",
            ),
            (
                FoldConfig(test_folds=(8, 10)),
                "A fold must be in one split only. Received: fold 8 in train_folds and test_folds.",
            ),
            (
                FoldConfig(train_folds=()),
                "There must be records to train on. Received: train_folds=(), in which this copy has no record. "
                "Choose folds that are there.",
            ),
        ],
    )
    def test_bad_folds(self, tree, config, message):
        with pytest.raises(InputError) as caught:
            split_folds(open_source("ptbxl", tree).entries, config)
        assert str(caught.value) == message

    def test_the_name_says_the_folds(self):
        assert FoldConfig().suffix == ""
        assert FoldConfig((1, 2), (3,), ()).suffix == "_folds-1.2-3-none"


class TestBadInput:
    def test_no_tables(self, tree):
        (tree / "scp_statements.csv").unlink()
        with pytest.raises(InputError) as caught:
            open_source("ptbxl", tree)
        assert str(caught.value) == (
            "PTB-XL needs its table scp_statements.csv beside the records. "
            f"Received: no file {tree / 'scp_statements.csv'}."
        )

    def test_missing_column(self, tree):
        edit(tree, "strat_fold", "fold")
        with pytest.raises(InputError) as caught:
            open_source("ptbxl", tree)
        assert str(caught.value) == (
            f"{tree / 'ptbxl_database.csv'} must have the columns patient_id, scp_codes, strat_fold, filename_hr. "
            "Received: no column 'strat_fold'. Copy the file from PTB-XL again."
        )

    def test_a_row_that_is_cut_off_and_a_byte_that_is_no_text(self, tree):
        table = tree / "ptbxl_database.csv"
        table.write_text(table.read_text().rsplit(",", 1)[0])
        with pytest.raises(InputError) as caught:
            open_source("ptbxl", tree)
        assert str(caught.value) == (
            "Every row of a table must have as many cells as its header. "
            f"Received: 5 cells for 6 columns in {table}, line 12."
        )
        table.write_bytes(b"\xff" + table.read_bytes())
        with pytest.raises(InputError, match="A table must be CSV in UTF-8. Received: .*ptbxl_database.csv: 'utf-8'"):
            open_source("ptbxl", tree)

    def test_no_rows(self, tree):
        write_csv(tree / "ptbxl_database.csv", COLUMNS, [])
        with pytest.raises(InputError, match="must list a record. Received: no rows"):
            open_source("ptbxl", tree)

    @pytest.mark.parametrize("text", ["", "{'NORM': 100.0", "['NORM']", "{'NORM': 'high'}", "nan"])
    def test_bad_scp_codes(self, tree, text):
        edit(tree, "\"{'NORM': 100.0, 'SR': 0.0}\"", f'"{text}"')
        with pytest.raises(InputError) as caught:
            open_source("ptbxl", tree)
        assert str(caught.value) == (
            "scp_codes must be a dict of SCP statements and likelihoods, such as {'NORM': 100.0, 'SR': 0.0}. "
            f"Received: scp_codes={text!r} in {tree / 'ptbxl_database.csv'}, record records500/00000/00001_hr. "
            "Mend the row, or leave the record out with --skip-bad."
        )
        source = open_source("ptbxl", tree, skip_bad=True)
        assert len(source.entries) == 10
        assert source.skipped == {"records500/00000/00001_hr": str(caught.value)}

    def test_unknown_statement_and_superclass(self, tree):
        edit(tree, "'IMI': 50.0", "'IMJ': 50.0")
        with pytest.raises(InputError, match=r"Unknown SCP statement in .*00003_hr. .*'IMJ'. Did you mean 'IMI'\?"):
            open_source("ptbxl", tree)
        edit(tree, "1.0,MI", "1.0,MX", name="scp_statements.csv")
        with pytest.raises(InputError, match=r"Unknown diagnostic_class in .*scp_statements.csv, IMI. .*'MX'"):
            open_source("ptbxl", tree)

    @pytest.mark.parametrize(
        ("old", "new", "message"),
        [
            (
                ",10,records",
                ",11,records",
                "strat_fold must be one of PTB-XL's folds, 1 to 10. Received: strat_fold=11",
            ),
            (",10,records", ",ten,records", "strat_fold must be a whole number. Received: strat_fold='ten'"),
            ("11,1011.0", "11,1011.5", "patient_id must be a whole number. Received: patient_id='1011.5'"),
            ("11,1011.0", "11,", "patient_id must be a whole number. Received: patient_id=''"),
        ],
    )
    def test_bad_numbers(self, tree, old, new, message):
        edit(tree, old, new)
        with pytest.raises(InputError) as caught:
            open_source("ptbxl", tree)
        assert str(caught.value) == f"{message} in {tree / 'ptbxl_database.csv'}, record records500/00000/00011_hr."

    def test_missing_record_is_named_or_skipped(self, tree):
        (tree / "records500" / "00000" / "00004_hr.hea").unlink()
        with pytest.raises(InputError, match="00004_hr has no header"):
            open_source("ptbxl", tree)
        assert list(open_source("ptbxl", tree, skip_bad=True).skipped) == ["records500/00000/00004_hr"]

    def test_options_of_other_sources(self, tree):
        with pytest.raises(InputError) as caught:
            open_source("ptbxl", tree, rate=250)
        assert str(caught.value) == "PTB-XL has files at 500 and at 100 Hz. Received: rate=250."
        with pytest.raises(InputError) as caught:
            open_source("ptb", tree, rate=100)
        assert str(caught.value) == (
            "The option rate is for the sources ptbxl only. Received: rate=100 with source='ptb'. Leave it out."
        )


def test_another_fold_or_superclass_is_another_fingerprint(tree):
    source = open_source("ptbxl", tree)
    first = source.fingerprint
    assert open_source("ptbxl", tree).fingerprint == first
    for change in ({"fold": 3}, {"superclasses": ("MI",)}):
        changed = replace(source, entries=(replace(source.entries[0], **change), *source.entries[1:]))
        assert changed.fingerprint != first
