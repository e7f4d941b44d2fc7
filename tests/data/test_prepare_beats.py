"""Slices at R peaks and rows at beats, through `prepare` and TFDS."""

import numpy as np
import pytest
import tensorflow_datasets as tfds

from ecg_synth.config import CodecConfig
from ecg_synth.data.prepare import prepare
from ecg_synth.errors import InputError
from ecg_synth.sources.databases import open_source
from ecg_synth.sources.memory import array_source


@pytest.mark.parametrize("choice", [("z", "r_peak"), ("beats", "none"), ("beats", "r_peak")])
def test_every_example_decodes_to_its_place_in_the_record(simulated, tmp_path, choice):
    arrangement, align = choice
    config = CodecConfig(("ii", "v5"), arrangement=arrangement, align=align, length=900, r_peak_at=0.3)
    prepared = prepare(simulated, tmp_path, codec=config)
    assert prepared.name == f"ptb_ecg_images/simulated_{config.name}"
    codec = prepared.codec
    assert codec.get_config() == prepared.metadata["codec"]
    source = open_source("ptb", simulated)
    entries = {entry.record_name: entry for entry in source.entries}
    half_a_level = 2.5 / codec.standardization.steps / 2
    seen = 0
    for example in tfds.as_numpy(prepared.builder.as_dataset(split="train")):
        record = source.read(entries[example["record"].decode()], codec.leads, codec.fs)
        start = example["slice_index"] * codec.index_step
        expected = record.p_signal[start : start + 900]
        found = codec.decode(example["image"][None], example["offset"][None])[0]
        if np.ptp(expected, axis=0).max() < 2.5:
            assert np.abs(found - expected).max() <= half_a_level + 1e-6
            seen += 1
        if align == "r_peak":
            # The QRS complex stands 0.3 s after the start.
            steepest = np.abs(np.diff(expected[::10], axis=0)).sum(axis=1)[15:50].argmax() * 10 + 150
            assert abs(steepest - 300) < 100
    assert seen > 5


def test_records_without_a_beat_are_counted(tmp_path, capsys):
    from ecg_synth.cli.prepare import print_report
    from ecg_synth.data.report import make_report
    from ecg_synth.signals.simulate import draw_patients, simulate_record

    signals = np.stack([simulate_record(patient, 4.0, 500.0).select(("i",)) for patient in draw_patients(4, 0)])
    config = CodecConfig(length=1000, fs=500.0, align="r_peak")
    # Two records of one patient: one of them may be without beats, and its split is not empty.
    signals = np.concatenate([signals, 0 * signals[:1]])
    source = array_source(signals, 500.0, ("i",), patients=["a", "b", "c", "d", "a"])
    prepared = prepare(None, tmp_path / "some", source=source, codec=config)
    report = make_report(prepared.name, prepared.metadata)
    assert report["all"]["no_beat"] == 1
    print_report(report)
    assert "Without any R peak: 1 records" in capsys.readouterr().out
    with pytest.raises(
        InputError, match=r"at least one slice. Received: split '\w+' with \d records: \d without any R peak, and 0 sl"
    ):
        prepare(None, tmp_path / "none", source=array_source(0 * signals, 500.0, ("i",)), codec=config)
    # Rows follow beats; a slice without any is arranged as z.
    config = CodecConfig(length=1000, fs=500.0, arrangement="beats")
    prepared = prepare(None, tmp_path / "rows", source=array_source(0 * signals, 500.0, ("i",)), codec=config)
    assert sum(prepared.splits.values()) == 10
    assert (prepared.load("train").images[:, :31, :, 0] == 16).all()
