"""Sets to judge: the real ones of a prepared dataset, and a candidate from wherever it comes.

A measured slice is decoded as a generated one is, without its stored offset, and what comes from elsewhere goes through
the dataset's codec once: what the codec did to one it did to the other, and neither level nor rounding tells them
apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth.codec import EcgImageCodec
from ecg_synth.data.classes import class_map
from ecg_synth.data.prepared import Prepared, open_prepared
from ecg_synth.data.slice_set import UNKNOWN_LABEL
from ecg_synth.errors import InputError
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.models.pretrained import place_of
from ecg_synth.signals.leads import normalize_lead
from ecg_synth.signals.wfdb_folder import list_records
from ecg_synth.signals.wfdb_io import read_record


def real_set(prepared: Prepared, split: str, classes: Sequence[str] = ()) -> SignalSet:
    """Returns a split of a prepared dataset in mV.

    Args:
        prepared: A dataset of ECGs.
        split: Its split.
        classes: Classes to keep, in order, as `ecg_synth.data.classes.with_classes` takes them; all others, and slices
            of unknown class, are left out. Empty keeps everything.

    Raises:
        InputError: The dataset is of tables or pictures, or there is no such split or class.
    """
    codec = check_ecg(prepared.codec, prepared.name)
    signals, labels, patients = [], [], []
    for batch in prepared.iter_batches(split):
        signals.append(codec.decode(batch["image"]))
        labels.append(batch["label"].astype(np.int64))
        patients.append(batch["patient"].astype(str))
    names = prepared.class_names
    found = SignalSet.of(
        np.concatenate(signals),
        codec.fs,
        tuple(codec.leads),
        f"{prepared.name}, {split}",
        prepared.origin,
        np.concatenate(patients),
        np.concatenate(labels),
        names,
    )
    return only(found, classes)


def only(signals: SignalSet, classes: Sequence[str]) -> SignalSet:
    """Returns the slices of some classes, joined and named as `classes` says; all of them where it is empty."""
    if not classes:
        return signals
    names, new = class_map(signals.class_names, classes, signals.name)
    labels = new[signals.labels]
    kept = labels != UNKNOWN_LABEL
    if not kept.any():
        raise InputError(f"A judgement needs slices of the classes {names!r}. Received: none in {signals.name!r}.")
    return replace(signals.take(kept), labels=labels[kept], class_names=names)


def candidate_set(
    place: str | Path,
    like: SignalSet,
    codec: EcgImageCodec,
    count: int,
    seed: int,
    split: str = "train",
    best: bool = False,
) -> SignalSet:
    """Returns what is to be judged, `count` slices of it where there are more.

    Args:
        place: A run folder of `ecg-synth train`, which is sampled; a folder of WFDB records, as `ecg-synth generate`
            writes them; a prepared dataset (the folder with `dataset_info.json`); or a `.npy` file, float
            `(n, length, leads)` in mV, of the leads, rate and length of `like`.
        like: The real slices to compare with: leads, rate and length.
        codec: Codec of their dataset, which slices go through that were not decoded by the same.
        count: How many slices.
        seed: Seed of the sampling, or of the draw.
        split: Of a prepared dataset.
        best: Of a run: take the weights that were best by `--evaluate-every`, not the last.

    Raises:
        InputError: The place is none of these, or its leads, rate or length are others.
    """
    path = place_of(place)
    if (path / "config.json").is_file():
        found, own = _sampled(path, count, seed, best)
        return found if _images_of(own) == _images_of(codec) else through(codec, found)
    if (path / "dataset_info.json").is_file():
        return through(codec, real_set(open_prepared(path), split).draw(count, seed))
    if (path / "RECORDS").is_file():
        return through(codec, _records(path, like).draw(count, seed))
    if path.suffix == ".npy" and path.is_file():
        return through(codec, _array(path, like).draw(count, seed))
    raise InputError(
        f"What is judged is a run folder of 'ecg-synth train' (it has config.json), a folder of WFDB records (it has "
        f"RECORDS), a prepared dataset's folder (dataset_info.json), or a .npy file of (n, length, leads) in mV. "
        f"Received: {str(place)!r}, which is {'none of them' if path.exists() else 'not there'}."
    )


def _images_of(codec: EcgImageCodec) -> dict[str, Any]:
    """The codec's config without what says where slices are cut, which is past when images are decoded."""
    return {name: value for name, value in codec.get_config().items() if name not in ("stride", "align")}


def through(codec: EcgImageCodec, signals: SignalSet) -> SignalSet:
    """Returns the slices encoded and decoded: cut to the codec's range and rounded to its levels.

    Raises:
        InputError: Their leads, length or rate are not the codec's.
    """
    if (signals.leads, signals.length, signals.fs) != (tuple(codec.leads), codec.length, codec.fs):
        raise InputError(
            f"Slices are judged that the dataset's codec can hold: {codec.length} samples at {codec.fs:g} Hz, leads "
            f"{tuple(codec.leads)!r}. Received: {signals.length} samples at {signals.fs:g} Hz, leads "
            f"{signals.leads!r} in {signals.name!r}. Choose another dataset, or make slices like it."
        )
    return signals.with_signal(codec.decode(codec.encode_slices(signals.signal_mv).images))


def check_ecg(codec: Any, where: str) -> EcgImageCodec:
    """Returns the codec when it is one of ECGs; raises `InputError` otherwise."""
    if not isinstance(codec, EcgImageCodec):
        raise InputError(
            f"Slices of ECGs are judged here. Received: {where}, whose images are decoded by "
            f"{type(codec).__name__}. For a table of rows see ecg_synth.metrics.tables."
        )
    return codec


def _sampled(path: Path, count: int, seed: int, best: bool) -> tuple[SignalSet, EcgImageCodec]:
    from ecg_synth.sampling.load import load_sampler

    sampler, facts = load_sampler(path, best)
    codec = check_ecg(sampler.codec, str(path))
    samples = sampler.sample(count, seed)
    found = SignalSet.of(
        samples.decoded,
        codec.fs,
        tuple(codec.leads),
        f"{path.name} (preset {facts['preset']}, epoch {facts['epoch']})",
        "synthetic",
        labels=samples.labels,
        class_names=sampler.class_names,
    )
    return found, codec


def _records(path: Path, like: SignalSet) -> SignalSet:
    slices, groups, classes, origins = [], [], [], set()
    for name in list_records(path, "synthetic"):
        record = read_record(path / name, like.leads, like.fs, name)
        samples = record.p_signal
        whole = len(samples) // like.length
        if not whole:
            raise InputError(
                f"A record must be as long as a slice, {like.length} samples at {like.fs:g} Hz. Received: "
                f"{len(samples)} in {path / name}."
            )
        slices += list(samples[: whole * like.length].reshape(whole, like.length, -1))
        groups += [record.patient] * whole
        classes += [_class_of(record)] * whole
        origins.add(record.origin)
    if len(origins) > 1:
        raise InputError(f"Records of one kind are judged. Received: {sorted(origins)} in {path}. Judge them apart.")
    class_names = tuple(sorted({name for name in classes if name is not None}))
    labels = np.array([UNKNOWN_LABEL if name is None else class_names.index(name) for name in classes], np.int64)
    kept = np.asarray(np.isfinite(slices).all(axis=(1, 2)))
    if not kept.any():
        raise InputError(f"A judgement needs slices without NaN. Received: none of {len(kept)} in {path}.")
    return SignalSet.of(
        np.stack(slices)[kept],
        like.fs,
        like.leads,
        path.name,
        origins.pop(),
        np.array(groups)[kept],
        labels[kept],
        class_names,
    )


def _class_of(record: Any) -> str | None:
    stated = [line.partition(":")[2].strip() for line in record.comments if line.startswith("Class:")]
    return stated[0] if stated else record.diagnosis


def _array(path: Path, like: SignalSet) -> SignalSet:
    try:
        array = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise InputError(f"{path} is not a NumPy array ({type(error).__name__}: {error}).") from None
    array = array[..., None] if array.ndim == 2 else array
    wanted = (like.length, len(like.leads))
    if array.ndim != 3 or array.shape[1:] != wanted or array.dtype.kind not in "fiu":
        leads = ", ".join(normalize_lead(lead) for lead in like.leads)
        raise InputError(
            f"The array must hold numbers (n, {wanted[0]}, {wanted[1]}): slices in mV at {like.fs:g} Hz, of the leads "
            f"{leads}. Received: shape {array.shape}, dtype {array.dtype} in {path}."
        )
    return SignalSet.of(array, like.fs, like.leads, path.stem, "synthetic")
