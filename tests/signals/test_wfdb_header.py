"""The plain form of a header is read as `wfdb` reads it, or not at all."""

import dataclasses

import pytest
import wfdb
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_synth.signals.wfdb_header import WfdbHeader, parse_plain

PTB = (
    b"s0010_re 2 1000 38400\ns0010_re.dat 16 2000 16 0 -489 -8337 0 i\ns0010_re.xyz 16 2000 16 0 1 2 0 vx\n# age: 81\n"
)
PTBXL = b"00001_lr 1 100 1000\n00001_lr.dat 16 1000.0(0)/mV 16 0 -19 62138 0 AVR\n"


def agree(header, theirs):
    for field in dataclasses.fields(WfdbHeader):
        ours, wfdbs = getattr(header, field.name), getattr(theirs, field.name)
        assert (ours, type(ours)) == (wfdbs, type(wfdbs)), field.name


def read_by_wfdb(folder, content):
    (folder / "r.hea").write_bytes(content)
    return wfdb.rdheader(str(folder / "r"))


def test_every_real_header_is_plain_and_read_as_wfdb_reads_it(ptbdb, ptbxl):
    headers = sorted(ptbdb.rglob("*.hea")) + sorted(ptbxl.rglob("*.hea"))[::9]
    assert len(headers) > 60
    for file in headers:
        header = parse_plain(file.read_bytes())
        assert header is not None, file
        agree(header, wfdb.rdheader(str(file.with_suffix(""))))


def test_simulated_headers_are_plain(simulated):
    for file in simulated.rglob("*.hea"):
        agree(parse_plain(file.read_bytes()), wfdb.rdheader(str(file.with_suffix(""))))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"# only a comment\n",
        b"r 1 100\nr.dat 16 200 16 0 0 0 0 i\n",
        b"r/2 1 100 1000\nr1 500\nr2 500\n",
        b"r 1 100 1000 12:00:00\nr.dat 16 200 16 0 0 0 0 i\n",
        b"r 1 100/50 1000\nr.dat 16 200 16 0 0 0 0 i\n",
        b"r 1 0 1000\nr.dat 16 200 16 0 0 0 0 i\n",
        b"r 1 100 1000\nr.dat 16x2 200 16 0 0 0 0 i\n",
        b"r 1 100 1000\nr.dat 16:3 200 16 0 0 0 0 i\n",
        b"r 1 100 1000\nr.dat 16+24 200 16 0 0 0 0 i\n",
        b"r 1 100 1000\nr.dat 16 0 16 0 0 0 0 i\n",
        b"r 1 100 1000\nr.dat 16 2e2 16 0 0 0 0 i\n",
        b"r 1 100 1000\nr.dat 16 200 16 0 0 0 0\n",
        b"r 1 100 1000\nr.dat 16 200 16 0 0 0 0 i\xc3\xa9\n",
        b"r 1 100 1000\nr.dat 16 200 16 0 0 0 0 i\x0bx\n",
    ],
)
def test_what_is_not_plain_is_left_to_wfdb(content):
    assert parse_plain(content) is None


@settings(max_examples=300, deadline=None)
@given(data=st.data(), content=st.sampled_from([PTB, PTBXL]))
def test_a_mutated_header_is_read_as_wfdb_reads_it_or_left_to_it(tmp_path_factory, data, content):
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, len(content) - 1))
        inserted = data.draw(st.sampled_from([b"", b" ", b"\n", b"\t", b"0", b"7", b".", b"-", b"(", b"/", b"x", b"#"]))
        content = content[:position] + inserted + content[position + data.draw(st.integers(0, 2)) :]
        if not content:
            return
    header = parse_plain(content)
    if header is not None:
        agree(header, read_by_wfdb(tmp_path_factory.mktemp("header"), content))


@settings(max_examples=100, deadline=None)
@given(
    rate=st.one_of(st.integers(1, 10**6), st.floats(0.01, 10**6).map(lambda fs: f"{fs:.6f}")),
    gain=st.sampled_from(["200", "1000.0(0)/mV", "333.3(-5)/uV", "2000/mV", "1(7)", "0.5"]),
    zero=st.integers(-(10**6), 10**6),
    checksum=st.integers(-32768, 65535),
    name=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=12),
)
def test_every_plain_field_agrees(tmp_path_factory, rate, gain, zero, checksum, name):
    content = f"r 1 {rate} 1000\nr.dat 16 {gain} 12 {zero} 3 {checksum} 0 {name}\n".encode()
    header = parse_plain(content)
    if header is None:
        assert not name.strip() or float(rate) == 0
    else:
        agree(header, read_by_wfdb(tmp_path_factory.mktemp("header"), content))
