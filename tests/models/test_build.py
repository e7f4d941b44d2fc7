"""A model is given what it says it needs, and nothing else of the training set."""

import pytest

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import FlowConfig, ResnetConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.models import build, build_gan

CODEC = EcgImageCodec(("i",), length=225, fs=125.0, arrangement="hilbert").get_config()
SCALES = {"age": {"mean": 60.0, "deviation": 15.0, "low": 20.0, "high": 90.0, "share": 1.0}}


class Recorder:
    """What a model would have been built with."""

    conditional = False
    has_discriminator = False
    needs = ()

    def __init__(self, **given):
        self.given = given

    def compile(self, optimizer):
        """Nothing is trained."""


@pytest.mark.parametrize("needs", [(), ("codec",), ("codec", "scales")])
@pytest.mark.parametrize("conditional", [False, True])
def test_what_it_needs_and_nothing_else(needs, conditional, monkeypatch):
    model = type("New", (Recorder,), {"needs": needs, "conditional": conditional})
    monkeypatch.setattr(build, "MODELS", {"flow": model})
    given = build_gan(TrainConfig(model=FlowConfig()), (15, 15, 1), 3, CODEC, scales=SCALES).given
    assert {name: given[name] for name in needs} == {name: {"codec": CODEC, "scales": SCALES}[name] for name in needs}
    told = ("n_classes",) if conditional else ()
    assert {"codec", "scales", "n_classes"} & set(given) == {*needs, *told}


def test_a_model_whose_rows_go_on_refuses_a_curve():
    config = TrainConfig(model=ResnetConfig(latent_dim=4, filters=(4, 8), signal_scales=()))
    with pytest.raises(
        InputError, match=r"Helical padding is for ECG images whose rows go on .* arrangement='hilbert'"
    ):
        build_gan(config, (15, 15, 1), codec=CODEC)
