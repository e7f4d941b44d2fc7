"""One file a record: which files there are, and what the record of each is called."""

from __future__ import annotations

from pathlib import Path

from ecg_synth.errors import InputError
from ecg_synth.sources.checksums import sha256_of

# A folder, a file, or several files.
Place = Path | tuple[Path, ...]


def files_in(place: Place, suffix: str) -> dict[str, Path]:
    """Finds the files of a source.

    Args:
        place: A folder, searched with its subfolders; a file; or several files.
        suffix: How the files in a folder end, for example `".edf"`; case does not matter.

    Returns:
        Files by record name: the path relative to the folder, or the file's name, without the suffix.

    Raises:
        InputError: There is no such file, or two have one name.
    """
    if isinstance(place, Path) and place.is_dir():
        found = sorted(path for path in place.rglob("*") if path.suffix.lower() == suffix and path.is_file())
        named = [(path.relative_to(place).with_suffix("").as_posix(), path) for path in found]
    else:
        named = [(path.stem, path) for path in ((place,) if isinstance(place, Path) else place)]
    if not named:
        raise InputError(
            f"The folder must hold a record. Received: source_dir={str(place)!r}, in which there is no *{suffix} file."
        )
    files: dict[str, Path] = {}
    for name, path in named:
        if not path.is_file():
            raise InputError(f"There is no such file of records. Received: {str(path)!r}.")
        if files.setdefault(name, path) != path:
            raise InputError(
                f"Two records must not share a name. Received: {str(files[name])!r} and {str(path)!r}. Rename one."
            )
    return files


def content_of(path: Path) -> bytes:
    """Returns the sha256 of a file: its identity where no header holds checksums."""
    return bytes.fromhex(sha256_of(path))
