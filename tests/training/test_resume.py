"""A run that was killed with SIGKILL, and one that was not, end with the same bits."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
import toy_training

from ecg_synth.training import Run, train

SCRIPT = Path(toy_training.__file__)


def start(run_dir, *arguments):
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(run_dir), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def arrays(run):
    found = {}
    with h5py.File(run.newest_checkpoint().path / "model.weights.h5") as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def assert_same_run(run, reference):
    left, right = arrays(run), arrays(reference)
    assert left.keys() == right.keys()
    assert any("d_optimizer" in name for name in left)
    assert any("g_optimizer" in name for name in left)
    for name in left:
        np.testing.assert_array_equal(left[name], right[name], err_msg=name)
    assert run.metrics_path.read_bytes() == reference.metrics_path.read_bytes()
    pictures = sorted(path.name for path in reference.images_dir.iterdir())
    assert pictures == ["epoch-0006.png", "epoch-0012.png", "epoch-0018.png", "epoch-0024.png", "losses.png"]
    for name in pictures:
        assert (run.images_dir / name).read_bytes() == (reference.images_dir / name).read_bytes()
    assert not list(run.path.rglob(".*"))


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return train(toy_training.CONFIG, toy_training.toy_set(), tmp_path_factory.mktemp("whole") / "run", progress=False)


def test_killed_at_a_random_moment(tmp_path, reference):
    run_dir = tmp_path / "run"
    process = start(run_dir)
    try:
        deadline = time.monotonic() + 120
        while not (run_dir / "checkpoints" / "epoch-0002").exists():
            assert process.poll() is None, "the training ended by itself"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(random.uniform(0, 0.3))
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL
    assert Run.load(run_dir).newest_checkpoint().epoch < 24
    assert start(run_dir).wait(120) == 0
    assert_same_run(Run.load(run_dir), reference)


def test_killed_while_a_checkpoint_is_written(tmp_path, reference):
    run_dir = tmp_path / "run"
    process = start(run_dir, "5")
    assert process.wait(120) == -signal.SIGKILL
    left = list((run_dir / "checkpoints").glob(".epoch-0010.*.partial"))
    assert [path.name for path in left[0].iterdir()] == ["model.weights.h5"]
    assert Run.load(run_dir).newest_checkpoint().epoch == 8
    # The table is one epoch ahead of the checkpoint, and the resumed run takes that back.
    assert Run.load(run_dir).metrics()["epoch"][-1] == 10
    run = train(toy_training.CONFIG, toy_training.toy_set(), run_dir, progress=False)
    assert_same_run(run, reference)


def test_a_finished_run_returns_at_once(reference):
    before = {path: path.stat().st_mtime_ns for path in reference.checkpoints_dir.rglob("*")}
    begun = time.monotonic()
    run = train(toy_training.CONFIG, toy_training.toy_set(), reference.path, progress=False)
    assert time.monotonic() - begun < 2
    assert {path: path.stat().st_mtime_ns for path in run.checkpoints_dir.rglob("*")} == before


def test_the_model_comes_back(reference):
    gan = reference.load_gan()
    assert int(gan.steps) == 24 * 5
    assert int(gan.d_optimizer.iterations) == int(gan.g_optimizer.iterations) == 24 * 5
    stored = arrays(reference)
    np.testing.assert_array_equal(gan.steps, stored["vars/0"])
