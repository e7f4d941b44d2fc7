"""A run folder belongs to one process at a time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from ecg_synth.errors import InputError
from ecg_synth.files import make_folder

try:
    import fcntl
except ImportError:  # Windows has no advisory locks of this kind; two trainings in one folder are not caught there.
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def locked(run_dir: str | os.PathLike[str]) -> Iterator[None]:
    """Holds the run folder, which is made when missing; the system lets go of it when the process dies.

    Raises:
        InputError: Another process trains there.
        StorageError: The folder cannot be made.
    """
    path = Path(run_dir)
    if path.exists() and not path.is_dir():
        raise InputError(f"A run is a folder, but a file stands there. Received: run_dir={str(path)!r}.")
    make_folder(path)
    if fcntl is None:
        yield
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                f"Another process trains in this folder. Received: run_dir={str(path)!r}. Wait for it to end, or "
                f"choose another folder."
            ) from None
        yield
    finally:
        os.close(handle)
