"""Real ECGs beside synthetic ones: cut as the model's training slices were, through the model's codec.

What the codec does to a synthetic ECG, its range, its grey levels, its length, it does to a real one too, so that
nothing but the ECG tells them apart.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ecg_synth.app.ecg import Ecg
from ecg_synth.errors import InputError, check_seed
from ecg_synth.metrics.loading import real_set, through
from ecg_synth.metrics.signal_set import SignalSet, centered
from ecg_synth.sampling.checks import check_count
from ecg_synth.signals.leads import normalize_lead
from ecg_synth.signals.wfdb_folder import list_records
from ecg_synth.signals.wfdb_io import origin_of, read_header, read_record


class _Known(NamedTuple):
    name: str
    fs: float
    seconds: float
    leads: frozenset[str]


class RealRecords:
    """A folder of WFDB records, of which those at the highest rate are shown.

    The same recording at a lower rate, as PTB-XL's records100, is smoother than any that a model has seen.

    Args:
        folder: With RECORDS, or headers in it.

    Raises:
        InputError: There is no record, a header is damaged, or records are synthetic or of two kinds.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        known = []
        origins: set[str] = set()
        for name in list_records(self.folder, "real"):
            header = read_header(self.folder / name)
            origins.add(origin_of(tuple(header.comments)))
            leads = frozenset(normalize_lead(lead) for lead in header.sig_name)
            known.append(_Known(name, float(header.fs), header.sig_len / header.fs, leads))
        self.origin = _one_origin(origins, self.folder)
        highest = max(record.fs for record in known)
        self.records = [record for record in known if record.fs == highest]

    def describe(self) -> str:
        """Returns one line: how many, of what kind."""
        return f"{len(self.records)} {self.origin} records at {self.records[0].fs:g} Hz in {self.folder.name}"

    def draw(self, codec: Any, count: int, seed: int, class_name: str | None = None) -> list[Ecg]:
        """Returns `count` slices, each of another record as long as there are more; the class is not looked at.

        Args:
            codec: Of the model beside which they are shown.
            count: How many.
            seed: Of the choice; a larger count begins with what a smaller one has.
            class_name: Records state none that models know.

        Raises:
            InputError: No record has the codec's leads and length without a gap, or one is damaged.
        """
        check_count(count), check_seed(seed)
        seconds = codec.length / codec.fs
        usable = [record for record in self.records if set(codec.leads) <= record.leads and record.seconds >= seconds]
        stream = np.random.default_rng([seed, 1])
        found: list[Ecg] = []
        while usable:
            left = []
            for index in stream.permutation(len(usable)):
                one = self._one(usable[index], codec, int(stream.integers(2**31)))
                if one is not None:
                    found.append(one)
                    left.append(usable[index])
                if len(found) == count:
                    return found
            usable = left
        raise InputError(
            f"Real ECGs must have the leads {', '.join(codec.leads)} and last {seconds:.3g} s without a gap. "
            f"Received: {self.describe()}, of which none does. Give another folder by --real."
        )

    def _one(self, record: _Known, codec: Any, which: int) -> Ecg | None:
        signal_mv = read_record(self.folder / record.name, codec.leads, codec.fs, record.name).p_signal
        if len(signal_mv) < codec.length:
            return None
        slices = codec.cut(signal_mv, record.name)
        # A lead that came off is no question.
        usable = np.flatnonzero((np.ptp(slices.signal_mv, axis=1) > 0).all(axis=1))
        if not len(usable):
            return None
        k = int(usable[which % len(usable)])
        encoded = codec.encode_slices(slices.signal_mv[k : k + 1], slices.r_peaks[k : k + 1] or None)
        begins = int(slices.slice_index[k]) * codec.index_step / codec.fs
        return Ecg(
            self.origin,
            f"record {record.name} from {begins:.3f} s",
            centered(codec.decode(encoded.images))[0],
            encoded.images[0],
            float(codec.fs),
            tuple(codec.leads),
        )


class RealDataset:
    """A split of a prepared dataset: patients that the model did not see, with their classes.

    Args:
        folder: Of the dataset, with dataset_info.json.
        split: Its split.

    Raises:
        InputError: It is no dataset of ECGs, or has no such split.
    """

    def __init__(self, folder: str | Path, split: str):
        from ecg_synth.data.prepared import open_prepared

        prepared = open_prepared(folder)
        self.signals = real_set(prepared, split)
        self.origin = _one_origin({prepared.origin}, Path(folder))
        self._through = functools.lru_cache(4)(self._in_codec)

    def describe(self) -> str:
        """Returns one line: how many, of what kind."""
        patients = len(np.unique(self.signals.groups))
        return f"{len(self.signals)} {self.origin} slices of {patients} patients in {self.signals.name}"

    def draw(self, codec: Any, count: int, seed: int, class_name: str | None = None) -> list[Ecg]:
        """Returns `count` slices, each of another patient as long as there are more.

        Args:
            codec: Of the model beside which they are shown.
            count: How many.
            seed: Of the choice; a larger count begins with what a smaller one has.
            class_name: Only of this class, where the dataset knows it; else of any.

        Raises:
            InputError: The dataset's leads, rate or length are not the codec's.
        """
        check_count(count), check_seed(seed)
        signals = self._through(codec)
        stream = np.random.default_rng([seed, 1])
        names = signals.class_names
        pool = np.flatnonzero(signals.labels == names.index(class_name)) if class_name in names else np.array([], int)
        pool = pool if len(pool) else np.arange(len(signals))
        order = stream.permutation(pool)
        # The first of every patient, then the second of each ...
        turn = np.zeros(len(order), int)
        seen: dict[Any, int] = {}
        for place, group in enumerate(signals.groups[order]):
            turn[place] = seen[group] = seen.get(group, -1) + 1
        order = np.resize(order[np.argsort(turn, kind="stable")], count)
        images = codec.encode_slices(signals.signal_mv[order]).images
        return [
            Ecg(
                self.origin,
                f"{signals.name}, patient {signals.groups[row]}, slice {row}",
                signals.signal_mv[row],
                image,
                float(codec.fs),
                tuple(codec.leads),
                names[signals.labels[row]] if signals.labels[row] >= 0 else None,
            )
            for row, image in zip(order, images, strict=True)
        ]

    def _in_codec(self, codec: Any) -> SignalSet:
        return through(codec, self.signals)


Real = RealRecords | RealDataset


def open_real(place: str, split: str) -> Real:
    """Opens what real ECGs are taken from: a prepared dataset's folder or a folder of WFDB records.

    Raises:
        InputError: It is neither, or what it holds is synthetic.
    """
    path = Path(place)
    if not path.is_dir():
        raise InputError(
            f"Real ECGs are in a folder of WFDB records or a prepared dataset's folder (dataset_info.json). "
            f"Received: real={place!r}, which is not there."
        )
    if (path / "dataset_info.json").is_file():
        return RealDataset(path, split)
    # A data folder, as 'ecg-synth prepare' fills it.
    datasets = sorted(info.parent for info in path.glob("*/*/*/dataset_info.json"))
    if len(datasets) > 1:
        raise InputError(
            f"Real ECGs come from one dataset. Received: real={place!r}, which holds {len(datasets)}. Name the folder "
            f"of one, for example {str(datasets[0])!r}."
        )
    return RealDataset(datasets[0], split) if datasets else RealRecords(path)


def _one_origin(origins: set[str], folder: Path) -> str:
    if len(origins) != 1 or "synthetic" in origins:
        raise InputError(
            f"What synthetic ECGs are held against is measured, or simulated, and all of one kind. "
            f"Received: {', '.join(sorted(origins))} records in real={str(folder)!r}."
        )
    return next(iter(origins))
