"""DICOM waveforms: read back by pydicom, valid by DICOM's own rules, marked wherever a reader looks."""

import shutil
import subprocess
import sys
from typing import ClassVar

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.sr.codedict import codes

from ecg_synth.codec import EcgImageCodec
from ecg_synth.errors import InputError, StorageError
from ecg_synth.serving.dicom_records import digitize, write_dicom_records
from ecg_synth.serving.synthetic import Synthetic, synthetic_facts
from ecg_synth.serving.write import write_synthetic
from ecg_synth.signals.leads import PTB_15, STANDARD_12

FACTS = {
    "model": "flow\\shortcut",
    "preset": "flow",
    "epoch": 3,
    "trained_on": "ptb_ecg_images/i",
    "trained_on_origin": "measured",
}
DCIODVFY = shutil.which("dciodvfy")


class Told:
    """What a writer asks of a sampler."""

    facts: ClassVar[dict] = {}

    def __init__(self, leads=STANDARD_12, length=63, fs=500.0, **choice):
        self.codec = EcgImageCodec(leads, length=length, fs=fs, **choice)

    def slices(self, count=2, class_name="Größe <1>", scale=0.5, seed=0):
        shape = (count, self.codec.length, len(self.codec.leads))
        signals = np.random.default_rng(seed).normal(0, scale, shape).astype(np.float32)
        return [Synthetic(number, np.zeros(0), signal, class_name) for number, signal in enumerate(signals)]


def written(folder, told, seed=7, facts=FACTS, **choice):
    folder.mkdir(exist_ok=True)
    slices = told.slices(**choice)
    write_dicom_records(folder, slices, told, synthetic_facts(facts, seed))
    return slices, [pydicom.dcmread(path) for path in sorted(folder.glob("*.dcm"))]


class TestReadBack:
    @pytest.mark.parametrize(
        ("leads", "kind"),
        [
            (STANDARD_12, "12-lead ECG Waveform Storage"),
            (STANDARD_12[::-1], "12-lead ECG Waveform Storage"),
            (PTB_15, "General ECG Waveform Storage"),
            (("v3r", "v9", "x"), "General ECG Waveform Storage"),
        ],
    )
    @pytest.mark.parametrize("bits", [8, 16])
    def test_within_one_unit(self, leads, kind, bits, tmp_path):
        told = Told(leads, bits=bits)
        slices, found = written(tmp_path / "out", told)
        assert len(found) == len(slices) == 2
        for data, made in zip(found, slices, strict=True):
            assert data.SOPClassUID.name == kind
            (group,) = data.WaveformSequence
            assert (group.SamplingFrequency, group.WaveformSampleInterpretation) == (500.0, "SS")
            assert [channel.ChannelLabel for channel in group.ChannelDefinitionSequence] == [x.upper() for x in leads]
            unit = float(group.ChannelDefinitionSequence[0].ChannelSensitivity)
            microvolt = 1000.0 * made.decoded.astype(np.float64)
            np.testing.assert_allclose(data.waveform_array(0), microvolt, rtol=0, atol=unit * 0.5001)
            # The codec's own step, or as fine as 16 bits allow.
            assert unit == pytest.approx(1000 / told.codec.adc_gain if bits == 8 else np.abs(microvolt).max() / 32767)

    def test_leads_have_the_codes_of_their_names(self, tmp_path):
        _, (data, _) = written(tmp_path / "out", Told())
        sources = [channel.ChannelSourceSequence[0] for channel in data.WaveformSequence[0].ChannelDefinitionSequence]
        assert {source.CodingSchemeDesignator for source in sources} == {"MDC"}
        numbers = [1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8]
        assert [source.CodeValue for source in sources] == [f"2:{number}" for number in numbers]
        assert sources[0].CodeMeaning == codes.cid3001.LeadI.meaning

    def test_what_the_codec_decodes_to_keeps_every_bit(self, tmp_path):
        told = Told(("ii",), length=2025, fs=1000.0)
        levels = np.random.default_rng(0).integers(0, 256, (1, 45, 45, 1), np.uint8)
        decoded = told.codec.decode(levels)[0]
        write_dicom_records(tmp_path, [Synthetic(0, levels[0], decoded, None)], told, synthetic_facts(FACTS, 0))
        found = pydicom.dcmread(tmp_path / "synthetic_000000.dcm").waveform_array(0)
        np.testing.assert_allclose(found / 1000, decoded, rtol=0, atol=1e-6)

    def test_long_twelve_leads_are_a_general_ecg(self, tmp_path):
        _, (data,) = written(tmp_path / "out", Told(length=16385, fs=1000.0), count=1)
        assert data.SOPClassUID.name == "General ECG Waveform Storage"

    @given(st.floats(1e-6, 50.0), st.sampled_from((2000.0, 1e6, 204.0)))
    def test_digitize_uses_what_16_bits_hold(self, peak, gain):
        signal = np.array([[peak], [-peak], [0.0], [peak / 3]])
        samples, sensitivity = digitize(signal, gain)
        assert len(sensitivity) <= 16
        unit = float(sensitivity)
        assert unit >= 1000.0 / gain * (1 - 1e-12)
        np.testing.assert_allclose(samples * unit, 1000 * signal, rtol=0, atol=0.5001 * unit)


class TestMarks:
    def test_wherever_a_reader_looks(self, tmp_path):
        _, (_, data) = written(tmp_path / "out", Told())
        assert (data.SyntheticData, data.ContentQualification, data.QualityControlSubject) == ("YES", "RESEARCH", "YES")
        group = data.WaveformSequence[0]
        assert (group.WaveformOriginality, group.MultiplexGroupLabel) == ("DERIVED", "SYNTHETIC")
        texts = [str(data.PatientName), data.PatientID, data.StudyID, data.StudyDescription, data.SeriesDescription]
        texts += [channel.ChannelDerivationDescription for channel in group.ChannelDefinitionSequence]
        assert all(text.startswith("SYNTHETIC") for text in texts)
        notes = [note.UnformattedTextValue for note in data.WaveformAnnotationSequence]
        for told in (notes, data.PatientComments.split("\r\n")):
            assert told[0].startswith("Synthetic: yes (ecg_synth ")
            assert {"Model: flow\\shortcut", "Seed: 7", "Slice: 1", "Class: Größe <1>"} < set(told)
        # A backslash would make two values of a short text.
        assert data.ManufacturerModelName == "SYNTHETIC: flow/shortcut"
        assert (data.PatientBirthDate, data.PatientSex, data.StudyDate) == ("", "", "19850101")

    def test_every_slice_of_every_model_is_its_own_patient(self, tmp_path):
        _, found = written(tmp_path / "one", Told())
        for number, change in enumerate(({"seed": 8}, {"facts": {**FACTS, "epoch": 4}}, {"scale": 0.4})):
            found += written(tmp_path / str(number), Told(), **change)[1]
        for name in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "PatientID"):
            assert len({data[name].value for data in found}) == len(found) == 8
        assert all(data.SOPInstanceUID.is_valid for data in found)

    @pytest.mark.skipif(DCIODVFY is None, reason="dciodvfy is not here: apt-get install dicom3tools")
    @pytest.mark.parametrize("leads", [STANDARD_12, ("i",)])
    def test_dciodvfy(self, leads, tmp_path):
        written(tmp_path / "out", Told(leads))
        done = subprocess.run([DCIODVFY, tmp_path / "out" / "synthetic_000000.dcm"], capture_output=True, text=True)
        said = (done.stdout + done.stderr).splitlines()
        # Synthetic Data is younger than the standard that Debian's knows.
        assert not [line for line in said if line.startswith("Error") and "(0x0008,0x001c)" not in line]


class TestBadInput:
    @pytest.mark.parametrize(
        ("told", "message"),
        [
            ({"fs": 100.0}, "DICOM's ECG waveforms have 200 to 1000 samples a second. Received: fs=100 Hz. Choose"),
            ({"fs": 2000.0}, "200 to 1000 samples a second. Received: fs=2000 Hz"),
            ({"leads": ("i", "mlii")}, "DICOM knows an ECG's leads by the codes of .* Received: lead='mlii'. Choose"),
            ({"leads": tuple(f"v{n}" for n in range(25))}, "at most 24 leads. Received: 25 leads. Choose"),
        ],
    )
    def test_what_dicom_has_no_place_for(self, told, message, tmp_path):
        with pytest.raises(InputError, match=message):
            written(tmp_path / "out", Told(**told))
        assert not list((tmp_path / "out").iterdir())

    def test_without_pydicom(self, tmp_path, monkeypatch):
        monkeypatch.setitem(sys.modules, "pydicom", None)
        message = r"The format dicom needs packages that.*Received: missing=pydicom.*pip install 'ecg_synth\[dicom\]'"
        with pytest.raises(InputError, match=message):
            written(tmp_path / "out", Told())

    def test_a_place_that_cannot_be_written(self, tmp_path, monkeypatch):
        told = Told()
        told.family = type("Family", (), {"noun": "slice"})
        monkeypatch.setattr("ecg_synth.serving.write.iter_synthetic", lambda *_: told.slices())

        def full(self, path, **_):
            raise OSError(28, "No space left on device", str(path))

        monkeypatch.setattr(pydicom.Dataset, "save_as", full)
        with pytest.raises(StorageError, match="The disk is full"):
            write_synthetic(told, FACTS, 2, 0, tmp_path / "out", file_format="dicom")
        (tmp_path / "file").write_text("")
        with pytest.raises(InputError, match="must be a folder"):
            write_synthetic(told, FACTS, 2, 0, tmp_path / "file", file_format="dicom")
        assert [path.name for path in tmp_path.iterdir()] == ["file"]
