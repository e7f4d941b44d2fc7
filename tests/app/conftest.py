"""A page of a tiny untrained model with classes beside simulated records."""

import pytest

from ecg_synth.app.models import Model
from ecg_synth.app.real import RealRecords
from ecg_synth.app.view import House
from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import AcganConfig, AppConfig, TrainConfig
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
def real(simulated):
    return RealRecords(simulated)


@pytest.fixture
def house(model, real, tmp_path):
    return House({"tiny": model}, real, AppConfig(answers=str(tmp_path / "quiz.csv"), max_shown=3, max_count=70))
