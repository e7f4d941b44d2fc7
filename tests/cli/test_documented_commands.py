"""Commands that stand in the README and the guide pages are ones that the command line takes."""

import re
import shlex
from pathlib import Path

import pytest

from ecg_synth.cli import main as main_module

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", *sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/*.md")))


def commands_of(text):
    """Those in blocks of code, continued lines joined, one of each '&&'; what is left open, '...' or $F, left out."""
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        for part in re.split(r"&&|\|", line.strip().removeprefix("$ ")) if line.startswith(("    ", "$ ")) else ():
            if part.strip().startswith("ecg-synth ") and "..." not in part and "$" not in part:
                yield part.strip()


@pytest.fixture
def asked(monkeypatch):
    """Commands do not run: what they would have been is listed."""
    found = []
    for command in main_module.COMMANDS:
        monkeypatch.setattr(command, "run", lambda self: found.append(self))
    monkeypatch.setattr(main_module, "import_tensorflow", lambda: None)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_taken(page, asked, capsys):
    commands = list(commands_of((ROOT / page).read_text(encoding="utf-8")))
    for command in commands:
        try:
            assert main_module.main(shlex.split(command, comments=True)[1:]) == 0
        except SystemExit:
            pytest.fail(f"{page}: {command}\n{capsys.readouterr().err}")
    assert len(asked) == len(commands)


def test_they_are_found():
    text = (
        "words\n\n    ecg-synth simulate \\\n        --out a && ecg-synth presets    # says\n$ ecg-synth demo | head\n"
    )
    assert list(commands_of(text)) == ["ecg-synth simulate  --out a", "ecg-synth presets    # says", "ecg-synth demo"]
    assert len(list(commands_of((ROOT / "README.md").read_text(encoding="utf-8")))) > 30
