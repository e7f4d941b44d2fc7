"""A one-step GAN of a flow as a run: trained on from it, resumed, packed, and what it refuses."""

import dataclasses

import numpy as np
import pytest
from test_resume_modern import ecg_set

from ecg_synth.config import FlowGanConfig, ShortcutConfig
from ecg_synth.errors import InputError
from ecg_synth.models import get_preset
from ecg_synth.training import Run, train

NETWORK = {"grid": 64, "filters": (8,), "patch": 2, "ema": 0.9}
SHORTCUT = dataclasses.replace(
    get_preset("flow-small"), model=ShortcutConfig(**NETWORK, steps=1, finest=4), batch_size=16, epochs=1
)
GAN = dataclasses.replace(
    get_preset("flow-gan"),
    model=FlowGanConfig(**NETWORK, matching=0.3),
    batch_size=8,
    epochs=2,
    augment=(),
    r1=0.0,
    r2=0.0,
    image_every=9,
)


@pytest.fixture(scope="module")
def shortcut(tmp_path_factory):
    return train(SHORTCUT, ecg_set(), tmp_path_factory.mktemp("flow") / "shortcut", progress=False)


@pytest.fixture(scope="module")
def run(shortcut):
    config = dataclasses.replace(GAN, start_from=str(shortcut.path))
    return train(config, ecg_set(), shortcut.path.parent / "gan", progress=False)


def test_a_run_that_was_stopped_goes_on_with_the_same_bits(shortcut, run, tmp_path):
    config = dataclasses.replace(GAN, start_from=str(shortcut.path))
    train(dataclasses.replace(config, epochs=1), ecg_set(), tmp_path / "parts", progress=False)
    parts = train(config, ecg_set(), tmp_path / "parts", progress=False)
    for left, right in zip(run.load_gan().variables, parts.load_gan().variables, strict=True):
        np.testing.assert_array_equal(left, right, err_msg=left.path)
    header, *rows = parts.metrics_path.read_text().splitlines()
    assert {"f_loss", "f_grad"} <= set(header.split(","))
    assert len(rows) == 2


def test_packed_it_holds_what_is_drawn_from_and_no_second_flow(run, tmp_path):
    packed = Run.load(run.pack(tmp_path / "packed").path)
    gan = packed.load_gan()
    assert gan.matching == 0
    ours, theirs = gan.sample(16).astype(int), run.load_gan().sample(16).astype(int)
    assert np.abs(ours - theirs).max() <= 1
    assert ours.std() > 0
    assert packed.config.model.matching == 0.3


def test_without_a_flow_nothing_is_trained(tmp_path):
    with pytest.raises(InputError, match=r"needs a trained flow to begin with.*Give --start-from"):
        train(GAN, ecg_set(), tmp_path / "run", progress=False)
    assert not (tmp_path / "run").exists()
