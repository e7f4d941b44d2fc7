"""What `ecg-synth plot` draws, from wherever it comes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ecg_synth.data.quiet import import_tensorflow, quiet_tfds
from ecg_synth.errors import InputError
from ecg_synth.models.pretrained import place_of

if TYPE_CHECKING:
    import numpy as np

    from ecg_synth.data.prepared import Prepared


@dataclass(frozen=True, eq=False)
class Pictured:
    """Some slices or images of one place.

    Attributes:
        origin: `"measured"`, `"simulated"` or `"synthetic"`.
        name: What they are.
        images: (n, height, width, channels); None of records.
        signal_mv: (n, samples, leads) in mV; None of tables and pictures.
        fs: Sampling rate in Hz.
        leads: Names of the leads.
    """

    origin: str
    name: str
    images: np.ndarray | None = None
    signal_mv: np.ndarray | None = None
    fs: float = 0.0
    leads: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.origin}: {self.name}"


@dataclass(frozen=True)
class Choice:
    """What to take of a place; the attributes of `Plot`."""

    count: int
    seed: int
    split: str
    start: float
    seconds: float
    class_name: str | None
    best: bool


def load_place(place: str, choice: Choice) -> Pictured:
    """Loads from a run folder, a prepared dataset, a folder of WFDB records or one record.

    Raises:
        InputError: The place is none of these, or does not hold what is asked for.
    """
    path = place_of(place)
    is_run = (path / "config.json").is_file()
    if is_run or (path / "dataset_info.json").is_file() or any(path.glob("*/*/*/dataset_info.json")):
        # Only these need it: a record is drawn at once.
        import_tensorflow()
        return _of_run(path, choice) if is_run else _of_dataset(path, choice)
    if (path / "RECORDS").is_file():
        return _of_records(path, choice)
    if Path(f"{path}.hea").is_file():
        return _of_records(path.parent, choice, [path.name])
    raise InputError(
        f"A picture is drawn of a run folder (it has config.json), a prepared dataset (dataset_info.json), its data "
        f"folder, a folder of WFDB records (RECORDS), or a record's path without extension. Received: {place!r}, which "
        f"is {'none of them' if path.exists() else 'not there'}."
    )


def _of_run(path: Path, choice: Choice) -> Pictured:
    from ecg_synth.sampling.load import load_sampler

    sampler, facts = load_sampler(path, choice.best)
    images, decoded, _ = sampler.sample(choice.count, choice.seed, choice.class_name)
    of_class = f", {choice.class_name}" if choice.class_name else ""
    found = Pictured("synthetic", f"{path.name}, epoch {facts['epoch']}{of_class}", images)
    if sampler.family.noun != "slice":
        return found
    return replace(found, signal_mv=decoded, fs=sampler.codec.fs, leads=tuple(sampler.codec.leads))


def _of_dataset(path: Path, choice: Choice) -> Pictured:
    from ecg_synth.codec import EcgImageCodec
    from ecg_synth.data.prepared import open_prepared

    quiet_tfds()
    prepared = open_prepared(path)
    images, offset = _drawn(prepared, choice)
    of_class = f", {choice.class_name}" if choice.class_name else ""
    found = Pictured(prepared.origin, f"{prepared.name.split('/')[0]}, {choice.split}{of_class}", images)
    codec = prepared.codec
    if not isinstance(codec, EcgImageCodec):
        return found
    return replace(found, signal_mv=codec.decode(images, offset), fs=codec.fs, leads=tuple(codec.leads))


def _drawn(prepared: Prepared, choice: Choice) -> tuple[np.ndarray, np.ndarray | None]:
    """Images drawn without replacement, of one class where one is asked for, and what was kept beside them."""
    import numpy as np

    from ecg_synth.errors import check_seed
    from ecg_synth.sampling.classes import label_of

    wanted = None if choice.class_name is None else label_of(choice.class_name, prepared.class_names)
    images, offsets = [], []
    for batch in prepared.iter_batches(choice.split):
        kept = slice(None) if wanted is None else batch["label"] == wanted
        images.append(batch["image"][kept])
        offsets.append(batch["offset"][kept] if "offset" in batch else np.zeros((len(images[-1]), 0)))
    found, offset = np.concatenate(images), np.concatenate(offsets)
    if choice.count > len(found):
        raise InputError(
            f"A picture shows at most what there is. Received: count={choice.count}, and split {choice.split!r} of "
            f"{prepared.name} holds {len(found)}{f' of class {choice.class_name!r}' if choice.class_name else ''}."
        )
    rows = np.sort(np.random.default_rng(check_seed(choice.seed)).choice(len(found), choice.count, replace=False))
    return found[rows], offset[rows] if offset.shape[1] else None


def _of_records(folder: Path, choice: Choice, names: list[str] | None = None) -> Pictured:
    import numpy as np

    from ecg_synth.errors import check_seed
    from ecg_synth.signals.wfdb_io import read_record

    title = folder.name if names is None else names[0]
    if names is None:
        names = (folder / "RECORDS").read_text(encoding="utf-8").split()
        count = min(choice.count, len(names))
        drawn = np.random.default_rng(check_seed(choice.seed)).choice(len(names), count, replace=False)
        names = [names[row] for row in np.sort(drawn)]
    records = [read_record(folder / name) for name in names]
    fs, leads = min(record.fs for record in records), records[0].sig_name
    parts = []
    for record in records:
        first = round(choice.start * record.fs)
        part = record.select(leads)[first : first + round(choice.seconds * record.fs)]
        if len(part) < record.fs / 10:
            raise InputError(
                f"A picture shows a tenth of a second or more. Received: {record.record_name} lasts "
                f"{record.duration:g} s, start={choice.start:g}, seconds={choice.seconds:g}."
            )
        parts.append(_resampled(part, record.fs, fs))
    shortest = min(map(len, parts))
    origins = "/".join(sorted({record.origin for record in records}))
    return Pictured(origins, title, None, np.stack([part[:shortest] for part in parts]), fs, leads)


def alike(found: list[Pictured], leads: tuple[str, ...], seconds: float) -> list[Pictured]:
    """Returns slices of one number, rate, length and order of leads.

    Args:
        found: Of each place.
        leads: Leads to draw; none takes those of the first place.
        seconds: Of each slice, at most.

    Raises:
        InputError: A place has no ECGs, or not these leads.
    """
    import numpy as np

    from ecg_synth.signals.leads import check_leads

    for one in found:
        if one.signal_mv is None:
            raise InputError(
                f"Only ECGs are drawn on paper. Received: {str(one)!r}. Choose --kind images for its images."
            )
    fs = min(one.fs for one in found)
    wanted = tuple(leads) or found[0].leads
    signals = []
    for one in found:
        names = check_leads(wanted, one.leads, where=str(one))
        columns = [one.leads.index(name) for name in names]
        signals.append([_resampled(part[:, columns], one.fs, fs) for part in np.asarray(one.signal_mv)])
    count = min(map(len, signals))
    length = min(round(seconds * fs), *(len(part) for parts in signals for part in parts))
    return [
        replace(one, signal_mv=np.stack([part[:length] for part in parts[:count]]), fs=fs, leads=tuple(names))
        for one, parts in zip(found, signals, strict=True)
    ]


def _resampled(part: np.ndarray, own: float, fs: float) -> np.ndarray:
    from ecg_synth.signals.resample import resample

    return part if own == fs else resample(part, own, fs)
