"""Every command that writes says in a line why it cannot, before the work that goes into it, and leaves nothing."""

import errno
from pathlib import Path

import pytest

from ecg_synth.app.answers import AnswerFile
from ecg_synth.cli.main import main
from ecg_synth.cli.path_errors import blamed
from ecg_synth.errors import InputError, StorageError
from ecg_synth.files import check_writable

PROC = Path("/proc")
MODEL = ("--run-dir", "pretrained:ptbxl-i")
# What each writes by, with inputs that are not looked at, or are there; the path comes last.
COMMANDS = {
    "demo": ("--out",),
    "simulate": ("--patients", "1", "--duration", "4.1", "--out"),
    "download": ("--out",),
    "prepare": ("--source-dir", "{simulated}", "--length", "256", "--fs", "125", "--data-dir"),
    "show": ("--data-dir", "{judged_data}", "--out"),
    "show stats": ("--data-dir", "{judged_data}", "--out", "{tmp_path}/a.png", "--stats"),
    "train": ("--data-dir", "{judged_data}", "--filters", "4", "8", "--run-dir"),
    "generate": (*MODEL, "--count", "1", "--out"),
    "interpolate": (*MODEL, "--out"),
    "plot": ("--of", "{simulated}", "--out"),
    "export": (*MODEL, "--out"),
    "pack": (*MODEL, "--out"),
    "evaluate": ("--real", "{judged_data}", "--synthetic", "pretrained:ptbxl-i", "--out"),
    "fit-encoder": ("--real", "{judged_data}", "--out"),
    "paper": ("--records", "{simulated}", "--count", "1", "--dpi", "72", "--out"),
    "digitize": ("none.png", "--out"),
    "score-digitizer": ("--pages", "{tmp_path}", "--out"),
    "fit-digitizer": ("--out",),
}
CHEAP = ("simulate", "prepare", "show stats", "train", "interpolate", "plot", "fit-encoder", "paper", "digitize")


def run(name, place, request, tmp_path):
    fixtures = {key: request.getfixturevalue(key) for key in ("simulated", "judged_data")}
    arguments = [part.format(tmp_path=tmp_path, **fixtures) for part in COMMANDS[name]]
    return main([name.split()[0], *arguments, str(place)])


@pytest.mark.skipif(not PROC.is_dir(), reason="needs /proc, where nobody can make a file")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_place_where_nothing_can_be_made(name, request, tmp_path, capsys):
    assert run(name, PROC / "ecg_synth_x", request, tmp_path) == 1
    said = capsys.readouterr().err
    assert "ecg-synth: error: /proc/ecg_synth_x" in said
    assert "cannot be made (No such file or directory)" in said
    assert said.rstrip().endswith("Choose a place in a folder that you own, on a disk.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", CHEAP)
def test_a_file_on_the_way(name, request, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert run(name, tmp_path / "file" / "below" / "out.png", request, tmp_path) == 1
    said = capsys.readouterr().err
    assert "The folder of an output must be a folder, but" in said
    assert "Choose another place" in said
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not PROC.is_dir(), reason="needs /proc, where nobody can make a file")
def test_answers_are_not_asked_for_in_vain():
    with pytest.raises(StorageError, match=r"/proc/ecg_synth_x.csv cannot be made \(No such file or directory\)"):
        AnswerFile(PROC / "ecg_synth_x.csv")


def test_a_name_that_is_too_long(tmp_path, capsys):
    assert main(["simulate", "--patients", "1", "--out", str(tmp_path / ("x" * 300))]) == 1
    assert "cannot be made (File name too long)" in capsys.readouterr().err


class TestCheckWritable:
    def test_makes_nothing(self, tmp_path):
        check_writable(tmp_path / "a" / "b" / "c.png")
        assert list(tmp_path.iterdir()) == []

    def test_refuses_what_writing_would(self, tmp_path, monkeypatch):
        (tmp_path / "file").write_text("mine")
        with pytest.raises(InputError, match="must be a folder, but '.*file' is a file"):
            check_writable(tmp_path / "file" / "a.png")

        def refuse(dir):
            raise PermissionError(errno.EACCES, "Permission denied", str(dir / "tmp1234"))

        monkeypatch.setattr("tempfile.TemporaryFile", refuse)
        for path in (tmp_path / "a.png", tmp_path / "new" / "a.png"):
            with pytest.raises(StorageError, match=r"No permission to write .*a.png; nothing was changed. Choose"):
                check_writable(path)


class TestTheNet:
    def test_a_path_that_was_named(self, tmp_path, capsys, monkeypatch):
        def fall(self):
            raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "in" / "secret"))

        monkeypatch.setattr("ecg_synth.cli.simulate.Simulate.run", fall)
        assert main(["simulate", "--out", str(tmp_path / "in")]) == 1
        assert capsys.readouterr().err == (
            f"ecg-synth: error: {tmp_path}/in/secret cannot be used (Permission denied). Received: "
            f"'{tmp_path}/in'. Choose another place, or mend this one, and run the same command again.\n"
        )
        # What nobody named is a fault of ours, and keeps its traceback.
        with pytest.raises(PermissionError):
            main(["simulate", "--out", str(tmp_path / "other")])

    def test_which_argument_is_meant(self, tmp_path):
        error = FileNotFoundError(errno.ENOENT, "No such file or directory", str(tmp_path / "a"))
        assert "Received: 'x'" not in str(blamed(error, ["x", f"--out={tmp_path}/a/b"]))
        assert f"Received: '{tmp_path}/a/b'" in str(blamed(error, ["x", f"--out={tmp_path}/a/b"]))
        assert blamed(error, ["--flag", "x", "1"]) is None
        assert blamed(OSError(errno.EIO, "Input/output error"), [str(tmp_path)]) is None
