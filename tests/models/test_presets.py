import dataclasses

import numpy as np
import pytest

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import DcganConfig, OptimizerConfig, TrainConfig
from ecg_synth.data.conditions import scales_of
from ecg_synth.errors import InputError
from ecg_synth.models import PRESETS, build_gan, get_preset


def test_dcgan_is_the_papers():
    preset = get_preset("dcgan")
    assert preset.model == DcganConfig(latent_dim=100, filters=(64, 128, 256), kernel_size=4)
    assert preset.optimizer == OptimizerConfig(2e-4, 2e-4, beta_1=0.5, beta_2=0.999)
    assert (preset.batch_size, preset.epochs, preset.label_smoothing) == (30, 200, 0.0)


def test_smooth_differs_in_smoothing_alone():
    assert get_preset("dcgan-smooth") == dataclasses.replace(get_preset("dcgan"), label_smoothing=0.1)


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_preset_builds(name):
    preset = get_preset(name)
    told = getattr(preset.model, "conditions", ())
    scales = scales_of(np.tile([[0.0], [1.0]], len(told)), told) if told else None
    gan = build_gan(preset, (45, 45, 1), n_classes=3, codec=EcgImageCodec().get_config(), scales=scales)
    assert gan.compiled
    if not gan.has_discriminator:
        return
    assert gan.gan_loss.get_config().get("label_smoothing", 0.0) == preset.label_smoothing
    assert float(gan.d_optimizer.learning_rate) == pytest.approx(preset.optimizer.d_learning_rate)
    assert gan.sample(2).shape == (2, 45, 45, 1)


def test_unknown_preset():
    with pytest.raises(InputError, match="Unknown preset. Received: preset='dcgan-smoth'. Did you mean 'dcgan-smooth'"):
        get_preset("dcgan-smoth")


def test_unknown_dtype():
    with pytest.raises(InputError, match="Unknown dtype. Received: dtype='float61'.*'mixed_bfloat16'"):
        build_gan(TrainConfig(dtype="float61"), (8, 8, 1))


def test_each_preset_says_what_it_is_in_one_line():
    for preset in PRESETS.values():
        assert 10 < len(preset.about) < 80
        assert "\n" not in preset.about
