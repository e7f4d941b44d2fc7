"""The plain form of a WFDB header, read without `wfdb`, which takes 4 ms a header and a second to import.

Only what PTB, PTB-XL and `wfdb.wrsamp` write is plain: one segment, every field of every signal there, ASCII. Anything
else is left to `wfdb`. What is read here is what `wfdb.rdheader` reads, field by field, under the same names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Fewer digits than could overflow anything; a longer number is wfdb's to judge.
_INTEGER = r"-?\d{1,9}"
_DECIMAL = r"\d{1,9}(?:\.\d{1,9})?"
_RECORD = re.compile(rf"[-\w]+ +(\d{{1,4}}) +({_DECIMAL}) +(\d{{1,9}})", re.ASCII)
_SIGNAL = re.compile(
    r"(?P<file_name>[-\w]+\.\w+) +(?P<fmt>\d{1,3})"
    rf" +(?P<adc_gain>{_DECIMAL})(?:\((?P<baseline>{_INTEGER})\))?(?:/(?P<units>[\w^?%-]+))?"
    rf" +\d{{1,9}} +(?P<adc_zero>{_INTEGER}) +{_INTEGER} +(?P<checksum>{_INTEGER}) +\d{{1,9}}"
    r" +(?P<sig_name>[!-~][ -~]*)",
    re.ASCII,
)
_PLAIN = re.compile(rb"[\t\r\n -~]*")


@dataclass(frozen=True)
class WfdbHeader:
    """What a header says, in `wfdb.Record`'s names; the lists have one item a signal.

    Attributes:
        n_sig: Number of signals that the first line announces.
        fs: Sampling rate in Hz; an int when it is a whole number.
        sig_len: Samples a signal.
        file_name: Signal file.
        fmt: Format of the signal file, as text.
        samps_per_frame: 1.
        skew: None.
        byte_offset: None.
        adc_gain: Units per physical unit.
        baseline: The sample value of 0 physical units.
        units: Physical unit.
        checksum: 16-bit sum of the samples.
        sig_name: Lead, as it is spelled there.
        comments: Comment lines without the `#`.
    """

    n_sig: int
    fs: float
    sig_len: int
    file_name: list[str]
    fmt: list[str]
    samps_per_frame: list[int]
    skew: list[None]
    byte_offset: list[None]
    adc_gain: list[float]
    baseline: list[int]
    units: list[str]
    checksum: list[int]
    sig_name: list[str]
    comments: list[str]


def parse_plain(content: bytes) -> WfdbHeader | None:
    """Returns what a plain header says; None when it is not plain, or not a header at all."""
    if not _PLAIN.fullmatch(content):
        return None
    lines = [line.strip() for line in content.decode("ascii").splitlines()]
    comments = [line.strip(" \t#") for line in lines if line.startswith("#")]
    first, *rest = [line for line in lines if line and not line.startswith("#")] or [""]
    record = _RECORD.fullmatch(first)
    signals = [match for match in map(_SIGNAL.fullmatch, rest) if match]
    if record is None or not signals or len(signals) != len(rest):
        return None
    fs, gains = float(record[2]), [float(signal["adc_gain"]) for signal in signals]
    # A rate or gain of 0 is an error, or stands for a default: neither is plain.
    if not fs or not all(gains):
        return None
    n = len(signals)
    return WfdbHeader(
        n_sig=int(record[1]),
        fs=int(fs) if round(fs, 8) == int(fs) else fs,
        sig_len=int(record[3]),
        file_name=[signal["file_name"] for signal in signals],
        fmt=[signal["fmt"] for signal in signals],
        samps_per_frame=[1] * n,
        skew=[None] * n,
        byte_offset=[None] * n,
        adc_gain=gains,
        # As in WFDB, a baseline that is not given is the converter's zero.
        baseline=[int(signal["baseline"] or signal["adc_zero"]) for signal in signals],
        units=[signal["units"] or "mV" for signal in signals],
        checksum=[int(signal["checksum"]) for signal in signals],
        sig_name=[signal["sig_name"] for signal in signals],
        comments=comments,
    )
