"""A page of a tiny untrained model with classes beside simulated records."""

import numpy as np
import pytest

from ecg_synth.app.models import Model
from ecg_synth.app.real import RealRecords
from ecg_synth.app.view import House
from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import AcganConfig, AppConfig, FlowConditionsConfig, TrainConfig
from ecg_synth.models.build import build_gan
from ecg_synth.sampling.sampler import Sampler

CLASSES = ("NORM", "MI & <more>")
FACTS = {
    "model": "acgan",
    "preset": "acgan",
    "epoch": 3,
    "trained_on": "made_up",
    "trained_on_origin": "simulated",
    "class_names": list(CLASSES),
}


@pytest.fixture(scope="session")
def sampler():
    codec = EcgImageCodec(("i", "ii"), length=256, fs=125.0)
    config = TrainConfig(model=AcganConfig(latent_dim=4, filters=(4, 8)))
    return Sampler(build_gan(config, codec.full_shape, len(CLASSES), codec.get_config()), codec, CLASSES)


@pytest.fixture(scope="session")
def model(sampler):
    return Model("tiny", sampler, FACTS)


@pytest.fixture(scope="session")
def told_model():
    """Told a heart rate and a class, any of them or none; its weights are so large that it changes what it makes."""
    codec = EcgImageCodec(("ii",), length=60, fs=100.0)
    config = FlowConditionsConfig(
        grid=32,
        emphasis=0.0,
        filters=(8,),
        patch=2,
        steps=2,
        solver="euler",
        conditions=("heart_rate", "class_name"),
    )
    scales = {
        "heart_rate": {"mean": 70.0, "deviation": 10.0, "low": 45.0, "high": 120.0, "share": 1.0},
        "class_name": {"mean": 0.5, "deviation": 0.5, "low": 0.0, "high": 1.0, "share": 1.0, "choices": ["MI", "NORM"]},
    }
    gan = build_gan(TrainConfig(model=config), codec.full_shape, 0, codec.get_config(), scales=scales)
    rng = np.random.default_rng(1)
    for weight in gan.sampler.velocity.weights:
        weight.assign(weight + 0.2 * rng.standard_normal(weight.shape))
    return Model("told", Sampler(gan, codec), {**FACTS, "model": "flow_conditions"})


@pytest.fixture(scope="session")
def real(simulated):
    return RealRecords(simulated)


@pytest.fixture
def house(model, real, tmp_path):
    return House({"tiny": model}, real, AppConfig(answers=str(tmp_path / "quiz.csv"), max_shown=3, max_count=70))
