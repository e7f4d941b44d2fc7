"""Synthetic slices as DICOM waveforms, one a slice, over `pydicom`."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth.errors import InputError, check_packages
from ecg_synth.sampling.sampler import Sampler
from ecg_synth.serving.records import synthetic_comments
from ecg_synth.serving.synthetic import SIDECAR, Synthetic, slice_facts
from ecg_synth.signals.leads import STANDARD_12

LOWEST_FS, HIGHEST_FS = 200.0, 1000.0
MOST_LEADS = 24
MOST_SAMPLES = 16384
"""Of the 12-lead ECG; the general one has no such limit."""
HIGHEST = 32767
DATE, TIME = "19850101", "000000"
"""DICOM must have one; that of our EDF files, and nobody's."""
AUGMENTED = {"avr": "AvrAugmentedVoltageRight", "avl": "AvlAugmentedVoltageLeft", "avf": "AvfAugmentedVoltageFoot"}
FRANK = {"vx": "LeadX", "vy": "LeadY", "vz": "LeadZ"}


def write_dicom_records(folder: Path, generated: Iterable[Synthetic], sampler: Sampler, facts: dict[str, Any]) -> None:
    """Writes each slice as `synthetic_000000.dcm`, and `synthetic.json`: what made them, in full.

    The twelve standard leads of at most 16,384 samples become a 12-lead ECG Waveform, others a General ECG Waveform
    (PS3.3 A.34.3, A.34.4), in explicit little endian: 16 bits a sample, in microvolts by the channels' sensitivity.
    What is read back is within half a step of what was decoded: the codec's own step, at which 8-bit images of the
    adapted range are whole, where 16 bits hold it, else the slice's highest voltage by 32,767.

    Each slice is a patient and a study of its own, with identifiers that follow from what made it and from its samples:
    the same seed gives the same bytes, and no archive takes two models' slices for one. Every place that the standard
    has for it says that it is synthetic: Synthetic Data (YES), Waveform Originality (DERIVED), Quality Control Subject
    (YES), Content Qualification (RESEARCH), the names and descriptions of patient, study, series and channels, Patient
    Comments and the annotations.

    Raises:
        InputError: `pydicom` is not installed, or DICOM has no place for the rate, the leads or their number.
    """
    check_packages("The format dicom", ("pydicom",), "dicom")
    codec = sampler.codec
    channels = _channels(codec.leads, codec.fs)
    (folder / SIDECAR).write_text(json.dumps(slice_facts(facts, codec), indent=2) + "\n", encoding="utf-8")
    for made in generated:
        comments = synthetic_comments(facts, made.number, made.class_name, made.asked)
        samples, sensitivity = digitize(made.decoded, codec.adc_gain)
        for channel in channels:
            channel.ChannelSensitivity = sensitivity
        _dataset(samples, channels, codec, comments, facts, made.number).save_as(
            folder / f"synthetic_{made.number:06d}.dcm", enforce_file_format=True
        )


def digitize(signal_mv: np.ndarray, gain: float) -> tuple[np.ndarray, str]:
    """Returns int16 samples, and the microvolts of one unit as DICOM writes numbers, in 16 characters.

    Args:
        signal_mv: (length, leads) in mV.
        gain: Units per mV that hold the values as they are, and are taken where 16 bits can.
    """
    from pydicom.valuerep import format_number_as_ds

    microvolt = signal_mv.astype(np.float64) * 1000.0
    sensitivity = format_number_as_ds(float(max(1000.0 / gain, np.abs(microvolt).max() / HIGHEST)))
    return np.rint(microvolt / float(sensitivity)).astype("<i2"), sensitivity


def _channels(leads: tuple[str, ...], fs: float) -> list[Any]:
    from pydicom.dataset import Dataset
    from pydicom.sr.codedict import codes
    from pydicom.sr.coding import Code

    if not LOWEST_FS <= fs <= HIGHEST_FS:
        raise InputError(
            f"DICOM's ECG waveforms have {LOWEST_FS:g} to {HIGHEST_FS:g} samples a second. Received: fs={fs:g} Hz. "
            f"Choose another format, for example wfdb."
        )
    if len(leads) > MOST_LEADS:
        raise InputError(
            f"A group of DICOM's ECG waveforms has at most {MOST_LEADS} leads. Received: {len(leads)} leads. "
            f"Choose another format, for example wfdb."
        )
    known = set(codes.cid3001.dir())
    found = []
    for number, lead in enumerate(leads, start=1):
        keyword = {**AUGMENTED, **FRANK}.get(lead, f"Lead{lead.upper()}")
        if keyword not in known:
            raise InputError(
                f"DICOM knows an ECG's leads by the codes of ISO/IEEE 11073 (CID 3001): i, ii, iii, avr, avl, avf, "
                f"v1 to v9, v2r to v9r, x, y, z, vx, vy, vz. Received: lead={lead!r}. "
                f"Choose another format, for example wfdb."
            )
        channel = Dataset()
        channel.WaveformChannelNumber = number
        channel.ChannelLabel = lead.upper()
        channel.ChannelSourceSequence = [_code(getattr(codes.cid3001, keyword))]
        channel.ChannelDerivationDescription = "SYNTHETIC: made by a neural network"
        channel.ChannelSensitivityUnitsSequence = [_code(Code("uV", "UCUM", "microvolt"))]
        channel.ChannelSensitivityCorrectionFactor = "1"
        channel.ChannelBaseline = "0"
        channel.ChannelSampleSkew = "0"
        channel.WaveformBitsStored = 16
        found.append(channel)
    return found


def _code(concept: Any) -> Any:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue = concept.value
    item.CodingSchemeDesignator = concept.scheme_designator
    item.CodeMeaning = concept.meaning
    return item


def _dataset(
    samples: np.ndarray, channels: list[Any], codec: Any, comments: tuple[str, ...], facts: dict[str, Any], number: int
) -> Any:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, GeneralECGWaveformStorage, TwelveLeadECGWaveformStorage

    is_twelve = set(codec.leads) == set(STANDARD_12) and len(codec.leads) == 12 and codec.length <= MOST_SAMPLES
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SpecificCharacterSet = "ISO_IR 192"
    data.SOPClassUID = TwelveLeadECGWaveformStorage if is_twelve else GeneralECGWaveformStorage
    name = _name(samples, comments, facts)
    data.SOPInstanceUID, data.StudyInstanceUID, data.SeriesInstanceUID = (
        f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, f'ecg_synth {kind} {name}').int}" for kind in ("SOP", "study", "series")
    )
    data.SyntheticData = "YES"
    data.ContentQualification = "RESEARCH"
    data.QualityControlSubject = "YES"
    data.PatientName = f"SYNTHETIC^ECG {number}"
    data.PatientID = f"SYNTHETIC-{name[:16]}"
    data.PatientBirthDate, data.PatientSex = "", ""
    data.PatientComments = "\r\n".join(comments)
    data.StudyDate = data.ContentDate = DATE
    data.StudyTime = data.ContentTime = TIME
    data.AcquisitionDateTime = f"{DATE}{TIME}"
    data.ReferringPhysicianName, data.AccessionNumber = "", ""
    data.StudyID = "SYNTHETIC"
    data.StudyDescription = "SYNTHETIC ECG, not of a patient, not for clinical use"
    data.SeriesDescription = _short(f"SYNTHETIC ECG, {facts['preset']}, epoch {facts['epoch']}, seed {facts['seed']}")
    data.Modality = "ECG"
    data.SeriesNumber, data.InstanceNumber = 1, number + 1
    data.Manufacturer = "ecg_synth"
    data.ManufacturerModelName = _short(f"SYNTHETIC: {facts['model']}")
    data.SoftwareVersions = facts["ecg_synth_version"]
    data.AcquisitionContextSequence = []
    data.WaveformSequence = [_group(samples, channels, codec)]
    data.WaveformAnnotationSequence = [_annotation(line) for line in comments]
    return data


def _group(samples: np.ndarray, channels: list[Any], codec: Any) -> Any:
    from pydicom.dataset import Dataset
    from pydicom.valuerep import format_number_as_ds

    group = Dataset()
    group.MultiplexGroupLabel = "SYNTHETIC"
    group.WaveformOriginality = "DERIVED"
    group.NumberOfWaveformSamples, group.NumberOfWaveformChannels = samples.shape
    group.SamplingFrequency = format_number_as_ds(float(codec.fs))
    group.ChannelDefinitionSequence = channels
    group.WaveformBitsAllocated = 16
    group.WaveformSampleInterpretation = "SS"
    group.WaveformData = samples.tobytes()
    return group


def _annotation(text: str) -> Any:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.UnformattedTextValue = text[:1024]
    # All channels of the first group.
    item.ReferencedWaveformChannels = [1, 0]
    return item


def _name(samples: np.ndarray, comments: tuple[str, ...], facts: dict[str, Any]) -> str:
    # The samples too: two runs of one preset, data set and epoch are told apart by nothing else.
    told = json.dumps([comments, facts], sort_keys=True, default=str)
    return hashlib.sha256(told.encode() + samples.tobytes()).hexdigest()


def _short(text: str) -> str:
    """What a short text of DICOM (LO) may be; a backslash would end it."""
    return text.replace("\\", "/")[:64]
