"""Strips: their laws, every format, and models that cannot."""

import dataclasses
import re

import numpy as np
import pytest

import ecg_synth.sampling.sampler
import ecg_synth.sampling.strips
from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import DcganConfig, FlowClassesConfig, FlowConfig, ShortcutConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.models import build_gan, get_preset
from ecg_synth.sampling.sampler import Sampler
from ecg_synth.sampling.strips import StripSampler
from ecg_synth.serving.write import WRITERS, write_synthetic
from ecg_synth.signals.r_peaks import find_r_peaks
from ecg_synth.sources.databases import open_source

BLOCK = 8
SMALL = {"grid": 64, "filters": (8, 16), "patch": 2, "steps": 2, "ema": 0.0}
NAMES = ("NORM", "MI", "CD")
FACTS = dict.fromkeys(("model", "preset", "epoch", "trained_on", "trained_on_origin"), "x")
SLICE_S = 250 / 125


def sampler_of(family=FlowConfig, names=(), leads=("i",), **choice):
    codec = EcgImageCodec(leads, **{"length": 250, "fs": 125.0, **choice})
    config = dataclasses.replace(get_preset("flow-small"), model=family(**SMALL))
    flow = build_gan(config, codec.full_shape, len(names), codec.get_config())
    stream = np.random.default_rng(1)
    for weight in flow.velocity.weights:
        weight.assign(weight + 0.1 * stream.standard_normal(weight.shape))
    flow.sampler.deviation.assign(0.1 * np.ones(len(codec.stored_leads)))
    return Sampler(flow, codec, names)


@pytest.fixture(scope="module", autouse=True)
def small_blocks():
    """Blocks of 8 in place of 64: what is drawn and thrown away takes time."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (ecg_synth.sampling.sampler, ecg_synth.sampling.strips):
            patch.setattr(module, "BLOCK", BLOCK)
        yield


@pytest.fixture(scope="module")
def sampler():
    return sampler_of()


@pytest.fixture(scope="module")
def strips(sampler):
    return StripSampler(sampler, 5.0)


@pytest.fixture(scope="module")
def told():
    return sampler_of(FlowClassesConfig, NAMES, ("i", "v2"), arrangement="hilbert")


@pytest.fixture(scope="module")
def derived():
    return sampler_of(ShortcutConfig, (), ("i", "ii", "iii", "avr", "avl", "avf"), independent=True)


class TestLaws:
    @pytest.mark.parametrize("name", ["told", "derived"])
    def test_a_strip_of_one_slice_is_the_slice_but_for_its_levels(self, name, request):
        sampler = request.getfixturevalue(name)
        slices, strips = sampler.sample(5, 3), StripSampler(sampler, SLICE_S).sample(5, 3)
        assert strips.decoded.shape == slices.decoded.shape
        # Half a level, and that of the median, twice where Goldberger's leads add two up.
        np.testing.assert_allclose(strips.decoded, slices.decoded, atol=2 * 2.5 / 255)
        np.testing.assert_array_equal(strips.labels, slices.labels)

    def test_a_strip_depends_on_its_seed_and_number_alone(self, strips):
        many, few = strips.sample(BLOCK + 2, 7), strips.sample(3, 7)
        np.testing.assert_array_equal(few.decoded, many.decoded[:3])
        assert many.decoded.shape == (BLOCK + 2, 625, 1)
        assert many.images.shape == (BLOCK + 2, 0)
        flat = many.decoded.reshape(len(many.decoded), -1)
        assert len(np.unique(flat, axis=0)) == BLOCK + 2
        assert (strips.sample(3, 8).decoded != few.decoded).any(axis=(1, 2)).all()

    def test_a_mix_draws_the_classes_of_the_slices(self, told):
        mix, strips = {"NORM": 1, "CD": 1}, StripSampler(told, 4.5, steady=False)
        drawn, other = strips.sample(7, 5, mix), strips.sample(7, 5, "MI")
        np.testing.assert_array_equal(drawn.labels, told.sample(7, 5, mix).labels)
        assert (drawn.decoded != other.decoded).any(axis=(1, 2)).all()
        assert drawn.decoded.shape == (7, 562, 2)

    def test_beats_become_steady(self, sampler):
        """Beats that stand anywhere are put a steady distance apart, and one that stands out is like the others."""
        strips = StripSampler(sampler, 10.0)
        times = np.arange(-30, 50) / 125
        beat = np.exp(-((times / 0.02) ** 2)) + 0.2 * np.exp(-(((times - 0.25) / 0.05) ** 2))
        strip = np.zeros((1250, 1))
        for place in (80, 200, 270, 420, 500, 640, 790, 860, 960, 1100, 1190):
            strip[place - 30 : place + 50, 0] += beat * (0.5 if place == 640 else 1.0)
        grid = strip[np.rint((np.arange(320) + 0.5) / 320 * 1250 - 0.5).astype(int)]
        # Of a flow without noise at this time the ECG is what it is, times the time.
        found = strips._turned(strips._long.time * grid, grid, strip, [0, 0]) / strips._long.time
        peaks = find_r_peaks(found, 32.0)
        before, after = np.diff(find_r_peaks(strip, 125.0)), np.diff(peaks)
        assert before.std() > 0.25 * before.mean()
        assert after.std() < 0.1 * after.mean()
        heights = found[peaks[1:-1], 0]
        assert heights.min() > 0.7 * np.median(heights)
        # A heart rate that is asked for is the strip's.
        asked = strips._turned(strips._long.time * grid, grid, strip, [0, 0], 0.6) / strips._long.time
        assert np.diff(find_r_peaks(asked, 32.0)).mean() == pytest.approx(0.6 * 32, rel=0.05)


class TestFiles:
    @pytest.mark.parametrize(("name", "quantum"), [("wfdb", 2.6e-4), ("edf", 2.6e-4), ("csv", 6e-7)])
    def test_as_a_source_of_records(self, strips, tmp_path, name, quantum):
        write_synthetic(strips, FACTS, 3, 4, tmp_path / "out", file_format=name)
        source = open_source(name, tmp_path / "out")
        for entry, signal_mv in zip(source.entries, strips.sample(3, 4).decoded, strict=True):
            record = source.read(entry, ("i",), None)
            assert record.origin == "synthetic"
            np.testing.assert_allclose(record.p_signal, signal_mv, rtol=0, atol=quantum)
        text = "".join(path.read_text(errors="ignore") for path in (tmp_path / "out").iterdir())
        assert "5 s by a network of 2 s, beats moved to a steady rhythm" in text

    def test_numpy_has_no_images(self, sampler, strips, tmp_path):
        write_synthetic(sampler, FACTS, 3, 4, tmp_path / "out", file_format="numpy", seconds=5.0)
        found = np.load(tmp_path / "out" / "synthetic_00000.npz")
        np.testing.assert_array_equal(found["signal_mv"], strips.sample(3, 4).decoded)
        assert "image" not in found

    def test_parquet(self, strips, tmp_path):
        parquet = pytest.importorskip("pyarrow.parquet")
        write_synthetic(strips, FACTS, 3, 4, tmp_path / "out", file_format="parquet")
        column = parquet.read_table(tmp_path / "out")["i"].to_pylist()
        np.testing.assert_array_equal(np.array(column, np.float32), strips.sample(3, 4).decoded[..., 0])

    def test_dicom(self, tmp_path):
        pydicom = pytest.importorskip("pydicom")
        sampler = sampler_of(fs=250.0)
        write_synthetic(sampler, FACTS, 1, 4, tmp_path / "out", file_format="dicom", seconds=2.0)
        found = pydicom.dcmread(tmp_path / "out" / "synthetic_000000.dcm").waveform_array(0)
        expected = StripSampler(sampler, 2.0).sample(1, 4).decoded[0]
        assert found.shape == (500, 1)
        np.testing.assert_allclose(found / 1000, expected, atol=5e-4)

    def test_every_format_was_tried(self):
        assert set(WRITERS["slice"]) == {"wfdb", "edf", "dicom", "csv", "numpy", "parquet"}


class TestRefusals:
    @pytest.mark.parametrize("seconds", [1.99, 60.01, float("nan"), float("inf"), -10, True, "10", None])
    def test_bad_lengths(self, sampler, seconds):
        rule = f"A strip is from 2 s, the length of a slice, to 60 s long. Received: seconds={seconds!r}. Leave seconds"
        with pytest.raises(InputError, match=re.escape(rule)):
            StripSampler(sampler, seconds)

    def test_gans(self, tmp_path):
        codec = EcgImageCodec(length=250, fs=125.0)
        gan = build_gan(TrainConfig(model=DcganConfig(latent_dim=4, filters=(4, 8))), codec.full_shape)
        rule = (
            "Only a flow draws strips.*Received: seconds=10.0 and a model Dcgan. Leave seconds out.*pretrained:ptbxl-i"
        )
        with pytest.raises(InputError, match=rule):
            write_synthetic(Sampler(gan, codec), FACTS, 1, 0, tmp_path / "out", seconds=10.0)
        assert not (tmp_path / "out").exists()

    def test_ways_between(self, strips):
        with pytest.raises(InputError, match="Strips have no way between them. Received: interpolate"):
            strips.interpolate(3, 0)
