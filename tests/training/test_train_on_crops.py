"""Training on random windows of longer slices: what the run notes, and exact resume."""

import dataclasses

import numpy as np
import pytest
from test_resume import arrays
from toy_training import CONFIG

from ecg_synth.codec import EcgImageCodec
from ecg_synth.data import SliceSet
from ecg_synth.errors import InputError
from ecg_synth.sampling.load import load_sampler
from ecg_synth.training import train

CROPPED = dataclasses.replace(CONFIG, epochs=2, checkpoint_every=1, image_every=2, crop=64)


def long_set():
    slices = np.random.default_rng(0).uniform(-1, 1, (20, 100, 1))
    codec = EcgImageCodec(length=100, fs=50.0)
    images = codec.encode_slices(slices).images
    return SliceSet(images, np.zeros(20, np.int64), ("healthy",), codec.get_config(), "simulated", "long")


def test_a_run_on_crops_resumes_exactly_and_its_model_gives_crops(tmp_path):
    whole = train(CROPPED, long_set(), tmp_path / "whole", progress=False)
    train(dataclasses.replace(CROPPED, epochs=1), long_set(), tmp_path / "parts", progress=False)
    parts = train(CROPPED, long_set(), tmp_path / "parts", progress=False)
    left, right = arrays(whole), arrays(parts)
    assert left.keys() == right.keys()
    for name in left:
        np.testing.assert_array_equal(left[name], right[name], err_msg=name)
    assert whole.metrics_path.read_bytes() == parts.metrics_path.read_bytes()
    assert whole.image_shape == (8, 8, 1)
    assert EcgImageCodec.from_config(whole.data["codec"]).length == 64
    assert whole.data["fingerprint"] == long_set().fingerprint
    images, signal_mv, _ = load_sampler(whole.path)[0].sample(3, seed=0)
    assert (images.shape, signal_mv.shape) == ((3, 8, 8, 1), (3, 64, 1))


def test_refusals(tmp_path):
    with pytest.raises(InputError, match=r"must lie within a slice. Received: crop=101, and slices of 100 samples"):
        train(dataclasses.replace(CROPPED, crop=101), long_set(), tmp_path / "run", progress=False)
    assert not (tmp_path / "run").exists()
    train(dataclasses.replace(CROPPED, epochs=1), long_set(), tmp_path / "run", progress=False)
    with pytest.raises(InputError, match=r"holds another run: config.crop differs. There: 64. Received: 65"):
        train(dataclasses.replace(CROPPED, crop=65), long_set(), tmp_path / "run", progress=False)
