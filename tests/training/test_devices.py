"""Two devices learn what one does: as halves of a CPU, and as two processes. Each case is a process of its own."""

import dataclasses
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from shared_training import CONFIG
from toy_training import toy_set

from ecg_synth.errors import InputError
from ecg_synth.training import train
from ecg_synth.training.devices import strategy_for
from ecg_synth.training.run import Run

SCRIPT = Path(__file__).with_name("shared_training.py")


def start(*arguments, **environment):
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.PIPE, text=True)


def finish(*processes):
    for process in processes:
        _, errors = process.communicate(timeout=240)
        assert process.returncode == 0, errors[-3000:]


def weights(run_dir):
    gan = Run.load(run_dir).load_gan()
    return [np.asarray(v) for v in gan.variables + gan.d_optimizer.variables + gan.g_optimizer.variables]


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("localhost", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def assert_as_on_one(run_dir, alone):
    for name, column in Run.load(run_dir).metrics().items():
        np.testing.assert_allclose(column, alone.metrics()[name], rtol=1e-4, atol=1e-6, err_msg=name)
    for mine, theirs in zip(weights(run_dir), weights(alone.path), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=2e-3, atol=2e-5)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    return train(CONFIG, toy_set(), tmp_path_factory.mktemp("alone") / "run", progress=False)


def test_halves_of_a_cpu_and_an_exact_resume(tmp_path, alone):
    finish(start(2, 2, tmp_path / "run", tmp_path / "in_two"))
    assert_as_on_one(tmp_path / "run", alone)
    for mine, theirs in zip(weights(tmp_path / "run"), weights(tmp_path / "in_two"), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_two_workers(tmp_path, alone):
    cluster = {"worker": [f"localhost:{port}" for port in free_ports(2)]}
    finish(
        *(
            start(
                *(2, 2, tmp_path / "run"),
                TF_CONFIG=json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}}),
            )
            for index in range(2)
        )
    )
    assert_as_on_one(tmp_path / "run", alone)
    assert len(list((tmp_path / "run" / "checkpoints").iterdir())) == 2


def test_refuses_a_cluster_of_another_size(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": ["localhost:1", "localhost:2"]}}))
    with pytest.raises(InputError, match="Each worker of TF_CONFIG brings one device. Received: devices=3, 2 workers"):
        strategy_for(3)


def test_refuses_a_clock_in_a_cluster(monkeypatch, tmp_path):
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": {"worker": ["localhost:1", "localhost:2"]}}))
    config = dataclasses.replace(CONFIG, devices=2, max_minutes=1.0)
    with pytest.raises(InputError, match="have no clock in common. Received: max_minutes=1.0 with TF_CONFIG set"):
        train(config, toy_set(), tmp_path / "run", progress=False)


def test_refuses_to_divide_the_cpu_too_late(alone):
    with pytest.raises(InputError, match="before TensorFlow has computed anything. Received: devices=1000"):
        strategy_for(1000)


@pytest.mark.parametrize(("changes", "message"), [({"accumulate": 3}, "accumulate=3. Choose a multiple of 3")])
def test_refuses_shares_that_are_not_equal(tmp_path, changes, message):
    with pytest.raises(InputError, match=f"Received: batch_size=8, devices=1, {message}"):
        train(dataclasses.replace(CONFIG, **changes), toy_set(), tmp_path / "run", progress=False)


def test_refuses_no_device():
    with pytest.raises(InputError, match="devices must be at least 1. Received: devices=0"):
        strategy_for(0)


@pytest.mark.parametrize("text", ["nonsense", "[1]"])
def test_refuses_a_cluster_that_cannot_be_read(monkeypatch, text):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(InputError, match="must be a JSON object with cluster and task. Received: TF_CONFIG="):
        strategy_for(2)
