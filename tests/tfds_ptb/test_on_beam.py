"""Generating through Apache Beam gives what generating here gives."""

import importlib.util

import pytest
import tensorflow_datasets as tfds

import tfds_ptb
from ecg_synth.config import CodecConfig, WriteConfig
from ecg_synth.data.prepare import prepare
from ecg_synth.data.prepare_images import prepare_thyroid
from ecg_synth.errors import InputError
from tfds_ptb.on_beam import beam_options

needs_beam = pytest.mark.skipif(
    importlib.util.find_spec("apache_beam") is None, reason="needs Apache Beam: pip install 'ecg_synth[beam]'"
)


def examples_of(prepared):
    return {
        split: {
            (example["record"], int(example["slice_index"])): {
                name: value.tolist() if hasattr(value, "tolist") else value for name, value in example.items()
            }
            for example in tfds.as_numpy(prepared.builder.as_dataset(split=split))
        }
        for split in prepared.splits
    }


@needs_beam
def test_the_same_examples_and_the_same_report(simulated, tmp_path):
    codec = CodecConfig(standardization="quantile")
    here = prepare(simulated, tmp_path / "here", codec=codec)
    beam = WriteConfig(beam_pipeline_options="runner=DirectRunner,direct_running_mode=in_memory")
    there = prepare(simulated, tmp_path / "beam", codec=codec, write=beam)
    assert there.metadata == here.metadata
    assert examples_of(there) == examples_of(here)
    report = "prepare_report.json"
    assert (there.path / report).read_bytes() == (here.path / report).read_bytes()
    assert sorted(path.name for path in there.path.iterdir()) == sorted(path.name for path in here.path.iterdir())


@needs_beam
def test_as_tfds_build_does_it(made_ptbxl, tmp_path):
    builder = tfds_ptb.PtbxlEcgImages(data_dir=str(tmp_path), source_dir=str(made_ptbxl))
    options = beam_options("direct_running_mode=in_memory")
    builder.download_and_prepare(download_config=tfds.download.DownloadConfig(beam_options=options))
    assert {name: split.num_examples for name, split in builder.info.splits.items()} == {
        name: counts["total"] for name, counts in builder.info.metadata["report"].items()
    }
    assert builder.info.metadata["report"]["train"]["superclasses"]["NORM"]


@needs_beam
def test_the_mode_that_loses_examples_is_refused(simulated, tmp_path):
    write = WriteConfig(beam_pipeline_options="runner=DirectRunner,direct_running_mode=multi_threading")
    with pytest.raises(InputError) as caught:
        prepare(simulated, tmp_path / "data", write=write)
    assert str(caught.value) == (
        "Beam's direct runner loses examples in its mode multi_threading. Received: "
        "direct_running_mode='multi_threading'. Take in_memory or multi_processing."
    )
    assert not (tmp_path / "data").exists()


@needs_beam
def test_no_such_runner():
    with pytest.raises(InputError, match="Beam cannot use the runner. Received: runner='Sparkling': Unexpected pipel"):
        beam_options("runner=Sparkling")


def test_beam_is_not_installed(simulated, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(InputError) as caught:
        prepare(simulated, tmp_path / "data", write=WriteConfig(beam_pipeline_options="runner=DirectRunner"))
    assert str(caught.value) == (
        "Apache Beam is not installed. Received: beam_pipeline_options='runner=DirectRunner'. "
        "Install it with: pip install 'ecg_synth[beam]'."
    )


def test_tables_and_pictures_are_not_for_beam(thyroid, tmp_path):
    with pytest.raises(InputError) as caught:
        prepare_thyroid(thyroid, tmp_path, write=WriteConfig(beam_pipeline_options="runner=DirectRunner"))
    assert str(caught.value) == (
        "Only records are generated through Beam; tables and pictures are read in this process. "
        "Received: beam_pipeline_options='runner=DirectRunner'. Leave it out."
    )
