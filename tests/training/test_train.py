import dataclasses
import errno
import json
import os

import keras
import numpy as np
import pytest
from toy_training import CONFIG, toy_set

from ecg_synth.config import DcganConfig, OptimizerConfig
from ecg_synth.errors import InputError, StorageError
from ecg_synth.training import Run, checkpoints, train
from ecg_synth.training.callbacks import TimeLimit, WriteTensorBoard
from ecg_synth.training.lock import locked

SHORT = dataclasses.replace(CONFIG, epochs=2, checkpoint_every=1, image_every=1)


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    return train(SHORT, toy_set(), tmp_path_factory.mktemp("short") / "run", preset="demo", progress=False)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


def test_run_folder(short):
    content = json.loads((short.path / "config.json").read_text())
    assert content["preset"] == "demo"
    assert content["tensorflow"].startswith("2.")
    assert content["keras"].startswith("3.")
    assert content["config"]["model"]["filters"] == [4, 8]
    assert content["data"] == {
        "name": "toy",
        "origin": "simulated",
        "fingerprint": toy_set().fingerprint,
        "codec": {"standardization": "adapted"},
        "class_names": ["healthy"],
        "image_shape": [16, 16, 1],
        "bits": 8,
    }
    names = sorted(str(path.relative_to(short.path)) for path in short.path.rglob("*") if path.is_file())
    assert [name for name in names if not name.startswith("tensorboard/")] == [
        "checkpoints/epoch-0001/model.weights.h5",
        "checkpoints/epoch-0001/state.json",
        "checkpoints/epoch-0002/model.weights.h5",
        "checkpoints/epoch-0002/state.json",
        "config.json",
        "health.json",
        "images/epoch-0001.png",
        "images/epoch-0002.png",
        "images/losses.png",
        "metrics.csv",
    ]
    assert sum(name.startswith("tensorboard/events.out") for name in names) == 1
    again = Run.load(short.path)
    assert (again.config, again.preset, again.image_shape) == (SHORT, "demo", (16, 16, 1))


def test_metrics(short):
    lines = short.metrics_path.read_text().splitlines()
    measured = "diversity,diversity_real,g_grad,nearest,nearest_real,noise,noise_real,told_apart"
    assert lines[0] == f"epoch,d_loss,g_loss,d_real,d_fake,d_grad,{measured}"
    columns = short.metrics()
    np.testing.assert_array_equal(columns["epoch"], [1, 2])
    assert all(np.isfinite(column).all() for column in columns.values())


def test_tensorboard_can_read_the_scalars(short):
    import tensorflow as tf

    (file,) = (short.path / "tensorboard").iterdir()
    records = tf.data.TFRecordDataset(str(file)).as_numpy_iterator()
    events = [tf.compat.v1.Event.FromString(record) for record in records]
    values = [(event.step, value) for event in events for value in event.summary.value]
    losses = {step: float(tf.make_ndarray(value.tensor)) for step, value in values if value.tag == "d_loss"}
    np.testing.assert_allclose(list(losses.values()), short.metrics()["d_loss"], rtol=1e-6)
    assert list(losses) == [1, 2]
    assert {value.metadata.plugin_data.plugin_name for _, value in values} == {"scalars", "images"}
    grids = {step: tf.make_ndarray(value.tensor) for step, value in values if value.tag == "images"}
    assert list(grids) == [1, 2]
    width, height, content = grids[2]
    assert content == (short.images_dir / "epoch-0002.png").read_bytes()
    assert tf.io.decode_png(content).shape[:2] == (int(height), int(width))


def test_longer_training_goes_on(folder):
    train(dataclasses.replace(SHORT, epochs=1), toy_set(), folder, progress=False)
    run = train(dataclasses.replace(SHORT, max_minutes=9.0), toy_set(), folder, progress=False)
    assert run.newest_checkpoint().epoch == 2
    assert Run.load(folder).config.epochs == 2
    assert len(run.metrics()["epoch"]) == 2


def test_overwrite_begins_anew(folder):
    train(dataclasses.replace(SHORT, epochs=1), toy_set(), folder, progress=False)
    run = train(dataclasses.replace(SHORT, epochs=1, seed=5), toy_set(), folder, overwrite=True, progress=False)
    assert Run.load(folder).config.seed == 5
    assert len(list((folder / "tensorboard").iterdir())) == 1
    assert run.newest_checkpoint().epoch == 1


def test_balance(folder):
    toy = toy_set()
    labels = np.array([0] * 30 + [1] * 14)
    two = dataclasses.replace(toy, labels=labels, class_names=("healthy", "infarction"), fingerprint="")
    run = train(dataclasses.replace(SHORT, epochs=1, balance="under"), two, folder, progress=False)
    assert run.data["fingerprint"] == two.fingerprint
    with pytest.raises(InputError, match="Received: 28 images in 'toy', batch_size=29"):
        train(dataclasses.replace(SHORT, balance="under", batch_size=29), two, folder, progress=False)


def test_time_limit_counts_across_sittings(folder):
    config = dataclasses.replace(SHORT, epochs=50, max_minutes=1e-6)
    run = train(config, toy_set(), folder, progress=False)
    assert run.newest_checkpoint().epoch == 1
    assert train(config, toy_set(), folder, progress=False).newest_checkpoint().epoch == 1

    seconds = iter([0.0, 0.0, 30.0, 30.0, 90.0, 90.0])
    limit = TimeLimit(2.0, spent=1.0, clock=lambda: next(seconds))
    limit.set_model(keras.Model())
    limit.model.stop_training = False
    limit.on_train_begin()
    limit.on_epoch_end(0)
    assert not limit.model.stop_training
    assert limit.minutes == 1.5
    limit.on_epoch_end(1)
    assert limit.model.stop_training


def test_progress_bar(folder, capsys):
    train(dataclasses.replace(SHORT, epochs=1), toy_set(), folder)
    shown = capsys.readouterr().err
    assert "epoch 1.0/1" in shown
    assert all(word in shown for word in ("d_loss=", "g_loss=", "images/s="))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 1}, "config.seed differs. There: 0. Received: 1"),
        (
            {"model": DcganConfig(latent_dim=5, filters=(4, 16))},
            r"config.model.filters differs. There: \(4, 8\). Received: \(4, 16\)",
        ),
        ({"optimizer": OptimizerConfig(beta_1=0.9)}, "config.optimizer.beta_1 differs. There: 0.5. Received: 0.9"),
        ({"label_smoothing": 0.1}, "config.label_smoothing differs. There: 0.0. Received: 0.1"),
        ({"balance": "under"}, "config.balance differs. There: 'none'. Received: 'under'"),
    ],
)
def test_refuses_another_config(short, changes, message):
    with pytest.raises(InputError, match=f"holds another run: {message}.*another folder, or pass --overwrite"):
        train(dataclasses.replace(SHORT, **changes), toy_set(), short.path, progress=False)


def test_how_often_it_draws_and_saves_may_change(short):
    changed = dataclasses.replace(SHORT, image_every=7, checkpoint_every=3)
    run = train(changed, toy_set(), short.path, preset="demo", progress=False)
    assert (run.config.image_every, run.checkpoint().epoch) == (7, 2)


def test_refuses_other_data(short):
    other = toy_set(seed=1)
    message = f"data.fingerprint differs. There: '{toy_set().fingerprint}'. Received: '{other.fingerprint}'"
    with pytest.raises(InputError, match=message):
        train(SHORT, other, short.path, progress=False)


def test_takes_a_folder_in_which_a_run_was_killed_at_its_first_file(tmp_path):
    (tmp_path / ".config.json.x1.partial").write_text('{"preset"')
    run = Run.create_or_resume(tmp_path, SHORT, toy_set())
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]
    assert Run.load(run.path).config == SHORT


@pytest.mark.parametrize("overwrite", [False, True])
def test_refuses_a_folder_that_is_not_a_run(folder, overwrite):
    folder.mkdir()
    (folder / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match=r"not empty and not a run: it has no config.json.*Choose another folder"):
        train(SHORT, toy_set(), folder, overwrite=overwrite, progress=False)
    assert [path.name for path in folder.iterdir()] == ["thesis.tex"]


def test_refuses_a_file(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="a file stands there"):
        train(SHORT, toy_set(), tmp_path / "file", progress=False)


def test_refuses_a_folder_in_use(folder):
    with locked(folder), pytest.raises(InputError, match="Another process trains in this folder"):
        train(SHORT, toy_set(), folder, progress=False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "epochs must be at least 1. Received: epochs=0"),
        ({"checkpoint_every": 0}, "checkpoint_every must be at least 1"),
        ({"max_minutes": -1.0}, "max_minutes must be at least 0. Received: max_minutes=-1.0"),
        ({"seed": -1}, "Received: seed=-1"),
        ({"balance": "undr"}, "Unknown balance. Received: balance='undr'. Did you mean 'under'"),
        (
            {"batch_size": 45},
            "at least one batch. Received: 44 images in 'toy', batch_size=45. Lower --batch-size to 44",
        ),
    ],
)
def test_refuses_what_cannot_be_trained_and_leaves_no_folder(folder, changes, message):
    with pytest.raises(InputError, match=message):
        train(dataclasses.replace(SHORT, **changes), toy_set(), folder, progress=False)
    assert not folder.exists()


def test_no_such_run(tmp_path):
    with pytest.raises(InputError, match=r"There is no run: the folder has no config.json. Received: run_dir='.*none'"):
        Run.load(tmp_path / "none")


def test_damaged_config(folder):
    folder.mkdir()
    (folder / "config.json").write_text('{"config": {}')
    with pytest.raises(InputError, match=r"config.json is not what training wrote \(JSONDecodeError"):
        Run.load(folder)


def test_run_without_checkpoint(folder):
    run = Run.create_or_resume(folder, SHORT, toy_set())
    with pytest.raises(InputError, match=r"no checkpoint yet. Received: run_dir=.*at least 1 epoch"):
        run.load_gan()


def test_full_disk_leaves_the_old_checkpoint(folder, monkeypatch):
    train(dataclasses.replace(SHORT, epochs=1), toy_set(), folder, progress=False)

    def full(path, content):
        path.write_bytes(content[:100])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints, "_write", full)
        with pytest.raises(StorageError, match=r"disk is full: .*epoch-0002 was not written"):
            train(SHORT, toy_set(), folder, progress=False)
    assert [path.name for path in (folder / "checkpoints").iterdir()] == ["epoch-0001"]
    assert train(SHORT, toy_set(), folder, progress=False).newest_checkpoint().epoch == 2


def test_full_disk_under_tensorboard(tmp_path, monkeypatch):
    import tensorflow as tf

    def full(folder):
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr(tf.summary, "create_file_writer", full)
    with pytest.raises(StorageError, match="disk is full: .*tensorboard was not written"):
        WriteTensorBoard(tmp_path / "tensorboard", tmp_path).on_train_begin()
