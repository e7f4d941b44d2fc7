"""Step sizes fall by the epoch's number alone, for both networks, and a run goes on with them."""

import dataclasses

import keras
import numpy as np
import pytest
from toy_training import CONFIG, toy_set

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import FlowConfig, OptimizerConfig
from ecg_synth.errors import InputError
from ecg_synth.models import get_preset
from ecg_synth.training import train
from ecg_synth.training.callbacks import DECAYS, DecayRates

RATES = OptimizerConfig(d_learning_rate=0.2, g_learning_rate=0.4, decay="cosine")


class Rated:
    def __init__(self):
        self.learning_rate = None


class Networks:
    def __init__(self, has_discriminator):
        self.has_discriminator = has_discriminator
        self.optimizer, self.g_optimizer = Rated(), Rated()
        # As a one-step GAN of a flow has two.
        self.d_optimizers = [Rated(), Rated()]


@pytest.mark.parametrize("name", DECAYS)
def test_whole_at_first_and_never_more(name):
    left = [DECAYS[name](done) for done in np.linspace(0, 1, 11)]
    assert left[0] == 1.0
    assert (np.diff(left) <= 0).all()


def test_half_a_cosine():
    assert [DECAYS["cosine"](done) for done in (0.5, 1.0)] == pytest.approx([0.5, 0.0])
    assert DECAYS["cosine"](1 / 3) == pytest.approx(0.75)


@pytest.mark.parametrize("has_discriminator", [True, False])
def test_all_optimizers_are_set_by_the_epoch(has_discriminator):
    callback = DecayRates(RATES, 4)
    callback.set_model(Networks(has_discriminator))
    callback.on_epoch_begin(2)
    found = callback.model
    if has_discriminator:
        rates = [optimizer.learning_rate for optimizer in (*found.d_optimizers, found.g_optimizer)]
        assert rates == pytest.approx([0.1, 0.1, 0.2])
        assert found.optimizer.learning_rate is None
    else:
        assert found.optimizer.learning_rate == pytest.approx(0.2)
        assert not any(optimizer.learning_rate for optimizer in found.d_optimizers)


@pytest.mark.parametrize("preset", ["demo", "flow-small"])
def test_a_run_that_was_stopped_goes_on_with_the_sizes_it_would_have_had(tmp_path, preset):
    model = FlowConfig(grid=64, filters=(8,), patch=1, steps=2) if preset == "flow-small" else CONFIG.model
    config = dataclasses.replace(
        get_preset(preset), model=model, batch_size=8, epochs=3, optimizer=RATES, image_every=9, checkpoint_every=1
    )
    data = dataclasses.replace(toy_set(), codec=EcgImageCodec(length=256).get_config(), fingerprint="")
    whole = train(config, data, tmp_path / "whole", progress=False)
    parts = train(dataclasses.replace(config, max_minutes=1e-9), data, tmp_path / "parts", progress=False)
    assert parts.newest_checkpoint().epoch == 1
    parts = train(config, data, tmp_path / "parts", progress=False)
    one, other = whole.load_gan(), parts.load_gan()
    optimizer = one.g_optimizer if one.has_discriminator else one.optimizer
    assert float(optimizer.learning_rate) == pytest.approx(0.4 * 0.25)
    for left, right in zip(one.variables, other.variables, strict=True):
        np.testing.assert_array_equal(*map(keras.ops.convert_to_numpy, (left, right)), err_msg=left.path)


def test_an_unknown_decay_is_refused_before_a_folder_is_made(tmp_path):
    config = dataclasses.replace(CONFIG, optimizer=OptimizerConfig(decay="linear"))
    with pytest.raises(InputError, match="cosine"):
        train(config, toy_set(), tmp_path / "run", progress=False)
    assert not (tmp_path / "run").exists()
