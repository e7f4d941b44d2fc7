"""What every source is: records that are known when it is opened, and read when they are asked for.

To add a kind of source, write a function (place, options) -> Source and register it, with the options that it uses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from ecg_synth.config import SourceConfig
from ecg_synth.errors import InputError
from ecg_synth.registry import Registry
from ecg_synth.signals.diagnoses import DIAGNOSES
from ecg_synth.signals.record import EcgRecord, Origin

UNKNOWN = "unknown"

K = TypeVar("K")
E = TypeVar("E")


class Reader(Protocol):
    """How one record is read. Readers are plain data, so that a source can be sent to another process."""

    def read(self, leads: Sequence[str] | None, fs: float | None) -> EcgRecord:
        """Returns the record with `leads` (None: every lead in mV) at `fs` Hz (None: its own rate).

        Raises:
            InputError: The record cannot be read, or has no such lead; the message names it.
        """
        ...

    def identity(self) -> bytes:
        """Returns bytes that change when the record's content does: a header with checksums, or a sha256."""
        ...


@dataclass(frozen=True)
class Entry:
    """One record of a source, before its signal is read.

    Attributes:
        record_name: Its name within the source; no two records share one.
        patient: Its patient.
        diagnosis: Its class, one of the source's, or `"unknown"`.
        origin: Where it comes from.
        duration: Its length in seconds; infinite when the header does not say.
        reader: What reads it.
        superclasses: PTB-XL's diagnostic superclasses, of which a record may have several.
        fold: PTB-XL's stratified fold, 1 to 10; None in other sources.
        age: In years, where the source knows it and the record's header does not.
        sex: `"male"` or `"female"`, likewise.
    """

    record_name: str
    patient: str
    diagnosis: str
    origin: Origin
    duration: float
    reader: Reader
    superclasses: tuple[str, ...] = ()
    fold: int | None = None
    age: float | None = None
    sex: str | None = None


@dataclass(frozen=True)
class Source:
    """A set of records.

    Attributes:
        name: The kind of source: a key of `SOURCES`, `"array"` or `"frame"`.
        folder: Where it stands; None in memory.
        entries: Its records, in the database's own order.
        skipped: Records left out because they cannot be read, with the reason.
    """

    name: str
    folder: Path | None
    entries: tuple[Entry, ...]
    skipped: Mapping[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> Origin:
        """`"measured"` when every record is; otherwise what the others are."""
        return next((entry.origin for entry in self.entries if entry.origin != "measured"), "measured")

    @property
    def diagnosis_of_patient(self) -> dict[str, str]:
        """The class of each patient's first record."""
        return {entry.patient: entry.diagnosis for entry in reversed(self.entries)}

    def of_patients(self, patients: Iterable[str]) -> tuple[Entry, ...]:
        """Returns the records of some patients, in the database's order."""
        wanted = set(patients)
        return tuple(entry for entry in self.entries if entry.patient in wanted)

    def without_short(self, seconds: float) -> tuple[Source, tuple[str, ...]]:
        """Returns the source without records shorter than `seconds`, and the names of those.

        Raises:
            InputError: Every record is shorter.
        """
        # Half a sample of slack: a record of exactly one slice at another rate must not fall to rounding.
        short = tuple(entry.record_name for entry in self.entries if entry.duration < seconds - 0.0005)
        if len(short) == len(self.entries):
            longest = max(self.entries, key=lambda entry: entry.duration)
            raise InputError(
                f"A slice must not be longer than its record. Received: slices of {seconds:g} s, and the longest "
                f"record, {longest.record_name}, has {longest.duration:g} s. Choose a shorter length."
            )
        names = set(short)
        return replace(self, entries=tuple(entry for entry in self.entries if entry.record_name not in names)), short

    def without_bad(self, check: Callable[[Entry], object]) -> Source:
        """Returns the source without the records on which `check` raises an `InputError`; they join `skipped`.

        Raises:
            InputError: No record is left.
        """
        _, bad = gather(self.entries, check, lambda entry: entry.record_name, skip_bad=True)
        entries = tuple(entry for entry in self.entries if entry.record_name not in bad)
        return replace(self, entries=entries, skipped={**self.skipped, **bad})

    def read(self, entry: Entry, leads: Sequence[str] | None, fs: float | None) -> EcgRecord:
        """Reads the signal of one record, `leads` only, at `fs` Hz, under what the entry knows of it."""
        record = entry.reader.read(leads, fs)
        return replace(
            record,
            record_name=entry.record_name,
            patient=entry.patient,
            diagnosis=entry.diagnosis if entry.diagnosis in DIAGNOSES else None,
            age=record.age if entry.age is None else entry.age,
            sex=record.sex if entry.sex is None else entry.sex,
        )

    @property
    def fingerprint(self) -> str:
        """sha256 over the records' names, patients, classes and content: another database has another one."""
        digest = hashlib.sha256()
        for entry in self.entries:
            digest.update(f"{entry.record_name}\t{entry.patient}\t{entry.diagnosis}\n".encode())
            if entry.fold is not None:
                digest.update(f"{','.join(entry.superclasses)}\t{entry.fold}\n".encode())
            digest.update(entry.reader.identity())
        return digest.hexdigest()


Opener = Callable[[Any, SourceConfig], Source]
SOURCES: Registry[Opener] = Registry("source")
# Which fields of SourceConfig each kind of source reads; all of them honor skip_bad.
USES: dict[str, frozenset[str]] = {}


def register_source(name: str, *uses: str) -> Callable[[Opener], Opener]:
    """Returns a decorator that registers a function (place, options) -> Source and the options that it reads."""
    USES[name] = frozenset(uses)
    return SOURCES.register(name)


def gather(
    items: Iterable[K], make: Callable[[K], E], name_of: Callable[[K], str], skip_bad: bool
) -> tuple[tuple[E, ...], dict[str, str]]:
    """Makes something of every item; with `skip_bad`, items that raise an `InputError` are left out by name.

    Args:
        items: What to go through.
        make: Makes one.
        name_of: What an item is called in the second result.
        skip_bad: Leave out and go on, instead of stopping at the first.

    Returns:
        What was made, and the reason for each item that was left out.

    Raises:
        InputError: An item is bad and `skip_bad` is False, or every item is.
    """
    made: list[E] = []
    skipped: dict[str, str] = {}
    for item in items:
        try:
            made.append(make(item))
        except InputError as error:
            if not skip_bad:
                raise
            skipped[name_of(item)] = str(error)
    if skipped and not made:
        name, reason = next(iter(skipped.items()))
        raise InputError(
            f"A source must have a record that can be read. Received: {len(skipped)} records, every one of them bad; "
            f"the first, {name}: {reason}"
        )
    return tuple(made), skipped
