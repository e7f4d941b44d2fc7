"""The benchmarks run; what they measure is not judged here."""

import importlib
import sys
from pathlib import Path

import pytest

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
    assert printed.count("reversed") == 3


def test_data(benchmark, capsys, tmp_path):
    arguments = ["--records", "4", "--duration", "4.1", "--repeats", "1", "--batches", "1", "--preset", "demo"]
    benchmark("data").main([*arguments, "--scratch", str(tmp_path), "--parts", "prepare", "tfdata"])
    printed = capsys.readouterr().out
    assert "np.fromfile alone (b)" in printed
    assert "a training step of preset demo, batch 64, eats" in printed
    assert list(tmp_path.iterdir()) == []


def test_every_script_has_a_line_in_the_readme():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in FOLDER.glob("*.py") if path.name not in readme] == []


def test_train(benchmark, capsys, monkeypatch):
    train = benchmark("train")
    monkeypatch.setattr(train, "GROWTH", {"batch": (2,)})
    small = ["--batch", "2", "--side", "16", "--repeats", "1", "--steps", "1", "--models", "dcgan"]
    train.main([*small, "--tables", "growth"])
    printed = capsys.readouterr().out
    assert "peak MB" in printed
