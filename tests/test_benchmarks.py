"""The benchmarks run; what they measure is not judged here."""

import ast
import hashlib
import importlib
import json
import os
import random
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from ecg_synth.config import TrainConfig
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.training import Run

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    own = [path.stem for path in FOLDER.glob("*.py")]
    yield importlib.import_module
    for name in own:
        sys.modules.pop(name, None)


def test_codec(benchmark, capsys):
    benchmark("codec").main(["--slices", "2", "--length", "225", "--repeats", "1", "--leads", "2"])
    printed = capsys.readouterr().out
    assert "machine: " in printed
    assert "copy for encode: 7,200 bytes of float64 (2, 225, 2)" in printed
    assert printed.count("reversed") == 4


def test_codec_error(benchmark, capsys):
    benchmark("codec_error").main(["--records", "5", "--length", "225", "--simulated"])
    printed = capsys.readouterr().out
    assert "records: simulated" in printed
    assert printed.count("cmyk") == 8
    assert printed.count(" dct ") == 4


def test_data(benchmark, capsys, tmp_path):
    arguments = ["--records", "4", "--duration", "4.1", "--repeats", "1", "--batches", "1", "--preset", "demo"]
    benchmark("data").main([*arguments, "--scratch", str(tmp_path), "--parts", "prepare", "tfdata"])
    printed = capsys.readouterr().out
    assert "np.fromfile alone (b)" in printed
    assert "a training step of preset demo, batch 64, eats" in printed
    assert list(tmp_path.iterdir()) == []


def test_tables(benchmark, capsys, tmp_path, thyroid):
    docs = tmp_path / "docs"
    docs.mkdir()
    arguments = ["--source-dir", str(thyroid), "--out", str(tmp_path / "out"), "--docs", str(docs), "--epochs", "1"]
    benchmark("tables").main(arguments)
    printed = capsys.readouterr().out
    assert "| thyroid-better | 100.0%" in printed
    assert printed.strip() in (docs / "tables.md").read_text()
    assert (docs / "tables.png").is_file()


def test_resume_tells_what_differs(benchmark, tmp_path):
    resume = benchmark("resume")

    def run(name, weight, table):
        folder = tmp_path / name / "checkpoints" / "epoch-0001"
        folder.mkdir(parents=True)
        with h5py.File(folder / "model.weights.h5", "w") as file:
            file["layers/dense/vars/0"] = np.array([weight, np.nan])
        (tmp_path / name / "metrics.csv").write_text(table)
        state = {"epoch": 1, "minutes": 0.0, "shapes": []}
        state["sha256"] = hashlib.sha256((folder / "model.weights.h5").read_bytes()).hexdigest()
        (folder / "state.json").write_text(json.dumps(state))
        return Run(tmp_path / name, TrainConfig(), None, {})

    whole = run("whole", 1.0, "epoch\n1\n")
    assert resume.differences(run("same", 1.0, "epoch\n1\n"), whole) == []
    wrong = ["epoch-0001/layers/dense/vars/0", "metrics.csv"]
    assert resume.differences(run("other", np.nextafter(1.0, 2.0), "epoch\n"), whole) == wrong


def test_seams_figures(benchmark):
    seams = benchmark("seams")
    stream = np.random.default_rng(0)
    smooth = np.cumsum(stream.standard_normal((400, 225)), axis=1)
    assert seams.seam_ratio(smooth, 15) == pytest.approx(1.0, abs=0.05)
    # Each row lifted by as much as a step is long: the jump at a seam is of variance 1 + 2.
    torn = smooth + np.repeat(stream.standard_normal((400, 15)), 15, axis=1)
    assert seams.seam_ratio(torn, 15) == pytest.approx(np.sqrt(3), rel=0.05)
    assert seams.spectrum_error(10 * smooth, smooth, 500.0) == pytest.approx(20.0)
    mean, features = np.full(3, 2.0), stream.standard_normal((100, 3))
    assert seams.frechet(features, features) == pytest.approx(0.0, abs=1e-3)
    shifted = features + mean * features.std(axis=0)
    assert seams.frechet(shifted, features) == pytest.approx(12.0, rel=1e-3)
    variants = seams.variants(4)
    assert variants["dcgan"].model.filters == (16, 32, 64)
    assert (variants["+ both"].model.padding, variants["+ both"].model.signal_scales) == ("helical", (1, 4, 16))


def test_flow_goes_the_way_it_is_told(benchmark):
    """One step of Heun to the end looks at both ends; without it, at the beginning alone."""
    flow = benchmark("flow")
    looks = []

    def velocity(x, time):
        looks.append(float(time))
        return np.ones_like(x)

    assert flow.to_the_end(velocity, np.zeros(2), 0.0, 1.0) == pytest.approx(1.0)
    assert looks == [0.0, 1.0]


def test_nearness(benchmark):
    """Levels do not matter; what is added to a slice is how far it is from it, while others are farther."""
    near = benchmark("nearness")
    seen = np.random.default_rng(0).standard_normal((6, 101, 2)).astype(np.float32)
    np.testing.assert_allclose(near.nearest(seen + 5.0, seen), 0.0, atol=1e-3)
    # Up at one half and down at the other, around a median that stays.
    ramp = 0.1 * np.sign(np.arange(101) - 50.0)[:, None]
    added = near.nearest(np.sort(seen, axis=1) + ramp, np.sort(seen, axis=1))
    np.testing.assert_allclose(added, 0.1 * np.sqrt(100 / 101), rtol=1e-3)
    said = next(near.nearness({"run": seen}, np.sort(seen, axis=1), seen))
    assert said.startswith("run: median RMSE to the nearest of 6 training slices 0.0000 mV")
    assert "ratio 0.000" in said


def test_clinic(benchmark, capsys):
    benchmark("clinic").main(["--patients", "1", "--leads", "ii"])
    printed = capsys.readouterr().out
    assert "XQRS, a second mirrored (used)  ii" in printed
    assert printed.count("QRS by slope (used)") == 3


def test_metrics(benchmark, capsys):
    chosen = ["--extractors", "power", "random", "--metrics", "frechet_random", "spectrum_db"]
    benchmark("metrics").main(["--slices", "20", "--replicates", "2", *chosen])
    printed = capsys.readouterr().out
    assert "20 slices against 20" in printed
    assert "peak memory" in printed
    assert "frechet_random" in printed


def test_judge_judged_figures(benchmark):
    judged = benchmark("judge_judged")
    floor = {"floor": 0.5, "floor_low": 0.4, "floor_high": 0.6}
    assert judged.is_caught("c2st", 0.7, floor)
    assert not judged.is_caught("c2st", 0.3, floor)
    assert judged.is_caught("recall", 0.3, floor)
    signals = SignalSet.of(np.random.default_rng(0).normal(size=(30, 50)), 100.0, groups=np.repeat(np.arange(10), 3))
    parts = judged.thirds(signals, 0)
    assert sum(map(len, parts)) == 30
    assert not set(parts[0].groups) & set(parts[1].groups)
    values = {degree: {"c2st": 0.5 + degree} for degree in judged.DEGREES}
    page = judged.page({"c2st": floor}, {"noise": values}, "facts", "words")
    assert "| `c2st`   | fidelity | 0.25    |" in page
    assert "**0.75**" in page


def test_kid_figures(benchmark):
    kid = benchmark("kid")
    groups = np.repeat(np.arange(11), 3)
    half = kid.halved(groups, 0)
    assert not set(groups[half]) & set(groups[~half])
    assert len(set(groups[half])) == 5
    left, right = np.random.default_rng(0).standard_normal((2, 60, 4))
    strange = np.concatenate([right, np.full((1, 4), 30.0)])
    assert kid.over_subsets(left, right) == pytest.approx(kid.kernel_distance(left, right), abs=0.1)
    assert abs(kid.cut(left, strange)) < 1 < abs(kid.kernel_distance(left, strange))


def test_paper(benchmark, capsys, tmp_path):
    benchmark("paper").main(["--count", "2", "--dpi", "72", "--presets", "clean", "fax", "--docs", str(tmp_path)])
    printed = capsys.readouterr().out
    assert "records: 2, simulated; 72 dpi" in printed
    assert "dots, fax" in printed
    assert (tmp_path / "paper.png").is_file()


def test_digitize(benchmark, capsys, tmp_path):
    arguments = ["--count", "1", "--dpi", "72", "--presets", "clean", "--paper", "plain", "--layout", "1x1"]
    benchmark("digitize").main([*arguments, "--out", str(tmp_path / "a.json")])
    printed = capsys.readouterr().out
    assert "records: 1 of 1, simulated" in printed
    # Without a grid and a second pulse nothing is read, and the table says so.
    assert "1 no grid" in printed
    assert (tmp_path / "a.json").is_file()


def test_every_script_has_a_line_in_the_readme():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in FOLDER.glob("*.py") if path.name not in readme] == []


def test_every_main_says_what_it_prints():
    mains = {
        path.name: node
        for path in FOLDER.glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name == "main"
    }
    assert len(mains) > 20
    assert [name for name, node in mains.items() if "Prints" not in (ast.get_docstring(node) or "")] == []


def test_serving_figures(benchmark):
    serving = benchmark("serving")
    good = {"signature_name": "generate", "inputs": {"count": 1, "seed": 0}}
    stream = random.Random(0)
    made = [serving.malformed(stream, good) for _ in range(300)]
    assert json.dumps(good).encode() not in [body for method, path, body in made if path.endswith("ecg_synth:predict")]
    assert {method for method, _, _ in made} == {"POST", "PUT", "DELETE", "PATCH"}
    assert serving.resident_mb(os.getpid()) > 10
    assert serving.per_second(lambda: None, 0.0) > 0


def test_train(benchmark, capsys, monkeypatch):
    train = benchmark("train")
    monkeypatch.setattr(train, "GROWTH", {"batch": (2,)})
    small = ["--batch", "2", "--side", "16", "--repeats", "1", "--steps", "1", "--models", "dcgan"]
    train.main([*small, "--tables", "growth"])
    printed = capsys.readouterr().out
    assert "peak MB" in printed


def test_strips_figures(benchmark):
    strips = benchmark("strips_figures")
    stream = np.random.default_rng(0)
    time = np.arange(10_000) / 1000
    # Ten hearts that beat every 0.8 s, each with a T wave of its own; the second half of `other` are the next one's.
    beats = [np.exp(-((((time - 0.3) % 0.8) - 0.2) ** 2) / 2e-4) for _ in range(10)]
    waves = [np.exp(-((((time - 0.3) % 0.8) - place) ** 2) / 2e-3) for place in np.linspace(0.32, 0.6, 10)]
    own = np.stack(beats) + 0.5 * np.stack(waves) + 0.01 * stream.standard_normal((10, 10_000))
    rate, spread, variation, long, short, alike, _, whose, _ = strips.rhythm_and_beats(own[..., None])
    assert rate == pytest.approx(75, abs=0.5)
    assert max(spread, variation, long, short) < 0.5
    assert alike > 0.99
    assert whose == 1
    other = np.concatenate([own[:, :4800], np.roll(own, 5, axis=0)[:, 4800:]], axis=1)
    assert strips.rhythm_and_beats(other[..., None])[5] < 0.95
    borders = [np.arange(1000, 10_000, 1000)] * 10
    noise = np.cumsum(stream.standard_normal((10, 10_000)), axis=1)[..., None].astype(np.float32)
    torn = noise + 20 * (np.arange(10_000) // 1000 % 2)[None, :, None]
    smooth, cut = strips.seams(noise, borders, None), strips.seams(torn, borders, None)
    assert smooth[0] == pytest.approx(1, abs=0.1)
    assert cut[0] > 3
    assert cut[2] > 0.8 > 0.7 > smooth[2]
