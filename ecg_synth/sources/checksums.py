"""A database's own list of sha256 sums, and the check of every file against it."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TypeVar

from ecg_synth.errors import InputError

T = TypeVar("T")

SUMS = "SHA256SUMS.txt"

# As `sha256sum` writes it: the sum, a space, a space (text) or an asterisk (binary), the path.
_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](.+)")


def read_checksums(path: str | Path) -> dict[str, str]:
    """Reads a list of sums in the form that `sha256sum` writes.

    Args:
        path: The list, usually `SHA256SUMS.txt` in the database's folder.

    Returns:
        The sha256 of each file in lower-case hex, by its path relative to the list.

    Raises:
        InputError: There is no list, it is empty, a line is malformed, or a path leaves the folder.
    """
    try:
        content = Path(path).read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise InputError(f"There is no list of sha256 sums. Received: sums={str(path)!r}.") from None
    return parse_checksums(content, str(path))


def parse_checksums(content: bytes, where: str) -> dict[str, str]:
    """`read_checksums` on bytes; `where` is the file or URL that errors name."""
    sums: dict[str, str] = {}
    for number, raw in enumerate(content.splitlines(), 1):
        line = raw.decode("utf-8", errors="replace")
        if not line.strip():
            continue
        match = _LINE.fullmatch(line)
        if match is None or "\ufffd" in line:
            raise InputError(
                f"A line of {where} must be 64 hex digits, two spaces and a path. "
                f"Received: line {number}: {line[:120]!r}. The list is damaged: fetch it again."
            )
        name = check_inside(match[2], f"{where}, line {number}")
        if sums.setdefault(name, match[1].lower()) != match[1].lower():
            raise InputError(
                f"{where} must give one sum a file. Received: line {number}: another sum for {name!r}. "
                f"The list is damaged: fetch it again."
            )
    if not sums:
        raise InputError(f"A list of sha256 sums must name a file. Received: {where}, which is empty. Fetch it again.")
    return sums


def check_inside(name: str, where: str) -> str:
    """Returns a relative path in its plain form ('./a' becomes 'a') when it stays in its folder, on any system.

    Raises:
        InputError: The path is absolute or climbs out with '..'; `where` names the list or archive that it is in.
    """
    path = PurePosixPath(name)
    windows = PureWindowsPath(name)
    leaves = path.is_absolute() or windows.drive or "\\" in name or ".." in path.parts or not path.parts
    if leaves or not name.isprintable():
        raise InputError(
            f"A path in a database must stay inside its folder. Received: {name!r} in {where}. "
            f"Nothing was written there; do not use this source."
        )
    return path.as_posix()


# hashlib.file_digest takes 256 kB at a time. After each, a thread that hashes waits up to 5 ms for its turn while
# another works in Python; a whole signal file at once waits once.
_CHUNK = 8 << 20


def sha256_of(path: str | Path) -> str:
    """Returns the sha256 of a file in lower-case hex."""
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def check_sum(path: Path, expected: str, name: str, where: str, remedy: str) -> None:
    """Raises `InputError` when the file at `path`, called `name` in the list `where`, has not the sum `expected`."""
    actual = sha256_of(path)
    if actual != expected:
        raise InputError(
            f"{name} must have the sha256 that {where} lists. Expected: {expected}. Received: sha256={actual}. {remedy}"
        )


def verify_checksums(
    folder: str | Path,
    sums: str | Path = SUMS,
    allow_missing: bool = False,
    progress: bool | None = None,
    stop: threading.Event | None = None,
) -> int:
    """Checks every file of a database against its list of sums; files that are not listed are ignored.

    Args:
        folder: The database.
        sums: The list, relative to `folder`.
        allow_missing: Passes over listed files that are absent, for a copy of a part of the database.
        progress: Draws a progress bar; None means only when stderr is a terminal.
        stop: Once it is set, no further file is checked.

    Returns:
        The number of files that were there and, unless it was stopped, right: at least one.

    Raises:
        InputError: A sum is wrong, a listed file is missing, or the list cannot be used.
    """
    folder = Path(folder)
    listed = read_checksums(folder / sums)
    present = [name for name in listed if (folder / name).is_file()]
    absent = sorted(listed.keys() - set(present))
    if absent and not (allow_missing and present):
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise InputError(
            f"Every file that {folder / sums} lists must be there. Received: no file {absent[0]!r}{more}. "
            f"Complete the copy: 'ecg-synth download' fetches only what is missing."
        )
    for name in bar(present, progress, "Checking sha256"):
        if stop is not None and stop.is_set():
            break
        remedy = "The file is damaged or was changed: delete it and fetch it again with 'ecg-synth download'."
        check_sum(folder / name, listed[name], str(folder / name), str(sums), remedy)
    return len(present)


def bar(items: Iterable[T], progress: bool | None, what: str) -> Iterator[T]:
    """Yields `items` under a progress bar; `progress` None means only when stderr is a terminal."""
    from tqdm import tqdm

    # tqdm's own word for 'when stderr is a terminal' is disable=None.
    yield from tqdm(items, desc=what, unit="file", disable=None if progress is None else not progress)
