"""The house in one picture: an import may point left only.

signals -> codec -> sources -> (tfds_ptb) -> data -> models -> training -> sampling -> metrics, privacy -> serving
-> components -> app -> cli. `paper` stands on signals alone, `digitizing` on signals and paper, `plots` on NumPy and
matplotlib alone.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("ecg_synth", "tfds_ptb")

ROWS = [
    ("signals",),
    ("codec",),
    ("sources",),
    ("tfds_ptb",),
    ("data",),
    ("models",),
    ("training",),
    ("sampling",),
    ("metrics", "privacy"),
    ("serving",),
    ("components",),
    ("app",),
    ("cli",),
]
RANK = {room: rank for rank, rooms in enumerate(ROWS) for room in rooms}
FREE = {"config", "config_files", "errors", "files", "registry", "_version"}
# Rooms beside the row, and what they stand on.
BESIDE = {"paper": {"signals"}, "digitizing": {"signals", "paper"}}
PLOTS_MAY_USE = {"numpy", "matplotlib"}
# The package itself: what it gives lazily may come from any room, so only the rightmost may ask it.
TOP = "ecg_synth"
TENSORFLOW_ROOMS = {"models", "training", "data", "sampling", "serving", "components", "digitizing", "tfds_ptb"}
MAX_LINES = 300


def modules(root):
    return sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))


def room_of(module):
    """'ecg_synth.signals.leads' -> 'signals'; None for what is not ours."""
    first, *rest = module.split(".")
    if first == "tfds_ptb":
        return "tfds_ptb"
    if first != "ecg_synth":
        return None
    if not rest:
        return TOP
    # `python -m ecg_synth` is the command line; plots_signals.py and its like are parts of plots.
    return {"__main__": "cli"}.get(rest[0], "plots" if rest[0].startswith("plots_") else rest[0])


def imports_of(path, root):
    """Yields (line, module) for every import statement, also those in functions; relative ones made absolute."""
    package = path.relative_to(root).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            if module != "ecg_synth":
                yield node.lineno, module
                continue
            for alias in node.names:
                place = root / "ecg_synth" / alias.name
                known = alias.name in RANK or alias.name in FREE or alias.name in (*BESIDE, "plots")
                is_room = known or place.is_dir() or place.with_suffix(".py").is_file()
                yield node.lineno, f"ecg_synth.{alias.name}" if is_room else module


def objection(room, target):
    """Why `room` may not import `target`; None when it may."""
    if target == room or target in FREE or room == TOP:
        return None
    if room in FREE:
        return f"{room} is free to all and imports no room"
    if target == TOP:
        return None if room in ROWS[-1] else "the package itself may name any room; import the room that is meant"
    if room == "plots":
        return "plots stands on NumPy and matplotlib alone"
    if room in BESIDE:
        return None if target in BESIDE[room] else f"{room} stands on {' and '.join(sorted(BESIDE[room]))} alone"
    if target in BESIDE or target == "plots":
        return f"signals is the leftmost room, {target} is not" if room == "signals" else None
    for name in (room, target):
        if name not in RANK:
            return f"the room {name!r} has no place in ROWS of tests/test_architecture.py"
    if RANK[target] == RANK[room]:
        return f"{room} and {target} stand side by side"
    return f"{target} stands to the right of {room}" if RANK[target] > RANK[room] else None


def forbidden_arrows(root):
    found = []
    for path in modules(root):
        module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        room = room_of(module)
        for line, name in imports_of(path, root):
            target = room_of(name)
            if target is not None:
                why = objection(room, target)
            elif room == "plots" and name.split(".")[0] not in PLOTS_MAY_USE | sys.stdlib_module_names:
                why = "plots stands on NumPy and matplotlib alone"
            else:
                why = None
            if why:
                found.append(f"{path.relative_to(root).as_posix()}:{line}: imports {name}: {why}")
    return found


def test_imports_point_left():
    found = forbidden_arrows(ROOT)
    assert not found, "An import may point left only:\n" + "\n".join(found)


def test_modules_are_short():
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in modules(ROOT)}
    long = [f"{path}: {length} lines" for path, length in lengths.items() if length > MAX_LINES]
    assert not long, f"A module past {MAX_LINES} lines is two modules:\n" + "\n".join(long)


def test_tensorflow_is_imported_where_it_belongs():
    strays = [
        f"{path.relative_to(ROOT)}:{line}: imports {name}"
        for path in modules(ROOT)
        if room_of(".".join(path.relative_to(ROOT).with_suffix("").parts)) not in TENSORFLOW_ROOMS
        for line, name in imports_of(path, ROOT)
        if name.startswith("tensorflow")
    ]
    assert not strays, f"TensorFlow is for {sorted(TENSORFLOW_ROOMS)} only:\n" + "\n".join(strays)


@pytest.mark.parametrize(
    "module", ["ecg_synth", "ecg_synth.app.places", "ecg_synth.cli.main", "ecg_synth.sources.download"]
)
def test_import_is_light(module):
    heavy = ["tensorflow", "keras", "wfdb", "pandas", "scipy.signal", "matplotlib.pyplot", "requests"]
    code = f"import sys, {module}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


class TestTheWalker:
    """The rules on made-up trees, so that a test that finds nothing has looked."""

    @pytest.fixture
    def tree(self, tmp_path):
        def write(path, source):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(source)
            return forbidden_arrows(tmp_path)

        return write

    @pytest.mark.parametrize(
        ("path", "source"),
        [
            ("ecg_synth/codec/a.py", "from ecg_synth.signals.leads import LIMB"),
            (
                "ecg_synth/cli/a.py",
                "import ecg_synth\nimport ecg_synth.training.train\nfrom ecg_synth import __version__",
            ),
            ("ecg_synth/__main__.py", "from ecg_synth.cli.main import main"),
            ("ecg_synth/__init__.py", "def f():\n    from ecg_synth.cli import main"),
            ("tfds_ptb/x/builder.py", "from ecg_synth.sources.databases import open_source\nfrom ..y import z"),
            ("ecg_synth/data/a.py", "import tfds_ptb"),
            ("ecg_synth/signals/sub/a.py", "from ..leads import LIMB\nfrom . import b\nfrom ... import errors"),
            ("ecg_synth/paper/a.py", "from ecg_synth import config, signals"),
            ("ecg_synth/digitizing/a.py", "from ecg_synth import config, signals, paper"),
            ("ecg_synth/plots.py", "import numpy as np, math\nfrom matplotlib import pyplot\nimport ecg_synth.errors"),
            ("ecg_synth/plots_signals.py", "from ecg_synth.plots import save"),
            ("ecg_synth/metrics/a.py", "from ecg_synth import paper\nimport scipy"),
        ],
    )
    def test_allows(self, tree, path, source):
        assert tree(path, source) == []

    @pytest.mark.parametrize(
        ("path", "source", "expected"),
        [
            (
                "ecg_synth/signals/a.py",
                "import ecg_synth.codec.codec",
                "imports ecg_synth.codec.codec: codec stands to",
            ),
            ("ecg_synth/signals/a.py", "from ecg_synth import codec", "imports ecg_synth.codec: codec stands to"),
            ("ecg_synth/signals/a.py", "from ..codec import x", "imports ecg_synth.codec: codec stands to the right"),
            ("ecg_synth/signals/a.py", "from .. import codec", "imports ecg_synth.codec: codec stands to the right"),
            ("ecg_synth/signals/a.py", "import ecg_synth.plots", "plots is not"),
            ("ecg_synth/sources/a.py", "import tfds_ptb.x", "imports tfds_ptb.x: tfds_ptb stands to the right"),
            ("tfds_ptb/x.py", "import ecg_synth.data", "data stands to the right of tfds_ptb"),
            ("ecg_synth/metrics/a.py", "import ecg_synth.privacy", "metrics and privacy stand side by side"),
            ("ecg_synth/app/a.py", "import ecg_synth.cli", "cli stands to the right of app"),
            ("ecg_synth/paper/a.py", "import ecg_synth.codec", "paper stands on signals alone"),
            ("ecg_synth/paper/a.py", "import ecg_synth.digitizing", "paper stands on signals alone"),
            ("ecg_synth/digitizing/a.py", "import ecg_synth.data", "digitizing stands on paper and signals alone"),
            ("ecg_synth/plots.py", "import ecg_synth.signals", "plots stands on NumPy and matplotlib alone"),
            ("ecg_synth/plots.py", "import pandas", "plots stands on NumPy and matplotlib alone"),
            ("ecg_synth/config.py", "import ecg_synth.codec", "config is free to all and imports no room"),
            ("ecg_synth/codec/a.py", "from ecg_synth import EcgImageCodec", "the package itself may name any room"),
            ("ecg_synth/attic/a.py", "import ecg_synth.codec", "the room 'attic' has no place"),
        ],
    )
    def test_finds(self, tree, path, source, expected):
        found = tree(path, f'"""Doc."""\n\ndef inside():\n    {source}\n')
        assert len(found) == 1
        assert found[0].startswith(f"{path}:4: imports ")
        assert expected in found[0]
