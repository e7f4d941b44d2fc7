"""Writing so that nothing is ever half there: write beside, then rename.

A reader sees the old result or the new one, also when the disk fills up or the process is killed in the middle.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ecg_synth.errors import InputError, StorageError


@contextlib.contextmanager
def _storage_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageError(
                f"The disk is full: {path} was not written, and what stood there before is unchanged. "
                f"Free some space, or choose another folder, and run the same command again."
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise StorageError(
                f"No permission to write {path}; nothing was changed. Choose a folder that you own."
            ) from error
        raise


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Writes a whole file or leaves the old one.

    Args:
        path: The file; its folder is made when it is missing.
        content: The bytes.

    Raises:
        StorageError: The disk is full or the folder is not writable.
    """
    path = Path(path)
    with _storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            # mkstemp makes private files; a result is as readable as any other file of this user.
            os.chmod(beside, 0o666 & ~_umask())
            os.replace(beside, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(beside)
            raise


def write_text(path: str | os.PathLike[str], content: str) -> None:
    """`write_bytes` for UTF-8 text."""
    write_bytes(path, content.encode("utf-8"))


@contextlib.contextmanager
def new_folder(path: str | os.PathLike[str], overwrite: bool = False) -> Iterator[Path]:
    """Fills a folder beside its place and renames it there when the block ends without an error.

    Args:
        path: Where the folder shall stand. It must not exist, or be empty, unless `overwrite`.
        overwrite: Replaces a folder that stands there; the old one is removed only after the new one is whole.

    Yields:
        The folder to write into, on the same file system as `path`.

    Raises:
        InputError: `path` exists, is not empty, and `overwrite` is False.
        StorageError: The disk is full or the place is not writable; the old folder stays whole.
    """
    path = Path(path)
    if path.exists() and not path.is_dir():
        raise InputError(f"The output must be a folder, but a file stands there. Received: {str(path)!r}.")
    if path.is_dir() and any(path.iterdir()) and not overwrite:
        raise InputError(
            f"The output folder is not empty, and nothing in it was changed. Received: {str(path)!r}. "
            f"Choose another folder, or pass --overwrite to replace it."
        )
    with _storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent))
        try:
            beside.chmod(0o777 & ~_umask())
            yield beside
            replace_folder(beside, path)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise


def replace_folder(new: Path, path: Path) -> None:
    """Puts the finished folder `new` in the place of `path` (both on one file system), the old one leaving last."""
    if not path.exists():
        os.rename(new, path)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".old", dir=path.parent))
    os.rename(path, old / "old")
    try:
        os.rename(new, path)
    except BaseException:
        os.rename(old / "old", path)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
