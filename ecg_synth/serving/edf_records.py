"""Synthetic slices as EDF+ files, one a slice, over `pyedflib`."""

from __future__ import annotations

import datetime
import json
import math
import textwrap
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth.errors import InputError
from ecg_synth.sampling.sampler import Sampler
from ecg_synth.serving.records import synthetic_comments
from ecg_synth.serving.synthetic import SIDECAR, Synthetic, slice_facts

# EDF's specification asks for data records of at most 61,440 bytes, of which annotations take some.
RECORD_BYTES = 60_000
TICKS = 100_000
"""EDFlib counts the duration of a data record in units of 10 microseconds."""
ANNOTATION = 40
"""Characters that EDFlib keeps of an annotation."""
HIGHEST = 32767
DATE = datetime.datetime(1985, 1, 1)
"""EDF must have one; its first day is nobody's."""


def write_edf_records(folder: Path, generated: Iterable[Synthetic], sampler: Sampler, facts: dict[str, Any]) -> None:
    """Writes each slice as `synthetic_000000.edf` (EDF+C), and `synthetic.json`: what made them, in full.

    Leads are labeled `ECG II`, in mV. The patient and recording fields say `synthetic`, the equipment field names the
    version, and annotations at 0 s say what made it, in lines of 40 characters. The data records are as long as fits
    the slice without padding. The values read back are the decoded ones to 1e-6 mV where 16 bits can hold the codec's
    steps (8-bit images of the adapted range), else to half a step: 0.25 microvolt for other 8-bit images, the slice's
    highest millivolt, rounded up, by 65,534 for 16-bit ones.

    Raises:
        InputError: The slice is not a whole number of 10 microseconds long, or no data record fits it.
    """
    codec = sampler.codec
    per_record = samples_a_record(codec.length, codec.fs, len(codec.leads))
    (folder / SIDECAR).write_text(json.dumps(slice_facts(facts, codec), indent=2) + "\n", encoding="utf-8")
    for made in generated:
        path = folder / f"synthetic_{made.number:06d}.edf"
        comments = synthetic_comments(facts, made.number, made.class_name, made.asked)
        _write(path, made.decoded, codec, per_record, comments, facts["ecg_synth_version"])


def samples_a_record(length: int, fs: float, leads: int) -> int:
    """Returns the samples of the longest data records that a slice divides into.

    Raises:
        InputError: There are none whose duration EDF can state.
    """
    for count in range(1, length + 1):
        samples, rest = divmod(length, count)
        duration = samples / fs
        exact = abs(duration * TICKS - round(duration * TICKS)) < 1e-6
        if not rest and exact and 0.001 <= duration <= 60 and 2 * samples * leads <= RECORD_BYTES:
            return samples
    raise InputError(
        f"EDF states how long a data record lasts, from 1 ms to 60 s, in steps of 10 microseconds, and a slice must be "
        f"a whole number of them. Received: {length} samples at {fs:g} Hz. Choose another format, for example wfdb."
    )


def _write(
    path: Path, signal_mv: np.ndarray, codec: Any, per_record: int, comments: tuple[str, ...], version: str
) -> None:
    import pyedflib

    highest_mv, highest = _range(codec.adc_gain, float(np.abs(signal_mv).max()))
    # Rounded here: pyedflib cuts off.
    digital = np.rint(signal_mv.astype(np.float64) * (highest / highest_mv)).astype(np.int32)
    notes = [part for line in comments for part in textwrap.wrap(_ascii(line), ANNOTATION)]
    with warnings.catch_warnings(), pyedflib.EdfWriter(str(path), len(codec.leads), pyedflib.FILETYPE_EDFPLUS) as file:
        # It warns of any duration that is set, and of rates that do not fit before the rate is told.
        warnings.simplefilter("ignore")
        file.setStartdatetime(DATE)
        file.setPatientAdditional("synthetic")
        file.setRecordingAdditional("synthetic")
        file.setEquipment(f"ecg_synth_{version}")
        file.setDatarecordDuration(per_record / codec.fs)
        file.set_number_of_annotation_signals(min(64, math.ceil(len(notes) * per_record / codec.length)))
        file.setSignalHeaders(
            [
                {
                    "label": f"ECG {lead.upper()}",
                    "dimension": "mV",
                    "sample_frequency": codec.fs,
                    "physical_max": highest_mv,
                    "physical_min": -highest_mv,
                    "digital_max": highest,
                    "digital_min": -highest,
                    "transducer": "none: synthetic",
                    "prefilter": "",
                }
                for lead in codec.leads
            ]
        )
        file.writeSamples([np.ascontiguousarray(column) for column in digital.T], digital=True)
        for note in notes:
            file.writeAnnotation(0, -1, note)


def _range(gain: float, peak_mv: float) -> tuple[int, int]:
    """Whole mV and the digital value that stands for them: at the codec's own steps where 16 bits allow."""
    for highest_mv in range(int(HIGHEST // gain), max(math.ceil(peak_mv), 1) - 1, -1):
        if abs(gain * highest_mv - round(gain * highest_mv)) < 1e-6:
            return highest_mv, round(gain * highest_mv)
    return max(math.ceil(peak_mv), 1), HIGHEST


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii")
