"""Synthetic slices as WFDB records, each marked synthetic."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth._version import __version__
from ecg_synth.files import new_folder
from ecg_synth.sampling.classes import Classes
from ecg_synth.sampling.sampler import Sampler, check_count
from ecg_synth.signals.diagnoses import DIAGNOSES
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.wfdb_io import write_record


def synthetic_comments(facts: dict[str, Any], seed: int, index: int, class_name: str | None = None) -> tuple[str, ...]:
    """Returns the header comments of a synthetic record: that it is one, what made it, and the class asked for.

    A class that PTB's headers know stands in their own line, `Reason for admission`, from which whoever reads PTB reads
    the diagnosis.
    """
    of_class = () if class_name is None else (f"Class: {class_name}",)
    if class_name in DIAGNOSES:
        of_class = (f"Reason for admission: {class_name}", *of_class)
    return (
        f"Synthetic: yes (ecg_synth {__version__}); made by a neural network, not recorded from a patient",
        *of_class,
        f"Model: {facts['model']}",
        f"Preset: {facts['preset']}",
        f"Epoch: {facts['epoch']}",
        f"Seed: {seed}",
        f"Slice: {index}",
        f"Trained on: {facts['trained_on']} ({facts['trained_on_origin']})",
        "Privacy audit: none",
        "Not for clinical use",
    )


def write_synthetic_records(
    sampler: Sampler,
    facts: dict[str, Any],
    count: int,
    seed: int,
    out: str | Path,
    classes: Classes = None,
    overwrite: bool = False,
    progress: Callable[[Iterable[int]], Iterable[int]] | None = None,
) -> Path:
    """Generates slices and writes each as a WFDB record, with a RECORDS file.

    The values read back are the decoded ones to 1e-6 mV where the converter's step can be half a grey level, else to
    half a step: PTB's 0.5 microvolt, for 16-bit images 1 nanovolt. Records of 8-bit images have WFDB's format 16, those
    of 16-bit images, whose steps 16 bits cannot count, format 32.

    Args:
        sampler: A trained generator with its codec.
        facts: `Run.facts`: model, preset, epoch, trained_on, trained_on_origin.
        count: Number of records.
        seed: Seed of the latents.
        out: The folder to make.
        classes: Of a conditional model: a class, shares by class, or a list; see `Sampler.iter_blocks`.
        overwrite: Replace a folder that stands there.
        progress: Wraps the indices of the slices, as tqdm does.

    Returns:
        `out`.

    Raises:
        InputError: `count` or `seed` is out of range, `classes` does not fit the model, or `out` is not empty and
            `overwrite` is False.
        StorageError: The disk is full; what stood there is unchanged.
    """
    codec = sampler.codec
    check_count(count)
    indices = iter(progress(range(count)) if progress else range(count))
    with new_folder(out, overwrite) as folder:
        names = []
        for block in sampler.iter_blocks(count, seed, classes):
            for signal_mv, label in zip(block.decoded, block.labels, strict=True):
                index = next(indices)
                name = sampler.class_names[label] if sampler.class_names else None
                record = EcgRecord(
                    record_name=f"synthetic_{index:06d}",
                    p_signal=signal_mv.astype(np.float64),
                    fs=codec.fs,
                    sig_name=codec.leads,
                    patient="synthetic",
                    diagnosis=name if name in DIAGNOSES else None,
                    comments=synthetic_comments(facts, seed, index, name),
                    origin="synthetic",
                )
                write_record(record, folder, codec.adc_gain, codec.wfdb_format)
                names.append(record.record_name)
        # A progress bar ends only when its iterable does.
        for _ in indices:
            pass
        (folder / "RECORDS").write_text("\n".join(names) + "\n", encoding="utf-8")
    return Path(out)
