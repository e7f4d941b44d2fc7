"""From records to examples: read, cut, encode, and count what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ecg_synth.codec import EcgImageCodec
from ecg_synth.signals.diagnoses import DIAGNOSES, GROUPS, group_of
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.slicing import Slices, cut
from ecg_synth.sources.databases import UNKNOWN, Entry, Source


@dataclass
class Report:
    """What happened to the records of one split.

    Attributes:
        records: Records read.
        slices: Slices by diagnosis.
        dropped_nan: Slices left out because a sample was invalid.
        flat: Kept slices with a lead that never changes.
        clipped: Kept slices with a lead resting at its extreme.
        saturated: Kept slices with a sample beyond the standardization's range.
        resampled: Records that were resampled.
    """

    records: int = 0
    slices: Counter[str] = field(default_factory=Counter)
    dropped_nan: int = 0
    flat: int = 0
    clipped: int = 0
    saturated: int = 0
    resampled: int = 0

    @property
    def total(self) -> int:
        """Kept slices."""
        return sum(self.slices.values())

    def to_dict(self) -> dict[str, Any]:
        """Returns the counts as JSON can write them."""
        return {**self.__dict__, "slices": dict(self.slices), "total": self.total}


def read_slices(source: Source, entry: Entry, codec: EcgImageCodec) -> tuple[EcgRecord, Slices]:
    """Reads one record with the codec's leads at its rate, and cuts it."""
    record = source.read(entry, codec.leads, codec.fs)
    return record, cut(record.p_signal, codec.length, entry.record_name)


def fit_codec(source: Source, entries: Iterable[Entry], codec: EcgImageCodec) -> EcgImageCodec:
    """Returns the codec with bounds fitted on the slices of `entries`, the training split's."""

    def batches() -> Iterator[np.ndarray]:
        for entry in entries:
            yield read_slices(source, entry, codec)[1].signal_mv

    return codec.fit(batches())


def iter_examples(
    source: Source, entries: Iterable[Entry], codec: EcgImageCodec, report: Report
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the examples of some records, in the form of the TFDS features.

    Args:
        source: Where the records are.
        entries: Which of them.
        codec: A codec whose bounds are fitted.
        report: Counts are added to it as the records are read.

    Yields:
        (key, example): the key is unique; the example has image uint8 (*codec.full_shape), offset float32
        (stored leads,) in mV, label and diagnosis as class numbers (-1 when unknown), record, patient and slice_index.

    Raises:
        InputError: A record cannot be read, or is shorter than a slice.
    """
    for entry in entries:
        record, slices = read_slices(source, entry, codec)
        encoded = codec.encode_slices(slices.signal_mv)
        report.records += 1
        report.slices[entry.diagnosis] += len(slices.signal_mv)
        report.dropped_nan += slices.dropped_nan
        report.flat += slices.flat
        report.clipped += slices.clipped
        report.saturated += int(encoded.saturated.sum())
        report.resampled += record.resampled_from is not None
        diagnosis = -1 if entry.diagnosis == UNKNOWN else DIAGNOSES.index(entry.diagnosis)
        label = -1 if entry.diagnosis == UNKNOWN else GROUPS.index(group_of(entry.diagnosis))
        for image, offset, index in zip(encoded.images, encoded.offset, slices.slice_index, strict=True):
            yield (
                f"{entry.record_name}#{index:06d}",
                {
                    "image": image,
                    "offset": offset,
                    "label": label,
                    "diagnosis": diagnosis,
                    "record": entry.record_name,
                    "patient": entry.patient,
                    "slice_index": int(index),
                },
            )
