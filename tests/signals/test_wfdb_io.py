import re
import shutil

import numpy as np
import pytest
import wfdb
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_synth.errors import InputError
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.wfdb_io import read_header, read_record, write_record


@pytest.fixture
def record(tmp_path):
    """A two-lead record of 300 samples at 1000 Hz that writes 2000 units/mV."""
    rng = np.random.default_rng(0)
    p_signal = np.round(rng.normal(size=(300, 2)) * 2000) / 2000
    made = EcgRecord(
        "r1", p_signal, 1000.0, ("i", "ii"), "p1", comments=("Reason for admission: Myocarditis", "age: 63")
    )
    write_record(made, tmp_path)
    return made


def test_what_is_written_is_read_back(record, tmp_path):
    again = read_record(tmp_path / "r1")
    np.testing.assert_array_equal(again.p_signal, record.p_signal)
    assert (again.fs, again.sig_name, again.diagnosis, again.age) == (
        1000.0,
        ("i", "ii"),
        "Myocarditis",
        63.0,
    )
    assert (again.patient, again.origin, again.units, again.duration) == ("r1", "measured", "mV", 0.3)


def test_agrees_with_wfdb_on_real_ptb(ptbdb):
    ours = read_record(ptbdb / "patient001" / "s0010_re")
    theirs = wfdb.rdrecord(str(ptbdb / "patient001" / "s0010_re"))
    np.testing.assert_array_equal(ours.p_signal, theirs.p_signal)
    assert ours.sig_name == tuple(theirs.sig_name)
    assert (ours.patient, ours.diagnosis, ours.age, ours.sex) == (
        "patient001",
        "Myocardial infarction",
        81.0,
        "female",
    )


def test_agrees_with_wfdb_on_real_ptbxl_and_normalizes_lead_names(ptbxl):
    path = ptbxl / "records500" / "00000" / "00001_hr"
    ours = read_record(path, leads=("avr", "V6"))
    theirs = wfdb.rdrecord(str(path), channel_names=["AVR", "V6"])
    np.testing.assert_array_equal(ours.p_signal, theirs.p_signal)
    assert ours.sig_name == ("avr", "v6")


def test_every_real_record_reads(ptbdb, ptbxl):
    names = [ptbdb / line for line in (ptbdb / "RECORDS").read_text().split()]
    names += sorted((ptbxl / "records500" / "00000").glob("*.hea"))[:20]
    for name in names:
        record = read_record(name.with_suffix(""), leads=("i",))
        assert np.isfinite(record.p_signal).all()
        assert np.abs(record.p_signal).max() < 16.4


def test_missing_xyz_leaves_twelve_leads_and_vx_fails_by_name(ptbdb):
    path = ptbdb / "patient003" / "s0017lre"
    record = read_record(path)
    assert len(record.sig_name) == 12
    assert record.missing_leads == ("vx", "vy", "vz")
    with pytest.raises(InputError) as caught:
        read_record(path, leads=("i", "vx"))
    assert str(caught.value) == (
        f"Lead 'vx' of record {path} cannot be read: its signal file s0017lre.xyz is missing. Copy it beside the "
        "header, or choose among the leads that are there: i, ii, iii, avr, avl, avf, v1, v2, v3, v4, v5, v6."
    )


def test_zero_checksums_mean_not_given(ptbdb):
    assert read_record(ptbdb / "patient012" / "s0043lre", leads=("v1",)).p_signal.shape == (115200, 1)


def test_missing_dat(record, tmp_path):
    (tmp_path / "r1.dat").unlink()
    with pytest.raises(InputError) as caught:
        read_record(tmp_path / "r1")
    assert str(caught.value) == (
        f"Record {tmp_path / 'r1'} has a header and no samples: its signal file r1.dat is missing. "
        "Copy it beside the header, or remove the record."
    )


def test_truncated_dat(record, tmp_path):
    with open(tmp_path / "r1.dat", "r+b") as stream:
        stream.truncate(1000)
    with pytest.raises(InputError) as caught:
        read_record(tmp_path / "r1")
    assert str(caught.value) == (
        f"The signal file {tmp_path / 'r1.dat'} is truncated: its header asks for 1200 bytes (300 samples of 2 "
        "signals). Received: 1000 bytes. Copy the file again."
    )


def test_changed_byte(record, tmp_path):
    content = bytearray((tmp_path / "r1.dat").read_bytes())
    content[400] ^= 1
    (tmp_path / "r1.dat").write_bytes(content)
    with pytest.raises(InputError, match=r"lead 'i' in .*r1.dat do not agree with the header's checksum"):
        read_record(tmp_path / "r1")


def test_no_header(tmp_path):
    with pytest.raises(InputError, match=r"has no header: there is no file .*none.hea"):
        read_header(tmp_path / "none")


@pytest.mark.parametrize("text", ["", "garbage\n", "# only a comment\n", "r1 2 1000 300\nr1.dat\n", "\x00\x01\x02"])
def test_not_a_header(tmp_path, text):
    (tmp_path / "r1.hea").write_text(text)
    message = rf"^{re.escape(str(tmp_path / 'r1.hea'))} is not a WFDB header \(.*\). Its first line must read 'NAME"
    with pytest.raises(InputError, match=message):
        read_header(tmp_path / "r1")


def test_header_that_contradicts_itself(tmp_path):
    (tmp_path / "r1.hea").write_text("r1 2 1000 300\nr1.dat 16 2000/mV 16 0 0 0 0 i\n")
    with pytest.raises(InputError, match=r"announces 2 signals and describes 1"):
        read_header(tmp_path / "r1")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("r1 2 1000 300", "r1 2 L000 300", "must state its sampling rate in Hz as the third word. Received: 'L000'"),
        ("r1 2 1000 300", "r1 2", "must state its sampling rate in Hz as the third word. Received: ''"),
        (
            "2000.0(0)/mV",
            "K000.0(0)/mV",
            r"must state the gain of signal .* Received: 'K000.0\(0\)/mV",
        ),
        ("2000.0(0)/mV", "0/mV", "without it no sample has a value in mV. Received: '0/mV'"),
    ],
)
def test_a_rate_or_gain_that_is_no_number_is_not_guessed(record, tmp_path, old, new, message):
    header = tmp_path / "r1.hea"
    assert old in header.read_text()
    header.write_text(header.read_text().replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        read_record(tmp_path / "r1")


def test_unknown_lead(record, tmp_path):
    with pytest.raises(InputError) as caught:
        read_record(tmp_path / "r1", leads=("iii",))
    assert str(caught.value) == (
        f"Unknown lead in record {tmp_path / 'r1'}. Received: lead='iii'. Did you mean 'ii'? Valid: 'i', 'ii'."
    )


def test_invalid_samples_are_nan(tmp_path):
    p_signal = np.zeros((50, 1))
    p_signal[7] = np.nan
    write_record(EcgRecord("gap", p_signal, 500.0, ("i",), "p"), tmp_path)
    assert np.flatnonzero(np.isnan(read_record(tmp_path / "gap").p_signal)).tolist() == [7]


@pytest.mark.parametrize("fmt", ["16", "24", "32", "80", "212"])
@pytest.mark.parametrize("baseline", [0, 37])
def test_every_format_agrees_with_wfdb(tmp_path, fmt, baseline):
    digital = np.random.default_rng(0).integers(-100, 100, (200, 3))
    digital[3, 1] = {"16": -32768, "24": -(2**23), "32": -(2**31), "80": -128, "212": -2048}[fmt]
    wfdb.wrsamp(
        "r",
        500,
        ["mV"] * 3,
        ["I", "II", "V1"],
        d_signal=digital,
        fmt=[fmt] * 3,
        adc_gain=[200.0, 333.3, 1000.0],
        baseline=[baseline] * 3,
        write_dir=str(tmp_path),
    )
    ours = read_record(tmp_path / "r", leads=("v1", "ii"))
    theirs = wfdb.rdrecord(str(tmp_path / "r"))
    np.testing.assert_array_equal(ours.p_signal, theirs.p_signal[:, [2, 1]])
    assert np.isnan(ours.p_signal[3, 1])


def test_a_header_that_changed_is_read_again(record, tmp_path):
    assert read_header(tmp_path / "r1").fs == 1000
    (tmp_path / "r1.hea").write_text((tmp_path / "r1.hea").read_text().replace("r1 2 1000 300", "r1 2 500 300 "))
    assert read_header(tmp_path / "r1").fs == 500


def test_microvolts_become_millivolts(tmp_path):
    wfdb.wrsamp(
        "u",
        500,
        ["uV"],
        ["I"],
        np.array([[1500.0], [-250.0]]),
        fmt=["16"],
        adc_gain=[1.0],
        baseline=[0],
        write_dir=str(tmp_path),
    )
    np.testing.assert_allclose(read_record(tmp_path / "u").p_signal[:, 0], [1.5, -0.25], rtol=1e-15)


def test_resamples_and_says_so(record, tmp_path, caplog):
    with caplog.at_level("INFO", "ecg_synth"):
        half = read_record(tmp_path / "r1", fs=500.0)
    assert half.p_signal.shape == (150, 2)
    assert half.resampled_from == 1000.0
    assert "resampled from 1000 to 500 Hz" in caplog.text


def test_format_32_holds_what_16_bits_do_not(tmp_path):
    record = EcgRecord("r", np.array([[20.0, -1e-6], [3.000001, np.nan]]), 500.0, ("i", "ii"), "p")
    write_record(record, tmp_path, 1e6, "32")
    np.testing.assert_allclose(read_record(tmp_path / "r").p_signal, record.p_signal, rtol=0, atol=1e-12)
    with pytest.raises(InputError, match=r"reaches 20.000 mV, which does not fit 32 bits at 1e\+09 units per mV"):
        write_record(record, tmp_path, 1e9, "32")
    with pytest.raises(InputError, match="Unknown fmt. Received: fmt='24'. Valid: '16', '32'"):
        write_record(record, tmp_path, fmt="24")


def test_overflow_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"reaches 20.000 mV, which does not fit 16 bits at 2000 units per mV"):
        write_record(EcgRecord("big", np.full((10, 1), 20.0), 500.0, ("i",), "p"), tmp_path)


@settings(max_examples=150, deadline=None)
@given(position=st.integers(0, 10_000), byte=st.integers(0, 255), delete=st.booleans())
def test_mutated_headers_read_or_say_why(tmp_path_factory, position, byte, delete):
    folder = tmp_path_factory.mktemp("mutant")
    made = EcgRecord("r1", np.linspace(-1, 1, 120).reshape(60, 2), 1000.0, ("i", "ii"), "p1", comments=("age: 63",))
    write_record(made, folder)
    header = bytearray((folder / "r1.hea").read_bytes())
    position %= len(header)
    header[position : position + 1] = b"" if delete else bytes([byte])
    (folder / "r1.hea").write_bytes(header)
    try:
        record = read_record(folder / "r1")
    except InputError as error:
        assert "r1" in str(error)
    else:
        assert record.p_signal.shape[1] == len(record.sig_name)
    shutil.rmtree(folder)
