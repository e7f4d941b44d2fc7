"""From folders to a report: what is loaded, what is written, what is refused."""

import json

import numpy as np
import pytest

from ecg_synth import evaluate, open_prepared, prepare_thyroid
from ecg_synth.cli.main import main
from ecg_synth.config import JudgeConfig
from ecg_synth.errors import InputError
from ecg_synth.metrics import evaluate as evaluate_module
from ecg_synth.metrics import report
from ecg_synth.metrics.encoder import Encoder
from ecg_synth.metrics.loading import candidate_set, only, real_set, through
from ecg_synth.metrics.section import Section, Table
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.metrics.table_loading import real_table
from ecg_synth.metrics.verdict import position, summary, verdict
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.wfdb_io import write_record

FAST = JudgeConfig(metrics=("spectrum_db",), sections=("none",), replicates=10)


@pytest.fixture(scope="module")
def prepared(judged_data):
    return open_prepared(judged_data)


@pytest.fixture(scope="module")
def noise(prepared, tmp_path_factory):
    path = tmp_path_factory.mktemp("noise") / "noise.npy"
    np.save(path, np.random.default_rng(0).standard_normal((40, 256, 2)).astype(np.float32))
    return path


class TestLoading:
    def test_a_real_set_is_decoded_as_generated_ones_are(self, prepared):
        found = real_set(prepared, "test")
        batch = next(prepared.iter_batches("test"))
        decoded = prepared.codec.decode(batch["image"])
        np.testing.assert_allclose(found.signal_mv[:5], decoded[:5] - np.median(decoded[:5], axis=1, keepdims=True))
        assert (found.fs, found.leads, found.origin) == (125.0, ("i", "ii"), "simulated")
        assert set(found.groups) == {str(name, "utf-8") for name in batch["patient"]}

    def test_classes_are_chosen_and_joined_by_name(self, prepared):
        whole = real_set(prepared, "train")
        some = real_set(prepared, "train", ["Healthy control", "ill=Myocardial infarction+Miscellaneous"])
        assert some.class_names == ("Healthy control", "ill")
        healthy = whole.class_names.index("Healthy control")
        assert (some.labels == 0).sum() == (whole.labels == healthy).sum()
        with pytest.raises(InputError, match="needs slices of the classes"):
            only(whole.take(whole.labels == healthy), ["Myocardial infarction"])

    def test_records_give_slices_in_mv_with_their_class(self, prepared, tmp_path):
        like = real_set(prepared, "test")
        stream = np.random.default_rng(0)
        written = []
        for number in range(3):
            signal = np.round(stream.standard_normal((600, 2)), 3)
            record = EcgRecord(
                f"r{number}",
                signal,
                125.0,
                ("i", "ii"),
                "p",
                comments=("Class: NORM", "Synthetic: yes"),
                origin="synthetic",
            )
            write_record(record, tmp_path)
            written.append(signal)
        (tmp_path / "RECORDS").write_text("r0\nr1\nr2\n")
        found = candidate_set(tmp_path, like, prepared.codec, 100, 0)
        assert (len(found), found.class_names, found.origin) == (6, ("NORM",), "synthetic")
        assert found.groups.tolist() == ["r0", "r0", "r1", "r1", "r2", "r2"]
        # Cut to the adapted range, 2.5 mV above the slice's minimum, and rounded to its levels.
        low = written[0][:256].min(axis=0)
        expected = np.minimum(written[0][:256], low + 2.5)
        np.testing.assert_allclose(found.signal_mv[0], expected - np.median(expected, axis=0), atol=0.011)

    def test_an_array_is_taken_as_millivolts(self, prepared, noise):
        found = candidate_set(noise, real_set(prepared, "test"), prepared.codec, 30, 0)
        assert (len(found), found.origin, found.name) == (30, "synthetic", "noise")
        levels = np.diff(np.unique(found.signal_mv[0, :, 0])) / (2.5 / 255)
        # The median of an even number of levels may lie between two.
        np.testing.assert_allclose(2 * levels, np.round(2 * levels), atol=1e-2)

    def test_what_cannot_be_judged_is_refused_by_name(self, prepared, tmp_path):
        like = real_set(prepared, "test")
        with pytest.raises(InputError, match=r"Received: '.*nowhere', which is not there"):
            candidate_set(tmp_path / "nowhere", like, prepared.codec, 10, 0)
        with pytest.raises(InputError, match="which is none of them"):
            candidate_set(tmp_path, like, prepared.codec, 10, 0)
        np.save(tmp_path / "short.npy", np.zeros((30, 100, 2)))
        with pytest.raises(InputError, match=r"must hold numbers \(n, 256, 2\).*Received: shape \(30, 100, 2\)"):
            candidate_set(tmp_path / "short.npy", like, prepared.codec, 10, 0)
        (tmp_path / "text.npy").write_text("not an array")
        with pytest.raises(InputError, match=r"text.npy is not a NumPy array"):
            candidate_set(tmp_path / "text.npy", like, prepared.codec, 10, 0)
        write_record(EcgRecord("a", np.zeros((100, 2)), 125.0, ("i", "ii"), "p"), tmp_path)
        (tmp_path / "RECORDS").write_text("a\n")
        with pytest.raises(InputError, match="as long as a slice, 256 samples at 125 Hz. Received: 100"):
            candidate_set(tmp_path, like, prepared.codec, 10, 0)


class TestEvaluate:
    def test_the_report_opens_without_a_network_and_holds_its_numbers(self, judged_data, noise, tmp_path):
        config = JudgeConfig(metrics=("spectrum_db",), sections=("pictures",), replicates=10)
        found = evaluate(judged_data, noise, tmp_path / "report", config)
        assert sorted(path.name for path in (tmp_path / "report").iterdir()) == ["metrics.json", "report.html"]
        page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
        assert page.count("data:image/png;base64,") == 3
        assert not any(word in page for word in ("http://", "https://", "<script", "<link", "url("))
        assert "synthetic" in page
        assert "Privacy audit: none" in page
        read = json.loads((tmp_path / "report" / "metrics.json").read_text(encoding="utf-8"))
        assert read["metrics"]["spectrum_db"]["value"] == found["metrics"]["spectrum_db"]["value"] > 3
        assert read["facts"]["judged"] == len(real_set(open_prepared(judged_data), "validation"))

    def test_the_same_seed_gives_the_same_numbers(self, judged_data, noise):
        first, again = (evaluate(judged_data, noise, config=FAST)["metrics"]["spectrum_db"] for _ in range(2))
        assert {**first, "seconds": 0} == {**again, "seconds": 0}

    def test_slices_in_memory_are_judged_too(self, judged_data, prepared):
        real = real_set(prepared, "train")
        found = evaluate(judged_data, real.with_signal(real.signal_mv * 2, name="twice"), config=FAST)
        assert found["facts"]["candidate"]["name"] == "twice"
        assert found["metrics"]["spectrum_db"]["value"] == pytest.approx(6.02, abs=1.5)

    def test_other_slices_are_refused_with_what_the_dataset_holds(self, prepared):
        short = SignalSet.of(np.zeros((30, 100, 2)), 125.0, ("i", "ii"))
        with pytest.raises(InputError, match=r"256 samples at 125 Hz.*Received: 100 samples at 125 Hz"):
            through(prepared.codec, short)

    def test_nothing_is_written_when_it_fails(self, judged_data, noise, tmp_path):
        out = tmp_path / "report"
        with pytest.raises(InputError, match="Unknown metric"):
            evaluate(judged_data, noise, out, JudgeConfig(metrics=("fid",), sections=("none",)))
        assert list(tmp_path.iterdir()) == []

    def test_splits_with_the_same_patients_are_refused(self, judged_data, noise):
        config = JudgeConfig(floor_split="test", metrics=("spectrum_db",), sections=("none",))
        with pytest.raises(InputError, match="No patient may be in two of the real sets"):
            evaluate(judged_data, noise, config=config)

    def test_bad_settings_are_named(self, judged_data, noise):
        with pytest.raises(InputError, match="replicates=-1"):
            evaluate(judged_data, noise, config=JudgeConfig(replicates=-1))
        with pytest.raises(InputError, match="Unknown section"):
            evaluate(judged_data, noise, config=JudgeConfig(sections=("piktures",)))

    def test_a_missing_library_is_said_with_its_remedy(self, judged_data, noise, monkeypatch):
        monkeypatch.setitem(evaluate_module.NEEDS, "no_such_module", "some-package")
        with pytest.raises(InputError, match=r"Judging needs .* missing=no_such_module. .*\[judge\]"):
            evaluate(judged_data, noise, config=FAST)

    def test_through_the_command_line(self, judged_data, noise, tmp_path, capsys):
        words = ["evaluate", "--real", str(judged_data), "--synthetic", str(noise), "--out", str(tmp_path / "report")]
        words += ["--metrics", "spectrum_db", "--sections", "none", "--replicates", "5"]
        assert main(words) == 0
        out = capsys.readouterr().out
        assert "spectrum_db" in out
        assert "Privacy has not been audited" in out
        assert main(words) == 1
        assert "--overwrite" in capsys.readouterr().err
        assert main([*words[:4], "nowhere", *words[5:], "--overwrite"]) == 1
        assert "not there" in capsys.readouterr().err
        assert (tmp_path / "report" / "report.html").is_file()


def entry(value, floor, ceiling, better="lower", spread=0.0, kind="fidelity"):
    return {
        "title": "a distance",
        "kind": kind,
        "better": better,
        "value": value,
        "low": value - spread,
        "high": value + spread,
        "floor": floor,
        "floor_low": floor - spread,
        "floor_high": floor + spread,
        "ceiling": ceiling,
    }


class TestOtherWays:
    def test_a_feature_network_is_fitted_apart_and_kept_with_the_report(
        self, judged_data, noise, tmp_path, capsys, monkeypatch
    ):
        monkeypatch.setattr(Encoder.fit.__func__, "__defaults__", (3,))
        made = tmp_path / "encoder.npz"
        words = ["fit-encoder", "--real", str(judged_data), "--out", str(made)]
        assert main(words) == 0
        assert "mean accuracy over classes, test" in capsys.readouterr().out
        assert main(words) == 1
        assert "--overwrite" in capsys.readouterr().err
        config = JudgeConfig(metrics=("frechet_encoder",), sections=("none",), replicates=0, encoder=str(made))
        evaluate(judged_data, noise, tmp_path / "report", config)
        kept = Encoder.load(tmp_path / "report" / "encoder.npz")
        signals = real_set(open_prepared(judged_data), "test")
        np.testing.assert_array_equal(kept(signals), Encoder.load(made)(signals))

    def test_a_table_is_judged_by_the_same_command(self, thyroid, tmp_path, capsys):
        data = tmp_path / "data"
        prepare_thyroid(thyroid, data)
        rows = tmp_path / "made" / "synthetic.csv"
        table = real_table(open_prepared(data), "train")
        rows.parent.mkdir()
        lines = [",".join(table.columns), *(",".join(f"{value:g}" for value in row) for row in table.rows[:200])]
        rows.write_text("\n".join(lines) + "\n")
        words = ["evaluate", "--real", str(data), "--synthetic", str(rows.parent), "--out", str(tmp_path / "report")]
        assert main([*words, "--replicates", "5"]) == 0
        assert "table_correlation" in capsys.readouterr().out
        page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
        assert "200 rows of it, 21 columns" in page
        assert main([*words, "--metrics", "c2st", "--overwrite"]) == 1
        assert "one set of metrics and one section" in capsys.readouterr().err


class TestVerdict:
    @pytest.mark.parametrize(
        ("made", "said"),
        [
            (entry(1.0, 1.0, 5.0), "not told from real"),
            (entry(2.0, 1.0, 5.0), "between"),
            (entry(2.0, 1.0, 5.0, spread=0.6), "not told from real"),
            (entry(6.0, 1.0, 5.0), "as bad as broken"),
            (entry(0.2, 0.9, 0.1, "higher"), "between"),
            (entry(0.95, 0.9, 0.1, "higher"), "not told from real"),
            (entry(0.05, 0.9, 0.1, "higher"), "as bad as broken"),
            (entry(float("nan"), 0.9, 0.1), "not measured"),
        ],
    )
    def test_in_one_word(self, made, said):
        assert verdict(made) == said

    def test_position_goes_from_floor_to_ceiling(self):
        assert [position(entry(value, 1.0, 5.0)) for value in (0.0, 1.0, 3.0, 9.0)] == [0, 0, 0.5, 1]
        assert np.isnan(position(entry(1.0, 1.0, 1.0)))

    def test_summary_leaves_paired_metrics_out(self):
        made = {"one": entry(2.0, 1.0, 5.0), "two": entry(1.0, 1.0, 5.0, kind="paired")}
        assert summary(made) == ["Worse than real, better than broken, by 1 of 1 metrics: a distance."]


class TestPage:
    def test_names_are_escaped_and_cells_are_numbers(self, judged_data, noise):
        found = evaluate(judged_data, noise, config=FAST)
        found["facts"]["candidate"]["name"] = "<b>bad</b>"
        part = Section("A part", ["words"], [Table("cells", ("name", "mV"), [("a", 1.23456), ("b", None)])])
        page = report.page(found, {"part": part})
        assert "<b>bad</b>" not in page
        assert "1.23<" in page

    @pytest.mark.parametrize(
        ("value", "text"),
        [(0.0, "0"), (1234.5, "1,234"), (0.00123, "0.00123"), (None, "-"), (float("nan"), "-"), (7, "7"), ("x", "x")],
    )
    def test_number(self, value, text):
        assert report.number(value) == text

    def test_plain_is_json(self):
        made = {"a": np.float32(1.5), "b": [float("nan"), np.arange(2)], 3: (float("inf"),)}
        assert json.loads(json.dumps(report.plain(made))) == {"a": 1.5, "b": [None, [0, 1]], "3": [None]}


def test_signal_sets_are_public():
    assert SignalSet.of(np.zeros((2, 10)), 100.0).origin == "synthetic"
