"""Each format: read back by a library that others use, marked, streamed, and refused where it cannot be."""

import json
import sys

import numpy as np
import pandas as pd
import pyedflib
import pytest
from pyarrow import parquet

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import AcganConfig, DcganConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.models.build import build_gan
from ecg_synth.sampling.sampler import BLOCK, Sampler
from ecg_synth.serving import shards
from ecg_synth.serving.edf_records import samples_a_record
from ecg_synth.serving.synthetic import Synthetic, iter_synthetic, synthetic_facts
from ecg_synth.serving.write import WRITERS, write_synthetic
from ecg_synth.sources.databases import open_source

NAMES = ("NORM", "Healthy control")
LENGTH = 63
COUNT = 5
FACTS = {
    "model": "acgan",
    "preset": "toy",
    "epoch": 3,
    "trained_on": "ptb_ecg_images/simulated_i_ii_adapted_z",
    "trained_on_origin": "simulated",
}
FORMATS = tuple(WRITERS["slice"])


def sampler_of(model, classes=(), leads=("i", "v2"), **choice):
    codec = EcgImageCodec(leads, length=LENGTH, fs=360.0, **choice)
    codec = codec.fit([np.random.default_rng(0).normal(0, 1, (9, LENGTH, len(leads)))])
    return Sampler(build_gan(TrainConfig(model=model), codec.full_shape, len(classes), bits=codec.bits), codec, classes)


@pytest.fixture(scope="module")
def sampler():
    return sampler_of(AcganConfig(latent_dim=4, filters=(4, 8)), NAMES)


@pytest.fixture(scope="module")
def expected(sampler):
    return sampler.sample(COUNT, 7, truncation=0.8)


@pytest.fixture(scope="module")
def out(sampler, tmp_path_factory):
    """A folder a format."""
    folder = tmp_path_factory.mktemp("formats")
    for name in FORMATS:
        write_synthetic(sampler, FACTS, COUNT, 7, folder / name, file_format=name, truncation=0.8)
    return folder


class TestReadBack:
    # What the format rounds to: WFDB and EDF hold the codec's own steps, CSV nanovolts, the others the bits.
    @pytest.mark.parametrize(("name", "quantum"), [("wfdb", 1e-6), ("edf", 1e-6), ("csv", 6e-7)])
    def test_as_a_source_of_records(self, name, quantum, out, expected):
        source = open_source(name, out / name)
        assert len(source.entries) == COUNT
        for entry, signal_mv in zip(source.entries, expected.decoded, strict=True):
            record = source.read(entry, ("i", "v2"), None)
            assert (record.origin, record.sig_name) == ("synthetic", ("i", "v2"))
            assert record.fs == pytest.approx(360.0, rel=1e-9)
            np.testing.assert_allclose(record.p_signal, signal_mv, rtol=0, atol=quantum)

    def test_numpy(self, out, expected):
        (file,) = sorted((out / "numpy").iterdir())
        found = np.load(file)
        np.testing.assert_array_equal(found["signal_mv"], expected.decoded)
        np.testing.assert_array_equal(found["image"], expected.images)
        np.testing.assert_array_equal(found["number"], range(COUNT))
        assert found["class_name"].tolist() == [NAMES[label] for label in expected.labels]
        assert (found["leads"].tolist(), float(found["fs"])) == (["i", "v2"], 360.0)

    def test_parquet(self, out, expected):
        frame = pd.read_parquet(out / "parquet")
        assert list(frame) == ["origin", "number", "class", "i", "v2"]
        assert set(frame["origin"]) == {"synthetic"}
        np.testing.assert_array_equal(np.stack(frame["v2"]), expected.decoded[..., 1])
        assert frame["class"].tolist() == [NAMES[label] for label in expected.labels]

    def test_csv_with_pandas(self, out, expected):
        frame = pd.read_csv(out / "csv" / "synthetic_000001.csv", comment="#")
        assert list(frame) == ["time", "i", "v2"]
        np.testing.assert_allclose(frame["i"], expected.decoded[1, :, 0], atol=6e-7)
        assert "-0.000000" not in (out / "csv" / "synthetic_000001.csv").read_text()

    @pytest.mark.parametrize("bits", [8, 16])
    def test_edf_of_other_steps_is_within_half_of_its_own(self, bits, tmp_path):
        made = sampler_of(DcganConfig(latent_dim=4, filters=(4,)), bits=bits, standardization="minmax")
        write_synthetic(made, FACTS, 2, 0, tmp_path / "out", file_format="edf")
        decoded = made.sample(2, 0).decoded
        with pyedflib.EdfReader(str(tmp_path / "out" / "synthetic_000001.edf")) as file:
            found = np.stack([file.readSignal(k) for k in range(2)], axis=1)
        half = 0.00025 if bits == 8 else np.ceil(np.abs(decoded[1]).max()) / 65534
        np.testing.assert_allclose(found, decoded[1], rtol=0, atol=half + 1e-9)


class TestMarks:
    def test_every_file_of_text_says_what_made_it(self, out):
        wanted = (
            "Synthetic: yes (ecg_synth ",
            "Model: acgan",
            "Seed: 7",
            "Truncation: 0.8",
            "Slice: 1",
            "Class: Healthy",
        )
        for text in (out / "wfdb" / "synthetic_000001.hea", out / "csv" / "synthetic_000001.csv"):
            assert all(mark in text.read_text() for mark in wanted)
        with pyedflib.EdfReader(str(out / "edf" / "synthetic_000001.edf")) as file:
            notes = " ".join(file.readAnnotations()[2])
            assert all(mark in notes for mark in wanted)
            assert "Privacy audit: none" in notes
            assert (file.getRecordingAdditional(), file.getPatientAdditional()) == ("synthetic", "synthetic")
            assert file.getSignalLabels() == ["ECG I", "ECG V2"]
            assert file.getPhysicalDimension(0) == "mV"

    def test_every_archive_holds_the_facts(self, out):
        texts = {
            "numpy": str(np.load(out / "numpy" / "synthetic_00000.npz")["facts"]),
            "parquet": parquet.read_schema(out / "parquet" / "synthetic_00000.parquet").metadata[b"ecg_synth"],
            "edf": (out / "edf" / "synthetic.json").read_text(),
            "dicom": (out / "dicom" / "synthetic.json").read_text(),
        }
        for text in texts.values():
            found = json.loads(text)
            assert found.items() >= {**FACTS, "origin": "synthetic", "seed": 7, "truncation": 0.8, "fs": 360.0}.items()
            assert (found["unit"], found["leads"], found["privacy_audit"]) == ("mV", ["i", "v2"], "none")
        assert str(np.load(out / "numpy" / "synthetic_00000.npz")["origin"]) == "synthetic"

    @pytest.mark.parametrize("name", FORMATS)
    def test_same_seed_same_bytes(self, name, sampler, out, tmp_path):
        write_synthetic(sampler, FACTS, COUNT, 7, tmp_path / "again", file_format=name, truncation=0.8)
        files = sorted((out / name).iterdir())
        assert [path.name for path in sorted((tmp_path / "again").iterdir())] == [path.name for path in files]
        for path in files:
            assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


class TestStreaming:
    @pytest.mark.parametrize("name", FORMATS)
    def test_a_slice_is_pulled_when_those_before_are_on_disk(self, name, sampler, tmp_path, monkeypatch):
        per_shard, count = 10, 45
        monkeypatch.setattr(shards, "SHARD_BYTES", per_shard * LENGTH * 2 * 4 + per_shard * 8 * 8 * 2)
        made = sampler.sample(1, 0)
        held = []

        def generated():
            for number in range(count):
                suffixes = (".dat", ".edf", ".dcm", ".csv", ".npz", ".parquet")
                files = [path for path in tmp_path.iterdir() if path.suffix in suffixes]
                written = len(files) * (per_shard if name in ("numpy", "parquet") else 1)
                held.append(number - written)
                yield Synthetic(number, made.images[0], made.decoded[0], NAMES[0])

        WRITERS["slice"][name].write(tmp_path, generated(), sampler, synthetic_facts(FACTS, 0))
        assert max(held) < per_shard
        assert len(list(tmp_path.glob("*_0000[0-9].*"))) == (5 if name in ("numpy", "parquet") else 0)

    def test_blocks_are_drawn_when_they_are_asked_for(self, sampler, monkeypatch):
        drawn = []
        block = sampler._block
        monkeypatch.setattr(sampler, "_block", lambda *given: drawn.append(1) or block(*given))
        slices = iter_synthetic(sampler, 1_000_000, 0)
        for number in range(BLOCK + 1):
            assert next(slices).number == number
            assert len(drawn) == number // BLOCK + 1


class TestBadInput:
    def test_unknown_format(self, sampler, tmp_path):
        with pytest.raises(InputError) as caught:
            write_synthetic(sampler, FACTS, 1, 0, tmp_path / "out", file_format="edv")
        assert str(caught.value) == (
            "Unknown format in a model that generates each a slice. Received: format='edv'. Did you mean 'edf'? "
            "Valid: 'csv', 'dicom', 'edf', 'numpy', 'parquet', 'wfdb'."
        )
        assert not (tmp_path / "out").exists()

    def test_a_class_of_a_model_without_classes_leaves_nothing(self, tmp_path):
        plain = sampler_of(DcganConfig(latent_dim=4, filters=(4,)))
        for name in FORMATS:
            with pytest.raises(InputError, match="Only a model with classes"):
                write_synthetic(plain, FACTS, 1, 0, tmp_path / "out", "NORM", file_format=name)
        assert not list(tmp_path.iterdir())
        write_synthetic(plain, FACTS, 2, 0, tmp_path / "out", file_format="parquet")
        assert list(pd.read_parquet(tmp_path / "out")) == ["origin", "number", "i", "v2"]

    def test_parquet_without_pyarrow(self, sampler, tmp_path, monkeypatch):
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        with pytest.raises(InputError, match=r"Parquet is written by pyarrow.*pip install 'ecg_synth\[parquet\]'"):
            write_synthetic(sampler, FACTS, 1, 0, tmp_path / "out", file_format="parquet")
        assert not list(tmp_path.iterdir())

    def test_a_slice_that_edf_cannot_time(self):
        assert samples_a_record(2025, 1000.0, 12) == 2025
        assert samples_a_record(5000, 500.0, 12) == 2500
        assert samples_a_record(63, 360.0, 2) == 63
        with pytest.raises(InputError, match="EDF states how long a data record lasts.*61 samples at 360 Hz"):
            samples_a_record(61, 360.0, 2)
