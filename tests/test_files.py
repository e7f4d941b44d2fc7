import errno
import os
import shutil
import stat

import pytest

from ecg_synth.errors import InputError, StorageError
from ecg_synth.files import check_free, new_folder, replace_folder, storage_errors, write_bytes, write_text

FULL = OSError(errno.ENOSPC, "No space left on device")
QUOTA = OSError(errno.EDQUOT, "Disk quota exceeded")
REFUSED = PermissionError(errno.EACCES, "Permission denied")
READ_ONLY = OSError(errno.EROFS, "Read-only file system")
KILLED = KeyboardInterrupt()

disk_errors = pytest.mark.parametrize(
    ("error", "raised", "message"),
    [
        (FULL, StorageError, "The disk is full: .* was not written"),
        (QUOTA, StorageError, "The disk is full: .* was not written"),
        (REFUSED, StorageError, "No permission to write .*; nothing was changed"),
        (READ_ONLY, StorageError, "No permission to write"),
        (KILLED, KeyboardInterrupt, None),
        (OSError(errno.EIO, "Input/output error"), OSError, "Input/output error"),
    ],
    ids=["full", "quota", "refused", "read-only", "killed", "other"],
)


def fail(error):
    def failing(*args, **kwargs):
        raise error

    return failing


def tree(folder):
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


class TestWriteBytes:
    def test_writes_and_overwrites_and_makes_folders(self, tmp_path):
        path = tmp_path / "a" / "b" / "file"
        write_bytes(path, b"old")
        write_bytes(str(path), b"new")
        assert path.read_bytes() == b"new"
        assert names(path.parent) == ["file"]

    def test_text_is_utf8_with_its_own_line_ends(self, tmp_path):
        write_text(tmp_path / "file", "é\r\n")
        assert (tmp_path / "file").read_bytes() == b"\xc3\xa9\r\n"

    def test_is_as_readable_as_any_other_file(self, tmp_path):
        (tmp_path / "other").write_bytes(b"")
        write_bytes(tmp_path / "file", b"")
        assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == stat.S_IMODE((tmp_path / "other").stat().st_mode)

    @disk_errors
    @pytest.mark.parametrize("step", ["fsync", "chmod", "replace"])
    def test_failure_at_any_step_leaves_the_old_file(self, tmp_path, monkeypatch, step, error, raised, message):
        write_bytes(tmp_path / "file", b"old")
        with monkeypatch.context() as patch:
            patch.setattr(os, step, fail(error))
            with pytest.raises(raised, match=message):
                write_bytes(tmp_path / "file", b"new")
        assert tree(tmp_path) == {"file": "old"}

    def test_place_that_cannot_be_written_to(self, tmp_path, monkeypatch):
        monkeypatch.setattr("tempfile.mkstemp", fail(PermissionError(errno.EACCES, "no", str(tmp_path / ".file.x"))))
        with pytest.raises(StorageError, match="No permission to write .*file"):
            write_bytes(tmp_path / "file", b"new")
        assert names(tmp_path) == []

    def test_folder_in_the_place_of_the_file(self, tmp_path):
        with pytest.raises(InputError, match="must be a file, but a folder stands there"):
            write_bytes(tmp_path, b"")

    @pytest.mark.parametrize("path", ["file/x", "file/x/y"])
    def test_file_in_the_place_of_the_folder(self, tmp_path, path):
        write_bytes(tmp_path / "file", b"old")
        with pytest.raises(InputError, match=r"must be a folder, but '.*file(/x)?' is a file"):
            write_bytes(tmp_path / path, b"new")
        assert tree(tmp_path) == {"file": "old"}


class TestNewFolder:
    def fill(self, path, content="old", **options):
        with new_folder(path, **options) as folder:
            (folder / "sub").mkdir()
            (folder / "sub" / "file").write_text(content)

    def test_appears_whole_and_leaves_nothing_beside(self, tmp_path):
        out = tmp_path / "a" / "out"
        with new_folder(str(out)) as folder:
            (folder / "file").write_text("x")
            assert not out.exists()
            assert folder.parent == out.parent
        assert tree(out) == {"file": "x"}
        assert names(out.parent) == ["out"]

    def test_is_as_open_as_any_other_folder(self, tmp_path):
        (tmp_path / "other").mkdir()
        self.fill(tmp_path / "out")
        assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == stat.S_IMODE((tmp_path / "other").stat().st_mode)

    def test_empty_folder_is_filled(self, tmp_path):
        (tmp_path / "out").mkdir()
        self.fill(tmp_path / "out")
        assert tree(tmp_path) == {"out/sub/file": "old"}

    def test_full_folder_is_refused_before_any_work(self, tmp_path):
        self.fill(tmp_path / "out")
        with pytest.raises(
            InputError, match=r"not empty, and nothing in it was changed. Received: '.*out'.*--overwrite"
        ):
            self.fill(tmp_path / "out", "new")
        assert tree(tmp_path) == {"out/sub/file": "old"}
        assert names(tmp_path) == ["out"]

    def test_overwrite_replaces_all(self, tmp_path):
        self.fill(tmp_path / "out")
        (tmp_path / "out" / "stray").write_text("")
        self.fill(tmp_path / "out", "new", overwrite=True)
        assert tree(tmp_path) == {"out/sub/file": "new"}
        assert names(tmp_path) == ["out"]

    def test_file_in_the_place_is_refused(self, tmp_path):
        (tmp_path / "out").write_text("x")
        for path in ("out", "out/below"):
            with pytest.raises(InputError, match="must be a folder, but"):
                self.fill(tmp_path / path, overwrite=True)
        assert tree(tmp_path) == {"out": "x"}

    @pytest.mark.parametrize("path", [".", "..", "../here"])
    def test_current_folder_is_not_replaced(self, tmp_path, monkeypatch, path):
        (tmp_path / "here").mkdir()
        (tmp_path / "here" / "file").write_text("x")
        monkeypatch.chdir(tmp_path / "here")
        with pytest.raises(InputError, match=r"must not be, or hold, the current folder"):
            self.fill(path, overwrite=True)
        assert tree(tmp_path) == {"here/file": "x"}

    def test_relative_path_survives_a_change_of_folder(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "else").mkdir()
        with new_folder("out") as folder:
            monkeypatch.chdir(tmp_path / "else")
            (folder / "file").write_text("x")
        assert tree(tmp_path) == {"out/file": "x"}

    @pytest.mark.parametrize("overwrite", [False, True])
    @disk_errors
    def test_failure_in_the_block_leaves_the_old_folder(self, tmp_path, error, raised, message, overwrite):
        if overwrite:
            self.fill(tmp_path / "out")
        before = tree(tmp_path)

        def work():
            with new_folder(tmp_path / "out", overwrite=overwrite) as folder:
                (folder / "half").write_text("x")
                raise error

        with pytest.raises(raised, match=message):
            work()
        assert tree(tmp_path) == before
        assert names(tmp_path) == (["out"] if overwrite else [])

    def test_own_errors_of_the_block_pass(self, tmp_path):
        with pytest.raises(ZeroDivisionError), new_folder(tmp_path / "out"):
            raise ZeroDivisionError
        assert names(tmp_path) == []

    @pytest.mark.parametrize("failing_call", [1, 2])
    @disk_errors
    def test_failed_rename_leaves_the_old_folder(self, tmp_path, monkeypatch, failing_call, error, raised, message):
        self.fill(tmp_path / "out")
        real, calls = os.rename, []

        def rename(source, target):
            calls.append(source)
            if len(calls) == failing_call:
                raise error
            real(source, target)

        with monkeypatch.context() as patch:
            patch.setattr(os, "rename", rename)
            with pytest.raises(raised, match=message):
                self.fill(tmp_path / "out", "new", overwrite=True)
        assert tree(tmp_path) == {"out/sub/file": "old"}
        assert names(tmp_path) == ["out"]

    def test_old_folder_that_cannot_go_back_is_kept_aside(self, tmp_path, monkeypatch):
        self.fill(tmp_path / "out")
        real, calls = os.rename, []

        def rename(source, target):
            calls.append(source)
            if len(calls) > 1:
                raise FULL
            real(source, target)

        monkeypatch.setattr(os, "rename", rename)
        with pytest.raises(StorageError):
            self.fill(tmp_path / "out", "new", overwrite=True)
        assert [content for name, content in tree(tmp_path).items() if name.endswith("old/sub/file")] == ["old"]

    def test_old_folder_that_cannot_be_removed_does_not_spoil_the_new_one(self, tmp_path, monkeypatch):
        self.fill(tmp_path / "out")
        monkeypatch.setattr(shutil, "rmtree", lambda path, ignore_errors=False: None)
        self.fill(tmp_path / "out", "new", overwrite=True)
        assert tree(tmp_path / "out") == {"sub/file": "new"}


def test_replace_folder_where_nothing_stands(tmp_path):
    (tmp_path / "new").mkdir()
    replace_folder(tmp_path / "new", tmp_path / "out")
    assert names(tmp_path) == ["out"]


class TestStorageErrors:
    def test_unreadable_input_is_not_called_an_unwritable_output(self, tmp_path):
        refused = PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "inputs" / "secret"))
        with pytest.raises(PermissionError) as caught, storage_errors(tmp_path / "outputs" / "out"):
            raise refused
        assert caught.value is refused

    @pytest.mark.parametrize("place", ["", "outputs", "outputs/out", "outputs/out/x", "outputs/.out.abc.partial/x"])
    def test_output_beside_it_or_on_the_way(self, tmp_path, place):
        with pytest.raises(StorageError, match="No permission to write"), storage_errors(tmp_path / "outputs" / "out"):
            raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / place))


def test_a_file_that_stands_is_said_before_the_work(tmp_path):
    there = tmp_path / "weights.npz"
    check_free(there, overwrite=False)
    there.write_bytes(b"old")
    check_free(there, overwrite=True)
    with pytest.raises(InputError) as caught:
        check_free(there, overwrite=False)
    assert str(caught.value) == (
        f"A file stands where the result should be written. Received: out={str(there)!r}. Choose another name, "
        f"or pass --overwrite to replace it."
    )
