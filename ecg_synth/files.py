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

_FULL = (errno.ENOSPC, errno.EDQUOT)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turns 'disk full' and 'no permission' within the block into a `StorageError` that names `path`.

    A permission that is refused beyond the folder of `path`, for example on an input file, stays as it was raised.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageError(
                f"The disk is full: {path} was not written, and what stood there before is unchanged. "
                f"Free some space, or choose another folder, and run the same command again."
            ) from error
        if error.errno in _REFUSED and _concerns(error, path):
            raise StorageError(
                f"No permission to write {path}; nothing was changed. Choose a folder that you own."
            ) from error
        raise


def _concerns(error: OSError, path: Path) -> bool:
    """Whether `error` is about `path`, what is beside it (the unfinished result), or a folder on the way to it."""
    if not isinstance(error.filename, str | os.PathLike):
        return True
    place = Path(os.path.abspath(error.filename))
    target = Path(os.path.abspath(path))
    return place.is_relative_to(target.parent) or target.is_relative_to(place)


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Writes a whole file or leaves the old one.

    Args:
        path: The file; its folder is made when it is missing.
        content: The bytes.

    Raises:
        InputError: A folder stands at `path`, or a file where its folder should be.
        StorageError: The disk is full or the folder is not writable.
    """
    path = Path(path)
    with _making(path):
        if path.is_dir():
            raise InputError(f"The output must be a file, but a folder stands there. Received: {str(path)!r}.")
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)
    with storage_errors(path):
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


@contextlib.contextmanager
def _making(path: Path) -> Iterator[None]:
    """Turns whatever keeps `path`, or a folder on the way to it, from being made within the block into our errors."""
    with storage_errors(path):
        try:
            yield
        except StorageError:
            raise
        except (FileExistsError, NotADirectoryError) as error:
            raise InputError(
                f"The folder of an output must be a folder, but {str(error.filename)!r} is a file. "
                f"Received: {str(path)!r}. Choose another place."
            ) from error
        except OSError as error:
            if error.errno in (*_FULL, *_REFUSED):
                raise
            raise StorageError(
                f"{path} cannot be made ({error.strerror}); nothing was changed. Choose a place in a folder that you "
                f"own, on a disk."
            ) from error


def make_folder(path: Path) -> None:
    """Makes a folder, and those on the way to it, unless it is there.

    Raises:
        InputError: A file stands there, or where a folder on the way should be.
        StorageError: It cannot be made.
    """
    with _making(path):
        path.mkdir(parents=True, exist_ok=True)


def make_parent(path: Path) -> None:
    """Makes the folder that `path` shall stand in; errors are those of `make_folder`, and name `path`."""
    with _making(path):
        path.parent.mkdir(parents=True, exist_ok=True)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raises what writing `path` would, asked before the work that goes into it; nothing is made.

    Raises:
        InputError: A file stands where a folder on the way to `path` should be.
        StorageError: The folder is not writable.
    """
    path = Path(path)
    with _making(path):
        folder = next(folder for folder in Path(os.path.abspath(path)).parents if folder.exists())
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
        try:
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            # About the folder, and not about a file that nobody has named.
            raise OSError(error.errno, error.strerror, str(folder)) from error


def write_text(path: str | os.PathLike[str], content: str) -> None:
    """`write_bytes` for UTF-8 text."""
    write_bytes(path, content.encode("utf-8"))


def check_free(out: str | os.PathLike[str], overwrite: bool) -> None:
    """Raises `InputError` where a file would be replaced, asked before the work that goes into it.

    Args:
        out: Where it would stand.
        overwrite: Whether that is wanted.

    Raises:
        InputError: A file stands there and `overwrite` is False, or `check_writable` refuses the place.
        StorageError: The folder is not writable.
    """
    check_writable(out)
    if not overwrite and Path(out).exists():
        raise InputError(
            f"A file stands where the result should be written. Received: out={str(out)!r}. Choose another name, "
            f"or pass --overwrite to replace it."
        )


@contextlib.contextmanager
def new_folder(path: str | os.PathLike[str], overwrite: bool = False) -> Iterator[Path]:
    """Fills a folder beside its place and renames it there when the block ends without an error.

    Args:
        path: Where the folder shall stand. It must not exist, or be empty, unless `overwrite`.
        overwrite: Replaces a folder that stands there; the old one is removed only after the new one is whole.

    Yields:
        The folder to write into, on the same file system as `path`.

    Raises:
        InputError: `path` exists, is not empty, and `overwrite` is False; or it holds the current folder.
        StorageError: The disk is full or the place is not writable; the old folder stays whole.
    """
    received, path = str(path), Path(os.path.abspath(path))
    with _making(path):
        if path.exists() and not path.is_dir():
            raise InputError(f"The output must be a folder, but a file stands there. Received: {received!r}.")
    # Replacing it would leave the shell, and whatever else runs there, in a folder that is gone.
    if Path.cwd().is_relative_to(path):
        raise InputError(
            f"The output folder must not be, or hold, the current folder. Received: {received!r}. "
            f"Name a new folder inside it."
        )
    with _making(path):
        if path.is_dir() and any(path.iterdir()) and not overwrite:
            raise InputError(
                f"The output folder is not empty, and nothing in it was changed. Received: {received!r}. "
                f"Choose another folder, or pass --overwrite to replace it."
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent))
    with storage_errors(path):
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
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".old", dir=path.parent))
    try:
        os.rename(path, aside / "old")
        try:
            os.rename(new, path)
        except BaseException:
            os.rename(aside / "old", path)
            raise
    except BaseException:
        # Only when empty: if the old folder could not go back, this is the one place where it still is.
        with contextlib.suppress(OSError):
            aside.rmdir()
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
