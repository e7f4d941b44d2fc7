"""The PTB Diagnostic ECG Database from PhysioNet, every file checked against the database's own sha256 sums.

A file stands in its place only when its sum is right. What is unfinished is called `*.partial`, and the same call
goes on with it.
"""

from __future__ import annotations

import os
import shutil
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from ecg_synth.errors import InputError, check_choice
from ecg_synth.files import make_parent, storage_errors, write_bytes, write_text
from ecg_synth.sources.checksums import (
    SUMS,
    bar,
    check_inside,
    check_sum,
    parse_checksums,
    read_checksums,
    sha256_of,
    verify_checksums,
)
from ecg_synth.sources.fetch import fetch_bytes, fetch_partial, open_session

if TYPE_CHECKING:
    import requests

__all__ = ["METHODS", "PTB_URL", "PTB_ZIP_URL", "download_database", "find_database", "verify_checksums"]

PTB_URL = "https://physionet.org/files/ptbdb/1.0.0/"
PTB_ZIP_URL = "https://physionet.org/static/published-projects/ptbdb/ptb-diagnostic-ecg-database-1.0.0.zip"
METHODS = ("files", "zip")

# Says where the list of sums came from. Without it a second call could not tell the database from another one, such
# as a simulated one, whose list is just as consistent.
ORIGIN = "DOWNLOADED_FROM.txt"

_SENT_WRONG = (
    "The server sent something else, and nothing was put in its place: run the same command again, or try the "
    "other method (files, zip)."
)


def download_database(
    out: str | Path,
    base_url: str = PTB_URL,
    method: str = "files",
    zip_url: str = PTB_ZIP_URL,
    progress: bool | None = None,
) -> Path:
    """Fetches a database into `out`; files that are there with the right sum are not fetched again.

    Args:
        out: The database's folder. What it holds besides the database stays.
        base_url: The folder on the server that holds `SHA256SUMS.txt` and the files that it lists.
        method: `"files"` fetches them one by one, `"zip"` the archive at `zip_url`.
        zip_url: The archive.
        progress: Draws progress bars; None means only when stderr is a terminal.

    Returns:
        `out`, in which every listed file is there and right.

    Raises:
        InputError: The server cannot be reached, a sum is wrong, or `out` holds another database.
        StorageError: The disk is full or `out` is not writable; files that were complete stay.
    """
    check_choice("method", method, METHODS)
    out, base_url = Path(out), base_url.rstrip("/") + "/"
    if out.exists() and not out.is_dir():
        raise InputError(f"The output must be a folder, but a file stands there. Received: out={str(out)!r}.")
    sums = _known_sums(out, (base_url, zip_url))
    if sums is not None and not _pending(out, sums, progress):
        return out
    with open_session() as session, storage_errors(out):
        make_parent(out / SUMS)
        if method == "zip":
            _from_zip(session, out, zip_url, base_url, progress)
        else:
            _from_files(session, out, base_url, sums, progress)
    return out


def find_database(folder: str | Path) -> Path:
    """Returns the topmost folder in or under `folder` that holds `RECORDS`, for example in an unpacked archive.

    Raises:
        InputError: There is none.
    """
    found = sorted(Path(folder).rglob("RECORDS"), key=lambda path: (len(path.parts), path))
    if not found:
        raise InputError(
            f"A database must hold the file RECORDS. Received: {str(folder)!r}, without one in any folder."
        )
    return found[0].parent


def _known_sums(out: Path, urls: tuple[str, str]) -> dict[str, str] | None:
    """The list of sums that an earlier call took from one of `urls`, else None."""
    origin = out / ORIGIN
    if (out / SUMS).is_file() and origin.is_file() and origin.read_text(encoding="utf-8").strip() in urls:
        return read_checksums(out / SUMS)
    return None


def _adopt(out: Path, content: bytes, url: str) -> dict[str, str]:
    """Puts the server's list of sums in `out`, unless `out` holds another database."""
    sums = parse_checksums(content, url)
    mine, records = out / SUMS, out / "RECORDS"
    other = read_checksums(mine) != sums if mine.exists() else False
    if not mine.exists() and "RECORDS" in sums and records.is_file():
        other = sha256_of(records) != sums["RECORDS"]
    if other:
        raise InputError(
            f"The output folder must be empty or hold this database, or a part of it. Received: out={str(out)!r}, "
            f"whose {SUMS if mine.exists() else 'RECORDS'} is not the one of {url}. Nothing was changed: "
            f"choose another folder."
        )
    write_bytes(mine, content)
    write_text(out / ORIGIN, url + "\n")
    return sums


def _pending(out: Path, sums: dict[str, str], progress: bool | None) -> list[str]:
    """The listed files that are absent or wrong."""
    present = [name for name in sums if (out / name).is_file()]
    right = {name for name in bar(present, progress, "Checking sha256") if sha256_of(out / name) == sums[name]}
    return [name for name in sums if name not in right]


def _from_files(
    session: requests.Session, out: Path, base_url: str, sums: dict[str, str] | None, progress: bool | None
) -> None:
    if sums is None:
        sums = _adopt(out, fetch_bytes(session, base_url + SUMS), base_url)
    for name in bar(_pending(out, sums, progress), progress, "Downloading"):
        url, target = base_url + quote(name), out / name
        with storage_errors(target):
            make_parent(target)
            partial = target.with_name(target.name + ".partial")
            if fetch_partial(session, url, partial) and sha256_of(partial) != sums[name]:
                # The seam may be at fault: the file changed between two calls, or the server miscounts.
                partial.unlink()
                fetch_partial(session, url, partial)
            _install(partial, target, sums[name], url)


def _install(partial: Path, target: Path, expected: str, url: str) -> None:
    try:
        check_sum(partial, expected, url, SUMS, _SENT_WRONG)
    except InputError:
        partial.unlink()
        raise
    os.replace(partial, target)


def _from_zip(session: requests.Session, out: Path, url: str, base_url: str, progress: bool | None) -> None:
    archive = out / (Path(urlsplit(url).path).name + ".partial")
    resumed = _fetch_archive(session, url, archive, progress)
    whole = _is_whole(archive)
    if resumed and not whole:
        archive.unlink()
        _fetch_archive(session, url, archive, progress)
        whole = _is_whole(archive)
    try:
        if not whole:
            raise InputError(f"The archive must be a whole zip file. Received: url={url!r}, damaged. {_SENT_WRONG}")
        with zipfile.ZipFile(archive) as opened:
            _unpack(session, opened, out, url, base_url, progress)
    except InputError:
        # Kept, it would be taken for a finished download by every later call.
        archive.unlink()
        raise
    archive.unlink()


def _fetch_archive(session: requests.Session, url: str, archive: Path, progress: bool | None) -> bool:
    from tqdm import tqdm

    disable = None if progress is None else not progress
    with tqdm(desc="Downloading", unit="B", unit_scale=True, disable=disable) as meter:

        def report(done: int, total: int | None) -> None:
            meter.total = total
            meter.update(done - meter.n)

        return fetch_partial(session, url, archive, report)


def _is_whole(archive: Path) -> bool:
    try:
        with zipfile.ZipFile(archive) as opened:
            return opened.testzip() is None
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
        return False


def _unpack(
    session: requests.Session, opened: zipfile.ZipFile, out: Path, url: str, base_url: str, progress: bool | None
) -> None:
    # zipfile cleans names in silence; an archive with such a name is not the database, so none of it is used.
    members = {check_inside(name, url): name for name in opened.namelist()}
    indexes = sorted((name for name in members if Path(name).name == "RECORDS"), key=lambda name: name.count("/"))
    if not indexes:
        raise InputError(f"The archive must hold a database. Received: url={url!r}, in which there is no file RECORDS.")
    top = indexes[0].removesuffix("RECORDS")
    listed = members.get(top + SUMS)
    sums = _adopt(out, opened.read(listed) if listed else fetch_bytes(session, base_url + SUMS), url)
    for name in bar(_pending(out, sums, progress), progress, "Unpacking"):
        if top + name not in members:
            raise InputError(
                f"The archive must hold every file that {SUMS} lists. Received: url={url!r}, without {name!r}. "
                f"{_SENT_WRONG}"
            )
        target = out / name
        with storage_errors(target):
            make_parent(target)
            partial = target.with_name(target.name + ".partial")
            with opened.open(members[top + name]) as source, open(partial, "wb") as stream:
                shutil.copyfileobj(source, stream, 1 << 20)
                stream.flush()
                os.fsync(stream.fileno())
            _install(partial, target, sums[name], f"{url}: {name}")
