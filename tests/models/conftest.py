import numpy as np
import pytest

from ecg_synth.config import DcganConfig, TrainConfig
from ecg_synth.models import build_gan


@pytest.fixture
def make_gan():
    """Builds a tiny compiled DCGAN; keyword arguments change the config."""

    def make(image_shape=(16, 16, 1), **changes):
        return build_gan(TrainConfig(model=DcganConfig(latent_dim=5, filters=(4, 8)), **changes), image_shape)

    return make


@pytest.fixture
def batch():
    return np.random.default_rng(0).integers(0, 256, (6, 16, 16, 1), np.uint8)
