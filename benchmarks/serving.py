"""The REST server: slices a second, latency, memory, malformed requests, a reload under load.

    python benchmarks/serving.py --run-dir runs/gan-modern

Exports the run, starts `ecg-synth serve` on it in a process of its own and asks it over HTTP. `--quick` is for a
machine that is busy with something else.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import requests
from machine import PACKAGES, describe
from tabulate import tabulate

from ecg_synth.data.quiet import import_tensorflow
from ecg_synth.serving.client import Client

PARTS = ("rate", "latency", "memory", "malformed", "reload")
PATH = "/v1/models/ecg_synth"
CLIENTS = (1, 8, 64)
# What an answer may not hold: traces, and paths of the server's machine.
LEAKS = ("Traceback", "site-packages", ".py", 'File "', "/root", "/tmp", "/home", "/usr")


@contextlib.contextmanager
def server(base: Path, *flags: str) -> Iterator[tuple[str, int]]:
    """The address and the process id of a server of its own."""
    log = base.parent / "server.log"
    command = [sys.executable, "-m", "ecg_synth", "serve", "--model", str(base), "--port", "0", *flags]
    with open(log, "wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream)
    try:
        while b'"a version serves"' not in log.read_bytes():
            if process.poll() is not None:
                raise SystemExit(log.read_text())
            time.sleep(0.1)
        listening = json.loads(log.read_text().splitlines()[0])
        yield f"http://127.0.0.1:{listening['port']}", process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def per_second(task: Callable[[], object], seconds: float) -> float:
    task()
    started, done = time.perf_counter(), 0
    while (spent := time.perf_counter() - started) < seconds or done < 2:
        task()
        done += 1
    return done / spent


def measure_rate(sampler: Any, saved: Path, url: str, batches: Sequence[int], seconds: float, seed: int) -> None:
    import tensorflow as tf

    from ecg_synth.serving.rest.model import ServedModel

    model = ServedModel(saved, 1)
    generator, latent_dim = sampler.gan.sampling_generator, sampler.gan.latent_dim
    session, client = requests.Session(), Client(url, batch=max(batches))
    rows = []
    for batch in batches:
        latents = np.random.default_rng(seed).standard_normal((batch, latent_dim)).astype(np.float32)
        inputs = {"count": tf.constant(batch, tf.int64), "seed": tf.constant(seed, tf.int64)}
        body = json.dumps({"signature_name": "generate", "inputs": {"count": batch, "seed": seed}}).encode()

        def over_http(body: bytes = body) -> None:
            response = session.post(f"{url}{PATH}:predict", data=body, timeout=600)
            assert response.status_code == 200, response.text[:200]

        def signature(inputs: dict[str, Any] = inputs) -> None:
            model.predict("generate", {name: value.numpy() for name, value in inputs.items()})

        tasks: dict[str, Callable[[], object]] = {
            "generator.predict": lambda latents=latents: generator.predict(latents, batch_size=64, verbose=0),
            "SavedModel": signature,
            "SavedModel to JSON": lambda body=body, batch=batch: model.answer(body, batch),
            "REST": over_http,
            "Client, arrays": lambda batch=batch: client.generate(batch, seed),
        }
        rates = {name: batch * per_second(task, seconds) for name, task in tasks.items()}
        bare = rates["generator.predict"]
        rows.append((batch, *(f"{rate:,.0f} ({rate / bare:.2f})" for rate in rates.values())))
    print("\nslices a second (times generator.predict, which neither decodes nor draws whole blocks of 64):")
    print(tabulate(rows, ("slices a request", *tasks), disable_numparse=True, colalign=("right",) * 6))


def ask_many(url: str, clients: int, each: int, body: bytes) -> tuple[list[float], Counter[str], float]:
    """Seconds of each request, statuses or errors, and the seconds that all took."""
    seconds: list[float] = []
    found: Counter[str] = Counter()
    barrier = threading.Barrier(clients + 1)

    def ask() -> None:
        session = requests.Session()
        barrier.wait()
        for _ in range(each):
            started = time.perf_counter()
            try:
                found[str(session.post(f"{url}{PATH}:predict", data=body, timeout=600).status_code)] += 1
            except requests.RequestException as error:
                found[type(error).__name__] += 1
            seconds.append(time.perf_counter() - started)

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    barrier.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return seconds, found, time.perf_counter() - started


def measure_latency(url: str, number: int, body: bytes) -> None:
    rows = []
    for clients in CLIENTS:
        seconds, found, whole = ask_many(url, clients, max(2, number // clients), body)
        marks = [1000 * value for value in np.percentile(seconds, (50, 95, 99))]
        rows.append(
            (clients, len(seconds), len(seconds) - found["200"], *marks, 1000 * max(seconds), len(seconds) / whole)
        )
    print("\nlatency of one slice a request, ms:")
    print(tabulate(rows, ("clients", "requests", "failed", "p50", "p95", "p99", "max", "requests/s"), floatfmt=",.0f"))


def resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def measure_memory(url: str, pid: int, number: int, body: bytes) -> None:
    rows, done = [(0, resident_mb(pid))], 0
    for _ in range(10):
        _, found, _ = ask_many(url, 4, number // 40, body)
        done += found["200"]
        rows.append((done, resident_mb(pid)))
    print("\nresident memory of the server, MB:")
    print(tabulate(rows, ("requests", "MB"), floatfmt=",.1f"))


def malformed(stream: random.Random, good: dict[str, Any]) -> tuple[str, str, bytes]:
    """A method, a path and a body that are not a request."""
    path = f"{PATH}:predict"
    kind = stream.randrange(9)
    text = json.dumps(good).encode()
    if kind == 0:
        return "POST", path, bytes(stream.randrange(256) for _ in range(stream.randrange(200)))
    if kind == 1:
        return "POST", path, text[: stream.randrange(len(text))]
    if kind == 2:
        return "POST", path, b"[" * stream.choice((10, 5_000, 500_000))
    if kind == 3:
        return "POST", path, b"x" * stream.choice((8_000_001, 12_000_000))
    if kind == 4:
        elsewhere = ("/", "/v1", "/v1/models/none:predict", f"{PATH}/versions/x:predict", f"{PATH}/../../etc/passwd")
        return stream.choice(("POST", "PUT", "DELETE", "PATCH")), stream.choice(elsewhere), text
    if kind == 5:
        # All of them are wrong in whichever input they stand.
        wrong = (-1, 2**63, 10**400, 1.5, "1", None, True, [], [1, 2], {}, {"b64": "AA"}, float("nan"), [[1, 1]])
        name = stream.choice(("count", "seed"))
        return "POST", path, json.dumps({"inputs": {**good["inputs"], name: stream.choice(wrong)}}).encode()
    if kind == 6:
        values = (1, "a", [], {}, [{}], None)
        names = ("inputs", "instances", "signature_name", "count", "x")
        keys = {stream.choice(names): stream.choice(values) for _ in range(3)}
        return "POST", path, json.dumps({"inputs": {"count": 10**9, "seed": 0}, **keys}).encode()
    if kind == 7:
        shape = [stream.randrange(3) for _ in range(stream.randrange(1, 6))]
        return "POST", path, json.dumps({"signature_name": "decode", "inputs": np.zeros(shape).tolist()}).encode()
    return "POST", path, json.dumps({**good, "instances": [1]}).encode()


def measure_malformed(url: str, number: int, seed: int, good: dict[str, Any]) -> None:
    stream, session = random.Random(seed), requests.Session()
    statuses: Counter[str] = Counter()
    leaks = 0
    for _ in range(number):
        method, path, body = malformed(stream, good)
        try:
            response = session.request(method, url + path, data=body, timeout=60)
        except requests.RequestException as error:
            statuses[type(error).__name__] += 1
            continue
        statuses[str(response.status_code)] += 1
        said = response.text.replace(path, "")
        leaks += any(leak in said for leak in LEAKS)
    alive = session.post(f"{url}{PATH}:predict", json=good, timeout=60).status_code
    print(
        f"\n{number} malformed requests: answers {dict(sorted(statuses.items()))}, with a path or a traceback {leaks}"
    )
    print(f"a good request after them: {alive}")


def measure_reload(url: str, saved: Path, base: Path, body: bytes, reloads: int) -> None:
    stop, found = threading.Event(), Counter[str]()
    slowest = [0.0]

    def ask() -> None:
        session = requests.Session()
        while not stop.is_set():
            started = time.perf_counter()
            try:
                found[str(session.post(f"{url}{PATH}:predict", data=body, timeout=60).status_code)] += 1
            except requests.RequestException as error:
                found[type(error).__name__] += 1
            slowest[0] = max(slowest[0], time.perf_counter() - started)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    client = Client(url)
    for version in range(2, 2 + reloads):
        shutil.copytree(saved, base.parent / "next")
        (base.parent / "next").rename(base / str(version))
        while client.status().get(version) != "AVAILABLE":
            time.sleep(0.05)
        time.sleep(1)
    stop.set()
    for thread in threads:
        thread.join()
    failed = sum(found.values()) - found["200"]
    print(
        f"\n{reloads} reloads under 8 clients: {sum(found.values())} requests, {failed} failed {dict(found)}, "
        f"slowest {1000 * slowest[0]:,.0f} ms, then {client.status()}"
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Prints slices a second, latency, memory, answers to malformed requests, and failures under reloads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run-dir", required=True, help="a trained run without classes")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--batches", nargs="+", type=int, default=(1, 10, 64, 256))
    parser.add_argument("--seconds", type=float, default=3.0, help="of each figure of the rates")
    parser.add_argument("--requests", type=int, default=10_000, help="of the memory part; a tenth of them a latency")
    parser.add_argument("--malformed", type=int, default=1000)
    parser.add_argument("--reloads", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="a twentieth of everything")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    share = 20 if options.quick else 1
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import_tensorflow()
    from ecg_synth.sampling.load import load_sampler
    from ecg_synth.serving.export import export_saved_model

    print(describe(options.seed, (*PACKAGES, "fastapi", "uvicorn", "orjson")))
    scratch = Path(tempfile.mkdtemp(prefix="ecg_synth_benchmark."))
    good = {"signature_name": "generate", "inputs": {"count": 1, "seed": options.seed}}
    body = json.dumps(good).encode()
    try:
        sampler, facts = load_sampler(options.run_dir)
        saved = export_saved_model(sampler, facts, scratch / "saved")
        base = scratch / "base"
        shutil.copytree(saved, base / "1")
        print(f"model: preset {facts['preset']}, slices of {sampler.output_specs[1].shape[1:]}")
        with server(base) as (url, pid):
            if "rate" in options.parts:
                measure_rate(sampler, saved, url, options.batches, options.seconds / share, options.seed)
            if "latency" in options.parts:
                measure_latency(url, options.requests // 10 // share, body)
            if "memory" in options.parts:
                measure_memory(url, pid, options.requests // share, body)
            if "malformed" in options.parts:
                measure_malformed(url, options.malformed // share, options.seed, good)
            if "reload" in options.parts:
                measure_reload(url, saved, base, body, max(1, options.reloads // share))
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main()
