"""Every family of models: two epochs and two more end with the bits of four."""

import dataclasses

import numpy as np
import pytest
from test_resume import arrays
from toy_training import CONFIG, toy_set

from ecg_synth.config import AcganConfig, AcWganConfig, DcganConfig, FcnClassesConfig, FcnConfig, StopConfig, WganConfig
from ecg_synth.training import train
from ecg_synth.training.callbacks import classify_samples

SMALL = {"latent_dim": 5, "filters": (4, 8)}
CRITIC = {"loss": "wasserstein", "gradient_penalty": 10.0, "d_steps": 2}
FAMILIES = {
    "fcn": {"model": FcnConfig(hidden=(8,), activation="leaky_relu", ema=0.9)},
    "fcn_classes": {
        "model": FcnClassesConfig(hidden=(8,), activation="leaky_relu", ema=0.9),
        "classify_every": 2,
        "balance": "over",
    },
    "dcgan": {"model": DcganConfig(**SMALL, ema=0.9)},
    "acgan": {"model": AcganConfig(**SMALL), "classify_every": 2, "balance": "under", "label_smoothing": 0.1},
    "wgan": {"model": WganConfig(**SMALL, ema=0.9), **CRITIC},
    "acwgan": {"model": AcWganConfig(**SMALL, ema=0.9), **CRITIC, "r1": 0.5},
}


@pytest.mark.parametrize("family", FAMILIES)
def test_two_and_two_are_four(family, tmp_path, monkeypatch):
    monkeypatch.setattr(classify_samples, "LEARNT_FROM", 64)
    monkeypatch.setattr(classify_samples, "JUDGED", 32)
    toy = dataclasses.replace(toy_set(40), labels=np.arange(40) % 3 % 2, class_names=("healthy", "ill"))
    changes = {"epochs": 4, "image_every": 2, "checkpoint_every": 2, **FAMILIES[family]}
    # A rule that is looked at and not met.
    config = dataclasses.replace(CONFIG, stop=StopConfig("diversity", target=1e9), on_trouble="stop", **changes)
    validation = dataclasses.replace(toy, images=255 - toy.images, fingerprint="")
    whole = train(config, toy, tmp_path / "whole", progress=False, validation=validation)
    short = dataclasses.replace(config, epochs=2)
    assert train(short, toy, tmp_path / "parts", progress=False, validation=validation).newest_checkpoint().epoch == 2
    parts = train(config, toy, tmp_path / "parts", progress=False, validation=validation)
    left, right = arrays(parts), arrays(whole)
    assert left.keys() == right.keys()
    assert any("average_generator" in name for name in left) == bool(config.model.ema)
    for name in left:
        np.testing.assert_array_equal(left[name], right[name], err_msg=name)
    for pattern in ("metrics.csv", "health.json", "images/*.png"):
        files = sorted(path.relative_to(whole.path) for path in whole.path.glob(pattern))
        assert files
        for file in files:
            assert (parts.path / file).read_bytes() == (whole.path / file).read_bytes()
    assert ("accuracy_fake" in whole.metrics()) == bool(config.classify_every)
