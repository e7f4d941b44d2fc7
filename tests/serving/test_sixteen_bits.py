"""16-bit images from a dataset on disk to a model's WFDB records and SavedModel, and frequencies likewise."""

import numpy as np
import pytest
import tensorflow as tf

from ecg_synth.config import CodecConfig, DcganConfig, TrainConfig
from ecg_synth.data.decoded import iter_decoded
from ecg_synth.data.prepare import prepare
from ecg_synth.sampling.load import load_sampler
from ecg_synth.serving.export import export_saved_model
from ecg_synth.serving.write import write_synthetic
from ecg_synth.signals.wfdb_io import read_record
from ecg_synth.training.train import train

CHOICES = {
    "png": CodecConfig(length=256, fs=125.0, bits=16),
    "tensor": CodecConfig(("i", "ii", "v1"), length=256, fs=125.0, color="cmyk", bits=16),
    "dct": CodecConfig(("i", "v1"), "minmax", length=256, fs=125.0, domain="dct"),
}


@pytest.mark.parametrize("kind", CHOICES)
def test_the_whole_way(kind, simulated, tmp_path):
    choice = CHOICES[kind]
    prepared = prepare(simulated, tmp_path / "data", codec=choice, verify=False)
    slice_set = prepared.load("train")
    assert (slice_set.images.dtype, slice_set.bits) == (prepared.codec.dtype, choice.bits)
    assert np.isfinite(next(iter_decoded(prepared, "train")).signal_mv).all()

    config = TrainConfig(model=DcganConfig(latent_dim=3, filters=(4, 8)), batch_size=4, epochs=1)
    train(config, slice_set, tmp_path / "run", progress=False)
    assert (tmp_path / "run" / "images" / "losses.png").is_file()
    sampler, facts = load_sampler(tmp_path / "run")
    images, signal_mv, _ = sampler.sample(2, 0)
    assert images.dtype == slice_set.images.dtype
    assert images.max() > (256 if choice.bits == 16 else 1)
    np.testing.assert_allclose(sampler.codec.decode(images), signal_mv, rtol=0, atol=1e-6)

    write_synthetic(sampler, facts, 2, 0, tmp_path / "records")
    again = read_record(tmp_path / "records" / "synthetic_000001").p_signal
    step = 1e-6 if choice.bits == 16 else 0.5 / 2000 + 1e-9
    np.testing.assert_allclose(again, signal_mv[1], rtol=0, atol=step)

    model = tf.saved_model.load(str(export_saved_model(sampler, facts, tmp_path / "saved")))
    found = model.generate(tf.constant(2, tf.int64), tf.constant(0, tf.int64))
    np.testing.assert_array_equal(found["image"].numpy(), images)
    np.testing.assert_array_equal(found["signal_mv"].numpy(), signal_mv)
