"""One real server: started by the command line, reloaded under load, ended while it computes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import requests

from ecg_synth.serving.client import Client

STEPS = 300_000


def entries(log):
    """The server's own lines: TensorFlow's C++ writes others beside them on a machine without a GPU."""
    return [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]


@pytest.fixture
def started(toy, tmp_path):
    """The process, its port, and the folder of versions."""
    base = tmp_path / "base"
    shutil.copytree(toy, base / "1")
    log = tmp_path / "log"
    command = [sys.executable, "-m", "ecg_synth", "serve", "--model", str(base), "--port", "0", "--poll", "0.1"]
    with open(log, "wb") as stream:
        environment = {**os.environ, "ECG_SYNTH_TOKEN": "secret"}
        process = subprocess.Popen([*command, "--threads", "1"], stdout=stream, stderr=stream, env=environment)
    deadline = time.monotonic() + 60
    while b'"a version serves"' not in log.read_bytes():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    listening = entries(log)[0]
    assert listening["message"] == "listening"
    yield process, listening["port"], base, log
    if process.poll() is None:
        process.kill()
    process.wait()


def test_reload_and_end(started, toy_twice_as_loud, tmp_path):
    process, port, base, log = started
    url = f"http://127.0.0.1:{port}"
    found, stop = [], threading.Event()

    def ask():
        # No second try: a failed request shows.
        client = Client(url, "secret", tries=1)
        while not stop.is_set():
            found.append(client.generate(1, seed=0)["signal_mv"])

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    # Beside it and renamed, so that the server never meets half of it; under load all the while.
    shutil.copytree(toy_twice_as_loud, tmp_path / "new")
    (tmp_path / "new").rename(base / "2")
    client = Client(url, "secret")
    deadline = time.monotonic() + 60
    while client.status().get(2) != "AVAILABLE":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    after = len(found)
    while len(found) < after + 6:
        assert all(asker.is_alive() for asker in askers)
        time.sleep(0.01)
    stop.set()
    for asker in askers:
        asker.join()
    np.testing.assert_array_equal(found[-1], 2 * found[0])
    assert client.status() == {2: "AVAILABLE", 1: "END"}

    answers = []
    body = {"signature_name": "slow", "inputs": {"steps": STEPS}}
    headers = {"Authorization": "Bearer secret"}
    slow = threading.Thread(
        target=lambda: answers.append(
            requests.post(f"{url}/v1/models/ecg_synth:predict", json=body, headers=headers, timeout=60)
        )
    )
    slow.start()
    while "ecg_synth_pending_requests 1.0" not in requests.get(f"{url}/metrics", headers=headers, timeout=60).text:
        assert slow.is_alive()
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    slow.join()
    assert answers[0].json() == {"outputs": [STEPS]}
    lines = entries(log)
    assert lines[-1]["message"] == "ended"
    assert {line["status"] for line in lines if line["message"] == "request"} == {200}
    assert "secret" not in log.read_text()
