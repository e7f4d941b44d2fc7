"""From records to examples: read, cut, encode, and count what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from ecg_synth.codec import EcgImageCodec
from ecg_synth.errors import InputError
from ecg_synth.signals.diagnoses import DIAGNOSES, GROUPS, group_of
from ecg_synth.signals.record import SEXES, EcgRecord
from ecg_synth.signals.slicing import Slices
from ecg_synth.sources.parallel import in_order
from ecg_synth.sources.scp import SUPERCLASSES
from ecg_synth.sources.source import UNKNOWN, Entry, Source


@dataclass
class Report:
    """What happened to the records of one split.

    Attributes:
        records: Records read.
        slices: Slices by diagnosis.
        superclasses: Slices by PTB-XL superclass, of which a slice may have several; empty in other sources.
        dropped_nan: Slices left out because a sample was invalid.
        flat: Kept slices with a lead that never changes.
        clipped: Kept slices with a lead resting at its extreme.
        saturated: Kept slices with a sample beyond the standardization's range.
        resampled: Records that were resampled.
        no_beat: Records without any R peak, where the codec needs them.
    """

    records: int = 0
    slices: Counter[str] = field(default_factory=Counter)
    superclasses: Counter[str] = field(default_factory=Counter)
    dropped_nan: int = 0
    flat: int = 0
    clipped: int = 0
    saturated: int = 0
    resampled: int = 0
    no_beat: int = 0

    @property
    def total(self) -> int:
        """Kept slices."""
        return sum(self.slices.values())

    def __add__(self, other: Report) -> Report:
        """Returns the counts of both together."""
        names = (item.name for item in fields(self))
        return Report(**{name: getattr(self, name) + getattr(other, name) for name in names})

    @classmethod
    def from_dict(cls, counts: dict[str, Any]) -> Report:
        """Rebuilds the report that `to_dict` described."""
        own = {item.name: counts[item.name] for item in fields(cls)}
        return cls(**{**own, **{name: Counter(own[name]) for name in ("slices", "superclasses")}})

    @property
    def saturated_share(self) -> float:
        """Share of the kept slices that are saturated (P1: 4 %); 0 when there is none."""
        return self.saturated / self.total if self.total else 0.0

    def check_not_empty(self, split: str) -> None:
        """Raises `InputError` that says why when records were read and no slice of them was kept."""
        if self.records and not self.total:
            raise InputError(
                f"A split must hold at least one slice. Received: split {split!r} with {self.records} records: "
                f"{self.no_beat} without any R peak, and {self.dropped_nan} slices with NaN. Choose other records or "
                f"splits."
            )

    def to_dict(self) -> dict[str, Any]:
        """Returns the counts as JSON can write them."""
        return {
            **self.__dict__,
            # Sorted, so that the order in which records came leaves no trace.
            "slices": dict(sorted(self.slices.items())),
            "superclasses": dict(sorted(self.superclasses.items())),
            "total": self.total,
            "saturated_share": self.saturated_share,
        }


Labels = Callable[[Entry], dict[str, Any]]


def ptb_labels(entry: Entry) -> dict[str, Any]:
    """The class numbers of a record under PTB's nine diagnoses and P1's three groups; -1 when unknown."""
    if entry.diagnosis == UNKNOWN:
        return {"label": -1, "diagnosis": -1}
    return {"label": GROUPS.index(group_of(entry.diagnosis)), "diagnosis": DIAGNOSES.index(entry.diagnosis)}


def ptbxl_labels(entry: Entry) -> dict[str, Any]:
    """The class number of a record's main superclass, -1 when it has none, and a 0 or 1 for each of the five."""
    label = -1 if entry.diagnosis == UNKNOWN else SUPERCLASSES.index(entry.diagnosis)
    return {"label": label, "superclasses": np.array([name in entry.superclasses for name in SUPERCLASSES], np.uint8)}


def read_slices(source: Source, entry: Entry, codec: EcgImageCodec) -> tuple[EcgRecord, Slices]:
    """Reads one record with the codec's leads at its rate, and cuts it."""
    record = source.read(entry, codec.leads, codec.fs)
    return record, codec.cut(record.p_signal, entry.record_name)


def without_bad(source: Source, codec: EcgImageCodec) -> Source:
    """Returns the source without the records that cannot be read and cut; they join `skipped` with the reason.

    Every record is read once for this, before the splits are drawn, so that the splits are drawn among good records.

    Raises:
        InputError: No record is left.
    """
    return source.without_bad(lambda entry: read_slices(source, entry, codec))


def fit_codec(source: Source, entries: Iterable[Entry], codec: EcgImageCodec, workers: int = 1) -> EcgImageCodec:
    """Returns the codec with bounds fitted on the slices of `entries`, the training split's, read by `workers`."""
    return codec.fit(_Batches(source, tuple(entries), codec, workers))


@dataclass(frozen=True)
class _Batches:
    """Each record's slices in mV, read anew whenever they are asked for: a domain takes a pass of its own."""

    source: Source
    entries: tuple[Entry, ...]
    codec: EcgImageCodec
    workers: int

    def __iter__(self) -> Iterator[np.ndarray]:
        return in_order(self._slices_mv, self.entries, self.workers)

    def _slices_mv(self, entry: Entry) -> np.ndarray:
        return read_slices(self.source, entry, self.codec)[1].signal_mv


def check_counts(report: Mapping[str, Mapping[str, Any]], written: Mapping[str, int]) -> None:
    """Compares what was written with what was read: a lost example would be silent.

    Args:
        report: The counts of each split, of which `total` is its examples.
        written: Examples in each split's files.

    Raises:
        RuntimeError: They differ.
    """
    for split, counts in report.items():
        if written[split] != counts["total"]:
            raise RuntimeError(f"Split {split!r} was written with {written[split]} of {counts['total']} examples.")


def iter_examples(
    source: Source, entries: Iterable[Entry], codec: EcgImageCodec, report: Report, labels: Labels = ptb_labels
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the examples of some records, in the form of the TFDS features.

    Args:
        source: Where the records are.
        entries: Which of them.
        codec: A codec whose bounds are fitted.
        report: Counts are added to it as the records are read.
        labels: What a record's class means as features.

    Yields:
        (key, example): the key is unique; the example has image uint8 (*codec.full_shape), offset float32
        (stored leads,) in mV, the features of `labels`, age in years, NaN where it is unknown, sex as an index into
        `SEXES`, -1 where it is unknown, record, patient and slice_index: the slice begins at sample
        slice_index * codec.index_step of the record at the codec's rate.

    Raises:
        InputError: A record cannot be read, or is shorter than a slice.
    """
    for entry in entries:
        record, slices = read_slices(source, entry, codec)
        encoded = codec.encode_slices(slices.signal_mv, slices.r_peaks)
        report.records += 1
        report.slices[entry.diagnosis] += len(slices.signal_mv)
        for name in entry.superclasses:
            report.superclasses[name] += len(slices.signal_mv)
        report.dropped_nan += slices.dropped_nan
        report.flat += slices.flat
        report.clipped += slices.clipped
        report.saturated += int(encoded.saturated.sum())
        report.resampled += record.resampled_from is not None
        report.no_beat += codec.needs_r_peaks and not slices.found
        known = {
            **labels(entry),
            "age": np.float32(np.nan if record.age is None else record.age),
            "sex": SEXES.index(record.sex) if record.sex in SEXES else -1,
        }
        for image, offset, index in zip(encoded.images, encoded.offset, slices.slice_index, strict=True):
            yield (
                f"{entry.record_name}#{index:06d}",
                {
                    "image": image,
                    "offset": offset,
                    **known,
                    "record": entry.record_name,
                    "patient": entry.patient,
                    "slice_index": int(index),
                },
            )
