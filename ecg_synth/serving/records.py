"""Synthetic slices as WFDB records, each marked synthetic."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth.sampling.sampler import Sampler
from ecg_synth.serving.synthetic import Synthetic, begun_with
from ecg_synth.signals.diagnoses import DIAGNOSES
from ecg_synth.signals.record import EcgRecord
from ecg_synth.signals.wfdb_io import write_record


def write_records(folder: Path, generated: Iterable[Synthetic], sampler: Sampler, facts: dict[str, Any]) -> None:
    """Writes each slice as a WFDB record `synthetic_000000`, with a RECORDS file.

    The values read back are the decoded ones to 1e-6 mV where the converter's step can be half a grey level, else to
    half a step: PTB's 0.5 microvolt, for 16-bit images 1 nanovolt. Records of 8-bit images have WFDB's format 16, those
    of 16-bit images, whose steps 16 bits cannot count, format 32.
    """
    codec = sampler.codec
    with open(folder / "RECORDS", "w", encoding="utf-8") as names:
        for made in generated:
            record = EcgRecord(
                record_name=f"synthetic_{made.number:06d}",
                p_signal=made.decoded.astype(np.float64),
                fs=codec.fs,
                sig_name=codec.leads,
                patient="synthetic",
                diagnosis=made.class_name if made.class_name in DIAGNOSES else None,
                comments=synthetic_comments(facts, made.number, made.class_name, made.asked),
                origin="synthetic",
            )
            write_record(record, folder, codec.adc_gain, codec.wfdb_format)
            names.write(f"{record.record_name}\n")


def synthetic_comments(
    facts: dict[str, Any], number: int, class_name: str | None = None, asked: str = ""
) -> tuple[str, ...]:
    """Returns the header comments of a synthetic record: that it is one, what made it, and what was asked for.

    A class that PTB's headers know stands in their own line, `Reason for admission`, from which whoever reads PTB reads
    the diagnosis.

    Args:
        facts: As `synthetic.synthetic_facts` gives them.
        number: Of the slice, from 0.
        class_name: The class it was made for, if any.
        asked: The conditions it was made for, in words, if any.
    """
    of_class = () if class_name is None else (f"Class: {class_name}",)
    if class_name in DIAGNOSES:
        of_class = (f"Reason for admission: {class_name}", *of_class)
    version = facts["ecg_synth_version"]
    truncation = facts.get("truncation", 1.0)
    return (
        f"Synthetic: yes (ecg_synth {version}); made by a neural network, not recorded from a patient",
        *of_class,
        *((f"Asked for: {asked}; synthetic",) if asked else ()),
        f"Model: {facts['model']}",
        f"Preset: {facts['preset']}",
        f"Epoch: {facts['epoch']}",
        f"Seed: {facts['seed']}",
        *((f"Truncation: {truncation:g}",) if truncation != 1.0 else ()),
        f"{'Strip' if 'strip' in facts else 'Slice'}: {number}",
        *((f"Drawn as: {facts['strip']}",) if "strip" in facts else ()),
        f"Trained on: {facts['trained_on']} ({facts['trained_on_origin']})",
        *((f"Begun with: {begun_with(facts['started_from'])}",) if facts.get("started_from") else ()),
        f"Privacy audit: {facts['privacy_audit']}",
        "Not for clinical use",
    )
