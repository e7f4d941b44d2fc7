import json
import shutil

import numpy as np
import pytest
from toy_training import CONFIG

from ecg_synth.config import DcganConfig, TrainConfig
from ecg_synth.errors import InputError
from ecg_synth.models import build_gan
from ecg_synth.training import checkpoints


@pytest.fixture(scope="module")
def gan():
    return build_gan(CONFIG, (16, 16, 1))


@pytest.fixture
def folder(tmp_path, gan):
    for epoch in (1, 2, 3):
        checkpoints.save(gan, tmp_path, epoch, minutes=epoch / 2)
    return tmp_path


def test_keeps_the_newest_two(folder):
    assert sorted(path.name for path in folder.iterdir()) == ["epoch-0002", "epoch-0003"]
    found = checkpoints.newest(folder)
    assert (found.epoch, found.minutes) == (3, 1.5)


def test_order_is_by_number_not_by_name(tmp_path, gan):
    for epoch in (9999, 10000):
        checkpoints.save(gan, tmp_path, epoch, minutes=0)
    assert checkpoints.newest(tmp_path).epoch == 10000


def test_none_yet(tmp_path):
    assert checkpoints.newest(tmp_path / "checkpoints") is None


def _flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda path: _flip(path / "model.weights.h5"), "does not have the sha256 that state.json states"),
        (lambda path: (path / "model.weights.h5").unlink(), "FileNotFoundError"),
        (lambda path: (path / "state.json").write_text('{"epoch": 3'), "JSONDecodeError"),
        (lambda path: (path / "state.json").write_text("{}"), "KeyError"),
        (lambda path: (path / "state.json").unlink(), "FileNotFoundError"),
    ],
)
def test_a_damaged_checkpoint_is_skipped_with_a_warning(folder, damage, problem):
    damage(folder / "epoch-0003")
    with pytest.warns(UserWarning, match=rf"epoch-0003 is damaged \(.*{problem}.*skipped for the one before it"):
        assert checkpoints.newest(folder).epoch == 2


def test_restores_weights_and_optimizers(folder, gan):
    other = build_gan(TrainConfig(**{**vars(CONFIG), "seed": 3}), (16, 16, 1))
    checkpoints.restore(other, checkpoints.newest(folder))
    for left, right in zip(gan.weights, other.weights, strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize(
    ("model", "expected", "received"),
    [
        (
            DcganConfig(latent_dim=6, filters=(4, 8)),
            r"generator/dense/kernel of shape \(6, 128\)",
            r"generator/dense/kernel of shape \(5, 128\)",
        ),
        (
            DcganConfig(latent_dim=5, filters=(4,)),
            r"generator/dense/kernel of shape \(5, 256\)",
            r"generator/dense/kernel of shape \(5, 128\)",
        ),
        (
            DcganConfig(latent_dim=5, filters=(2, 4, 8)),
            r"generator/dense/kernel of shape \(5, 32\)",
            r"generator/dense/kernel of shape \(5, 128\)",
        ),
    ],
)
def test_refuses_a_checkpoint_of_another_model(folder, model, expected, received):
    other = build_gan(TrainConfig(model=model), (16, 16, 1))
    with pytest.raises(
        InputError,
        match=rf"epoch-0003/model.weights.h5 is of another model. Expected: {expected}. Received: {received}",
    ):
        checkpoints.restore(other, checkpoints.newest(folder))


def test_refuses_other_optimizers(folder):
    other = build_gan(TrainConfig(**{**vars(CONFIG), "dtype": "mixed_float16"}), (16, 16, 1))
    with pytest.raises(InputError, match=r"model.weights.h5 does not fit the model or its optimizers"):
        checkpoints.restore(other, checkpoints.newest(folder))


def test_sweep_removes_what_killed_runs_left(folder):
    for name in (".epoch-0004.abc.partial", ".epoch-0001.old"):
        shutil.copytree(folder / "epoch-0003", folder / name)
    (folder / ".metrics.csv.x.partial").write_text("half")
    checkpoints.sweep(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["epoch-0002", "epoch-0003"]


def test_state_is_plain_json(folder):
    state = json.loads((folder / "epoch-0003" / "state.json").read_text())
    assert set(state) == {"epoch", "minutes", "sha256", "shapes"}
