"""Records in memory, in CSV files and in EDF files; the bad ones too."""

import numpy as np
import pandas as pd
import pyedflib
import pytest

from ecg_synth.codec import EcgImageCodec
from ecg_synth.errors import InputError
from ecg_synth.signals.wfdb_io import read_record
from ecg_synth.sources.databases import open_source
from ecg_synth.sources.examples import Report, iter_examples, read_slices
from ecg_synth.sources.memory import array_source, frame_source

LEADS = ("i", "ii", "v2")
CODEC = EcgImageCodec(LEADS)


def write_edf(path, signal_mv, fs, labels, unit="uV", recording="", patient_code=""):
    scale = {"uV": 1e3, "mV": 1.0, "degC": 1.0}[unit]
    with pyedflib.EdfWriter(str(path), signal_mv.shape[1]) as writer:
        writer.setRecordingAdditional(recording)
        writer.setPatientCode(patient_code)
        for k, label in enumerate(labels):
            header = {"label": label, "dimension": unit, "sample_frequency": fs, "prefilter": "", "transducer": ""}
            bounds = {"physical_min": -10 * scale, "physical_max": 10 * scale, "digital_min": -32768}
            writer.setSignalHeader(k, {**header, **bounds, "digital_max": 32767})
        writer.writeSamples(list(np.ascontiguousarray(signal_mv.T * scale)))


def write_csv(path, signal_mv, header, fs=None):
    lines = [",".join(header)]
    for k, row in enumerate(signal_mv):
        cells = ["" if np.isnan(value) else repr(float(value)) for value in row]
        lines.append(",".join([f"{k / fs:.3f}", *cells] if fs else cells))
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def record(simulated):
    return read_record(simulated / (simulated / "RECORDS").read_text().split()[0], LEADS)


class TestRoundTrip:
    @pytest.fixture
    def source(self, record, simulated, tmp_path, request):
        kind, signal = request.param, record.p_signal
        if kind == "wfdb":
            return open_source("wfdb", simulated)
        if kind == "edf":
            write_edf(tmp_path / "a.EDF", signal, 1000, ["ECG I", "EKG II", "Lead V2"])
            return open_source("edf", tmp_path)
        if kind == "csv":
            write_csv(tmp_path / "a.csv", signal, ["I", "II", "V2"])
            return open_source("csv", tmp_path, csv_fs=1000)
        if kind == "csv with times":
            write_csv(tmp_path / "a.csv", signal, ["time", "I", "II", "V2"], 1000)
            return open_source("csv", [tmp_path / "a.csv"])
        if kind == "frame":
            frame = pd.DataFrame(signal, columns=["I", "II", "V2"]).assign(record="a")
            return frame_source(frame, fs=1000)
        return array_source([signal], 1000, ["I", "II", "V2"])

    @pytest.mark.parametrize(
        ("source", "quantum"),
        [
            ("wfdb", 0.0),
            ("edf", 20 / 65535),
            ("csv", 0.0),
            ("csv with times", 0.0),
            ("frame", 0.0),
            ("array", 0.0),
        ],
        indirect=["source"],
    )
    def test_the_same_slices_within_the_formats_quantum(self, source, quantum, record):
        found, slices = read_slices(source, source.entries[0], CODEC)
        assert (found.fs, found.sig_name, len(slices.signal_mv)) == (1000.0, LEADS, 2)
        expected = record.p_signal[:4050].reshape(2, 2025, 3)
        # A whole quantum, because pyedflib's writer cuts off where others round.
        np.testing.assert_allclose(slices.signal_mv, expected, atol=quantum + 1e-9)
        order = ("v2", "i")
        again = source.read(source.entries[0], order, 500.0)
        assert (again.sig_name, again.resampled_from) == (order, 1000.0)
        assert source.fingerprint == source.fingerprint

    @pytest.mark.parametrize("source", ["edf", "csv", "csv with times", "frame", "array"], indirect=True)
    def test_source_says_what_it_knows(self, source):
        (entry,) = source.entries
        assert (entry.diagnosis, entry.origin, entry.patient) == ("unknown", "measured", entry.record_name)
        assert entry.duration == pytest.approx(5.0 if source.name == "edf" else 4.1)


class TestMemory:
    signal = np.sin(np.arange(300) / 9)[:, None]

    def test_patients_diagnoses_and_shapes(self):
        stacked = np.stack([self.signal, self.signal])
        source = array_source(stacked, 100, ["II"], patients=["p", "p"], diagnoses=["Hypertrophy", None])
        assert [entry.patient for entry in source.entries] == ["p", "p"]
        assert [entry.diagnosis for entry in source.entries] == ["Myocardial hypertrophy", "unknown"]
        assert source.read(source.entries[0], ["ii"], 100.0).diagnosis == "Myocardial hypertrophy"

    def test_one_sample_makes_another_fingerprint(self):
        changed = self.signal.copy()
        changed[7] += 1e-9
        prints = [array_source([self.signal], 100, ["i"]), array_source([changed], 100, ["i"])]
        prints += [array_source([self.signal], 101, ["i"]), array_source([self.signal], 100, ["ii"])]
        assert len({source.fingerprint for source in prints}) == 4
        assert array_source([self.signal.copy()], 100, ["i"]).fingerprint == prints[0].fingerprint

    def test_nan_is_dropped_and_counted(self):
        signal = self.signal.copy()
        signal[150] = np.nan
        source, report = array_source([signal], 100.0, ["i"]), Report()
        examples = dict(iter_examples(source, source.entries, EcgImageCodec(length=100, fs=100), report))
        assert (list(examples), report.dropped_nan) == (["record000000#000000", "record000000#000002"], 1)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                (np.zeros((9, 2)), 100, ["i", "ii"]),
                "One array must be (records, samples, leads). Received: signals.shape=(9, 2). Put a single record "
                "into a list: [signal].",
            ),
            (
                ([np.zeros((9, 2))], 100, ["i"]),
                "A record must be an array (samples, 1) of numbers in mV, one column a lead. "
                "Received: record000000 of shape (9, 2) and type float64.",
            ),
            (
                ([np.array([["a"]])], 100, ["i"]),
                "A record must be an array (samples, 1) of numbers in mV, one column a lead. "
                "Received: record000000 of shape (1, 1) and type <U1.",
            ),
            (
                ([np.full((9, 1), np.inf)], 100, ["i"]),
                "A sample must be a number in mV, or NaN where it is invalid. Received: infinity in record000000.",
            ),
            (([], 100, ["i"]), "A source needs at least one record. Received: signals of length 0."),
            (([np.zeros((9, 1))], 0, ["i"]), "The sampling rate must be positive. Received: fs=0 Hz."),
            (
                ([np.zeros((9, 2))], 100, ["i", "I"]),
                "The leads must be a list of different names, one a column. Received: leads=['i', 'I'].",
            ),
            (
                ([np.zeros((9, 1))], 100, ["i"], ["a", "b"]),
                "There must be one of patients a record. Received: len(patients)=2, 1 records.",
            ),
        ],
    )
    def test_bad_arrays(self, arguments, message):
        with pytest.raises(InputError) as caught:
            array_source(*arguments)
        assert str(caught.value) == message

    def test_frame(self):
        one = {"record": "a", "patient": "p", "diagnosis": "Healthy control", "time": np.arange(4) / 250}
        frame = pd.DataFrame({**one, "I": [0.0, 1.0, np.nan, 2.0]})
        both = pd.concat([frame, frame.assign(record="b")])
        source = frame_source(both)
        assert [entry.record_name for entry in source.entries] == ["a", "b"]
        assert set(source.diagnosis_of_patient.items()) == {("p", "Healthy control")}
        record = source.read(source.entries[1], None, None)
        assert (record.fs, record.sig_name) == (250.0, ("i",))
        np.testing.assert_array_equal(record.p_signal[:, 0], [0, 1, np.nan, 2])

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            (
                {"patient": ["p", "q", "p"]},
                "A record must have one patient. Received: patient='p' and 'q' in record 'a'.",
            ),
            (
                {"I": ["x", "y", "z"]},
                f"A lead's column must hold numbers in mV. Received: column 'I' of type {pd.Series(['x']).dtype}. "
                "Convert it, or name the leads with leads=[...].",
            ),
            (
                {"time": [0.0, 0.1, 0.5]},
                "The times must rise in equal steps. Received: time=0.1 and then 0.5 at sample 2 in record a, where "
                "the mean step is 0.25 s. Resample the record to equal steps, or cut it where samples are missing.",
            ),
            (
                {"record": ["a", None, "a"]},
                "Every row of the frame must name its record. Received: a row without one, or no rows.",
            ),
        ],
    )
    def test_bad_frames(self, changes, message):
        frame = pd.DataFrame({"record": "a", "time": np.arange(3) / 10, "I": [0.0, 1.0, 2.0]}).assign(**changes)
        with pytest.raises(InputError) as caught:
            frame_source(frame)
        assert str(caught.value) == message

    def test_frame_without_time_or_fs(self):
        with pytest.raises(InputError) as caught:
            frame_source(pd.DataFrame({"record": ["a"], "I": [0.0]}))
        assert str(caught.value) == (
            "The frame must have the columns record, time, I. Received: no column 'time' among record, I. "
            "Add it, or give fs."
        )


class TestCsv:
    @pytest.mark.parametrize(
        ("text", "fs", "message"),
        [
            (
                "i,ii\n0.1,0.2\n0.1,high\n",
                100,
                "A cell of a CSV file must be a number, or empty where a sample is invalid. "
                "Received: 'high' in {path}, line 3, column 'ii'.",
            ),
            (
                "i\n0.1\ninf\n",
                100,
                "A cell of a CSV file must be a number, or empty where a sample is invalid. "
                "Received: 'inf' in {path}, line 3, column 'i'.",
            ),
            (
                "# a comment\ni,ii\n\n0.1,0.2\n0.1\n",
                100,
                "Every line of a CSV file must have as many cells as its header. "
                "Received: 1 cells for 2 columns in {path}, line 5.",
            ),
            (
                "time,i\n0,1\n0.01,1\n0.03,1\n0.04,1\n",
                None,
                "The times must rise in equal steps. Received: time=0.01 and then 0.03 at sample 2 in {path}, where "
                "the mean step is 0.0133333 s. Resample the record to equal steps, or cut it where samples are "
                "missing.",
            ),
            (
                "i\n0.1\n",
                None,
                "A CSV file needs a sampling rate. Received: {path} without a column 'time', and csv_fs=None. "
                "Give --csv-fs in Hz, or add the column in seconds.",
            ),
            (
                "time,i\n0,1\n0.01,1\n0.02,1\n",
                500,
                "The column 'time' must agree with csv_fs. Received: csv_fs=500 Hz, and 100 Hz by the times in "
                "{path}. Leave csv_fs out.",
            ),
            (
                "0.1,0.2\n0.3,0.4\n",
                100,
                "The first row of a CSV file must name the leads. Received: '0.1,0.2' in {path}. Add such a row.",
            ),
            (
                "i;ii\n1;2\n",
                100,
                "The columns of a CSV file must be separated by commas. Received: 'i;ii' in {path}.",
            ),
            (
                "i,I\n1,2\n",
                100,
                "The columns of a CSV file must be different leads, and at least one. Received: 'i,I' in {path}.",
            ),
            ("i\n", 100, "A CSV file must have a row a sample. Received: {path} without any."),
            ("", 100, "The first row of a CSV file must name the leads. Received: '' in {path}. Add such a row."),
        ],
    )
    def test_bad_files(self, tmp_path, text, fs, message):
        path = tmp_path / "a.csv"
        path.write_text(text)
        with pytest.raises(InputError) as caught:
            open_source("csv", tmp_path, csv_fs=fs)
        assert str(caught.value) == message.format(path=path)

    def test_empty_cells_are_invalid_samples(self, tmp_path):
        (tmp_path / "a.csv").write_text("\ufeffi,II\n0.5,\nnan,1\n", encoding="utf-8")
        source = open_source("csv", tmp_path, csv_fs=100)
        record = source.read(source.entries[0], ["ii", "i"], 100.0)
        np.testing.assert_array_equal(record.p_signal, [[np.nan, 0.5], [1, np.nan]])

    @pytest.mark.parametrize("fs", [360, 128, 257])
    def test_rounded_times_give_the_whole_rate(self, tmp_path, fs):
        write_csv(tmp_path / "a.csv", np.zeros((10 * fs, 1)), ["time", "i"], fs)
        assert open_source("csv", tmp_path).entries[0].duration == 10.0

    def test_table_comments_and_skip_bad(self, tmp_path):
        (tmp_path / "db").mkdir()
        (tmp_path / "db" / "a.csv").write_text("# Simulated: yes\ni\n0\n1\n")
        (tmp_path / "db" / "b.csv").write_text("i\n0\nx\n")
        (tmp_path / "t.csv").write_text("record,patient,diagnosis\na,p,Healthy control\nb,p,\n")
        source = open_source("csv", tmp_path / "db", table=str(tmp_path / "t.csv"), csv_fs=10, skip_bad=True)
        (entry,) = source.entries
        assert (entry.patient, entry.diagnosis, source.origin) == ("p", "Healthy control", "simulated")
        assert list(source.skipped) == ["b"]
        first = source.fingerprint
        (tmp_path / "db" / "a.csv").write_text("# Simulated: yes\ni\n0\n2\n")
        assert source.fingerprint != first

    def test_two_files_of_one_name_and_none(self, tmp_path):
        for name in ("x", "y"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "a.csv").write_text("i\n0\n")
        files = [tmp_path / "x" / "a.csv", tmp_path / "y" / "a.csv"]
        with pytest.raises(InputError) as caught:
            open_source("csv", files, csv_fs=10)
        assert str(caught.value) == (
            f"Two records must not share a name. Received: '{files[0]}' and '{files[1]}'. Rename one."
        )
        assert [entry.record_name for entry in open_source("csv", tmp_path, csv_fs=10).entries] == ["x/a", "y/a"]
        with pytest.raises(InputError, match=r"in which there is no \*.edf file"):
            open_source("edf", tmp_path)


class TestEdf:
    def test_units_patient_and_origin(self, tmp_path):
        signal = np.linspace(-1, 1, 400)[:, None]
        write_edf(tmp_path / "a.edf", signal, 100, ["ECG aVF"], "mV", "Simulated", "p7")
        source = open_source("edf", tmp_path / "a.edf")
        (entry,) = source.entries
        assert (entry.record_name, entry.patient, entry.origin, entry.duration) == ("a", "p7", "simulated", 4.0)
        read = source.read(entry, None, None)
        assert read.sig_name == ("avf",)
        np.testing.assert_allclose(read.p_signal, signal, atol=20 / 65535)

    def test_no_voltage(self, tmp_path):
        write_edf(tmp_path / "a.edf", np.zeros((200, 1)), 100, ["Temp"], "degC")
        with pytest.raises(InputError) as caught:
            open_source("edf", tmp_path)
        assert str(caught.value) == (
            f"An EDF file must have a lead in volts. Received: {tmp_path / 'a.edf'} with the physical dimensions "
            "'degC'. Choose a file with ECG leads, or mend its header."
        )

    def test_unknown_lead(self, tmp_path):
        write_edf(tmp_path / "a.edf", np.zeros((200, 1)), 100, ["I"])
        source = open_source("edf", tmp_path)
        with pytest.raises(InputError, match=r"Unknown lead in record \S+a.edf. Received: lead='v9'"):
            source.read(source.entries[0], ["v9"], 100.0)

    @pytest.mark.parametrize("keep", [0, 100, -200])
    def test_damaged(self, tmp_path, keep):
        write_edf(tmp_path / "a.edf", np.zeros((400, 1)), 100, ["I"])
        write_edf(tmp_path / "b.edf", np.zeros((400, 1)), 100, ["I"])
        (tmp_path / "a.edf").write_bytes((tmp_path / "a.edf").read_bytes()[:keep])
        with pytest.raises(InputError, match=r"a.edf cannot be read as an EDF file \(OSError: .*copy it again"):
            open_source("edf", tmp_path)
        assert list(open_source("edf", tmp_path, skip_bad=True).skipped) == ["a"]
