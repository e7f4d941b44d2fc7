"""The detectors on records written by hand: what they name, when, and when they keep silent."""

import dataclasses
import json

import numpy as np
import pytest

from ecg_synth.errors import InputError
from ecg_synth.models import NonSaturatingLoss
from ecg_synth.training import health, health_file

EPOCHS = 40
STEPS = 100
CHANCE = NonSaturatingLoss.chance


def record(**changes):
    """A run in good order, with some columns from epoch 11 to 20 replaced."""
    rng = np.random.default_rng(0)
    columns = {
        "epoch": np.arange(1.0, EPOCHS + 1),
        "d_loss": rng.normal(0.9, 0.1, EPOCHS),
        "g_loss": rng.normal(1.8, 0.4, EPOCHS),
        "d_real": rng.uniform(0.7, 0.9, EPOCHS),
        "d_fake": rng.uniform(0.7, 0.9, EPOCHS),
        "d_grad": rng.uniform(0.5, 2.0, EPOCHS),
        "g_grad": rng.uniform(0.5, 2.0, EPOCHS),
        "diversity": rng.uniform(25.0, 40.0, EPOCHS),
        "diversity_real": np.full(EPOCHS, 35.0),
        "nearest": rng.uniform(10.0, 20.0, EPOCHS),
        "nearest_real": np.full(EPOCHS, 16.0),
        "noise": rng.uniform(0.1, 0.3, EPOCHS),
        "noise_real": np.full(EPOCHS, 0.05),
        "told_apart": np.full(EPOCHS, 1.0),
    }
    for name, value in changes.items():
        columns[name][10:20] = value
    return columns


NEVER_WRONG = {"d_real": 0.999, "d_fake": 1.0}
CASES = [
    (health.COLLAPSE, {"diversity": 2.0}),
    (health.COLLAPSE, {"nearest": 0.5}),
    (health.GENERATOR, {**NEVER_WRONG, "g_loss": 9.0}),
    (health.GENERATOR, {**NEVER_WRONG, "g_loss": 0.0, "g_grad": 1e-4}),
    (health.DISCRIMINATOR, {"d_real": 0.9, "d_fake": 0.1, "d_loss": 1.5}),
    (health.DISCRIMINATOR, {"d_real": 0.5, "d_fake": 0.5, "d_loss": 1.38}),
]


@pytest.mark.parametrize(("trouble", "changes"), CASES)
def test_names_a_spell(trouble, changes):
    (found,) = health.findings(record(**changes), STEPS, CHANCE)
    assert (found.trouble, found.first, found.last) == (trouble, 11, 20)
    assert found.named == 10 + health.PATIENCE
    for name, value in changes.items():
        assert found.evidence[name] == pytest.approx(value)
    assert found.advice == health.ADVICE[trouble]
    assert str(found).startswith(f"{trouble} since epoch 11, named in epoch 15 (")
    assert "Try " in str(found)


def test_good_order_gives_no_finding():
    assert health.findings(record(), STEPS, CHANCE) == []
    assert health.findings({}, STEPS, CHANCE) == []


@pytest.mark.parametrize(
    "changes",
    [
        # Nobody can tell: that is the goal of the game.
        {"d_real": 0.5, "d_fake": 0.5, "d_loss": 1.386, "told_apart": 0.55},
        # It tells, and takes all for real only for want of a zero point.
        {"d_real": 1.0, "d_fake": 0.0, "d_loss": 1.2},
        # A good discriminator whose generator still gets a gradient.
        {**NEVER_WRONG, "g_loss": 3.0},
        # Noise is no collapse, and an early GAN makes noise.
        {"noise": 1.0},
        {"diversity": 70.0, "nearest": 60.0},
        {"diversity": np.nan, "nearest": np.nan},
    ],
)
def test_what_is_no_trouble(changes):
    assert health.findings(record(**changes), STEPS, CHANCE) == []


@pytest.mark.parametrize(("trouble", "changes"), CASES)
def test_short_spells_and_the_first_updates_do_not_count(trouble, changes):
    columns = record(**changes)
    cut = {name: values[: 10 + health.PATIENCE - 1] for name, values in columns.items()}
    assert health.findings(cut, STEPS, CHANCE) == []
    assert health.findings(columns, 1, CHANCE) == []
    # Warm after epoch 15: the spell begins there.
    (found,) = health.findings(columns, health.WARM_UP // 15, CHANCE)
    assert (found.first, found.named) == (15, 15 + health.PATIENCE - 1)


@pytest.mark.parametrize(
    ("column", "value"), [("d_loss", np.nan), ("g_grad", np.inf), ("g_loss", -2e4), ("d_loss", np.inf)]
)
def test_divergence_is_named_at_once(column, value):
    columns = record()
    columns[column][2:] = value
    found = health.findings(columns, 1, CHANCE)[0]
    assert (found.trouble, found.first, found.named) == (health.DIVERGENCE, 3, 3)


def test_unmeasured_accuracies_are_no_divergence():
    assert health.findings({**record(), "accuracy_fake": np.full(EPOCHS, np.nan)}, STEPS, CHANCE) == []


def test_critics_have_no_accuracies():
    columns = record(d_real=0.5, d_fake=0.5, d_loss=1.4)
    assert health.findings(columns, STEPS, chance=None) == []
    assert [found.trouble for found in health.findings(record(diversity=1.0), STEPS, chance=None)]


def test_a_record_of_an_older_version_is_judged_by_what_it_has():
    columns = record(d_real=0.999, d_fake=1.0, g_loss=9.0, diversity=0.0)
    old = {name: columns[name] for name in ("epoch", "d_loss", "g_loss", "d_real", "d_fake", "d_grad", "g_grad")}
    assert [found.trouble for found in health.findings(old, STEPS, CHANCE)] == [health.GENERATOR]


@pytest.mark.parametrize("epochs", [14, 15, 17, EPOCHS])
def test_a_prefix_says_what_the_whole_said_until_then(epochs):
    columns = record(diversity=1.0)
    columns["d_loss"][30:] = np.nan
    whole = health.findings(columns, STEPS, CHANCE)
    part = health.findings({name: values[:epochs] for name, values in columns.items()}, STEPS, CHANCE)
    assert [(one.trouble, one.first, one.named) for one in part] == [
        (one.trouble, one.first, one.named) for one in whole if one.named <= epochs
    ]


def test_the_file_comes_back(tmp_path):
    columns = record(diversity=1.0)
    columns["d_loss"][30] = np.inf
    found = health.findings(columns, STEPS, CHANCE)
    path = tmp_path / "health.json"
    assert health_file.read(path) == []
    health_file.write(path, found)
    assert health_file.read(path) == found
    json.loads(path.read_text(), parse_constant=pytest.fail)
    stamp = path.stat().st_mtime_ns
    health_file.write(path, found)
    assert path.stat().st_mtime_ns == stamp
    health_file.write(path, [dataclasses.replace(found[0], last=99)])
    assert health_file.read(path)[0].last == 99


@pytest.mark.parametrize("text", ["{", "[]", '{"findings": [{"trouble": "x"}]}', '{"findings": [1]}'])
def test_a_damaged_file(tmp_path, text):
    (tmp_path / "health.json").write_text(text)
    with pytest.raises(InputError, match=r"health.json is not what training wrote \(.*Remove it: training writes it"):
        health_file.read(tmp_path / "health.json")
