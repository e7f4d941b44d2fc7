"""The modern recipe goes on as if it had not been stopped: power iterations, augmentation, average and signal heads."""

import dataclasses

import keras
import numpy as np
import pytest
from toy_training import toy_set

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import FlowClassesConfig, ResnetClassesConfig, ResnetConfig
from ecg_synth.errors import InputError
from ecg_synth.models import Flow, get_preset
from ecg_synth.training import train


def small(family):
    model = family(latent_dim=5, filters=(4,), signal_scales=(4,), spectral_norm=True)
    return dataclasses.replace(
        get_preset("gan-modern"), model=model, batch_size=8, epochs=2, augment=("shift", "noise", "cutout")
    )


def ecg_set():
    toy = toy_set()
    labels = np.arange(len(toy)) % 2
    codec = EcgImageCodec(length=256).get_config()
    return dataclasses.replace(toy, codec=codec, labels=labels, class_names=("a", "b"), fingerprint="")


def flow():
    model = FlowClassesConfig(grid=64, filters=(8,), patch=1, steps=2, ema=0.9)
    return dataclasses.replace(get_preset("flow-small"), model=model, batch_size=8, epochs=2)


@pytest.mark.parametrize("config", [small(ResnetClassesConfig), flow()], ids=["resnet_classes", "flow_classes"])
def test_stopped_after_an_epoch(tmp_path, config, monkeypatch):
    # So that samples are looked at in both epochs.
    monkeypatch.setattr(Flow, "measure_every", 1)
    data = ecg_set()
    whole = train(config, data, tmp_path / "whole", progress=False)
    train(dataclasses.replace(config, epochs=1), data, tmp_path / "parts", progress=False)
    parts = train(config, data, tmp_path / "parts", progress=False)
    one, other = whole.load_gan(), parts.load_gan()
    for left, right in zip(one.variables, other.variables, strict=True):
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (left, right)), err_msg=left.path)
    assert parts.metrics_path.read_bytes() == whole.metrics_path.read_bytes()


def test_a_set_without_positions_is_refused_before_a_folder_is_made(tmp_path):
    with pytest.raises(InputError, match="Received: codec='picture'"):
        train(
            small(ResnetConfig),
            dataclasses.replace(toy_set(), codec={"codec": "picture"}),
            tmp_path / "run",
            progress=False,
        )
    assert not (tmp_path / "run").exists()
