"""The versions of a model in a folder: the newest serves, and a newer one takes its place without a failed request."""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ecg_synth.errors import InputError
from ecg_synth.serving.rest.model import PB, ServedModel
from ecg_synth.serving.rest.refusals import RequestError

logger = logging.getLogger(__name__)

Prints = tuple[tuple[str, int, int], ...]


class Lease:
    """A version in use; whoever acquired it releases it once."""

    def __init__(self, model: ServedModel, prints: Prints):
        self.model = model
        self.prints = prints
        self.users = 0
        self.retired = False


class Versions:
    """What a folder holds, as TensorFlow Serving reads it, and the version that is served.

    The folder is a SavedModel, which is version 1, or holds one in each folder whose name is a number; the highest is
    served. A version is loaded beside the one that serves, then takes its place; the old one finishes its requests. A
    version whose files change is loaded again, so that one that was met half copied is served when it is whole.

    Args:
        base: The folder.
        name: The model's, for messages.
        on_load: Told whether a version could be loaded.

    Raises:
        InputError: There is no SavedModel in the folder.
    """

    def __init__(self, base: str | Path, name: str, on_load: Callable[[bool], None] = lambda succeeded: None):
        self.base = Path(base)
        self.name = name
        self.on_load = on_load
        self._lock = threading.Lock()
        self._current: Lease | None = None
        self._states: dict[int, tuple[str, str, str]] = {}
        self._failed: dict[int, Prints] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        if not self.found():
            raise InputError(
                f"A server needs a SavedModel, or a folder of SavedModels whose names are version numbers. "
                f"Received: model={str(base)!r}. 'ecg-synth export' writes one."
            )

    def found(self) -> dict[int, Path]:
        """Returns the SavedModels in the folder by version."""
        try:
            if (self.base / PB).is_file():
                return {1: self.base}
            return {
                int(path.name): path
                for path in self.base.iterdir()
                if path.name.isascii() and path.name.isdecimal() and len(path.name) < 19 and (path / PB).is_file()
            }
        except OSError:
            # The folder is being replaced, or its disk is away: what is loaded goes on.
            return {}

    def look(self) -> None:
        """Looks once: loads the newest sound version where it is not the one that serves."""
        for version, folder in sorted(self.found().items(), reverse=True):
            prints = _prints(folder)
            current = self._current
            if current is not None and (current.model.version, current.prints) == (version, prints):
                return
            if prints is not None and self._failed.get(version) != prints and self._load(version, folder, prints):
                return

    def _load(self, version: int, folder: Path, prints: Prints) -> bool:
        serves = self.version == version
        if not serves:
            self._set(version, "LOADING")
        try:
            fresh = Lease(ServedModel(folder, version), prints)
        except Exception:
            # Whatever is wrong with a version, the one that serves goes on.
            logger.exception("a version could not be loaded", extra={"version": version})
            self._failed[version] = prints
            if not serves:
                self._set(version, "END", "UNKNOWN", "This version could not be loaded; the server's log says why.")
            self.on_load(False)
            return False
        with self._lock:
            self._current, old = fresh, self._current
            self._states[version] = ("AVAILABLE", "OK", "")
            if old is not None:
                old.retired = True
                if old.model.version != version:
                    self._states[old.model.version] = ("UNLOADING" if old.users else "END", "OK", "")
        logger.info("a version serves", extra={"version": version})
        self.on_load(True)
        del old
        # A SavedModel is full of reference cycles: without this it stays for minutes.
        gc.collect()
        return True

    def start(self, poll: float) -> None:
        """Looks now and every `poll` seconds, in a thread of its own."""

        def watch() -> None:
            while True:
                try:
                    self.look()
                except Exception:
                    logger.exception("the folder could not be looked at")
                if self._stop.wait(poll):
                    return

        self._thread = threading.Thread(target=watch, name="versions", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the looking."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def acquire(self, name: str, version: int | None = None) -> Lease:
        """Returns the version that serves, held until it is released.

        Raises:
            RequestError: 404; there is no such model, or this version is not the one that serves.
        """
        asked = f"Latest({name})" if version is None else f"Specific({name}, {version})"
        with self._lock:
            lease = self._current
            if name != self.name or lease is None or version not in (None, lease.model.version):
                raise RequestError(404, f"Servable not found for request: {asked}")
            lease.users += 1
            return lease

    def release(self, lease: Lease) -> None:
        """Gives back what `acquire` gave."""
        with self._lock:
            lease.users -= 1
            if lease.retired and not lease.users and self._states[lease.model.version][0] == "UNLOADING":
                self._states[lease.model.version] = ("END", "OK", "")

    @property
    def version(self) -> int | None:
        """The version that serves; None before the first is loaded."""
        current = self._current
        return None if current is None else current.model.version

    def status(self, name: str, version: int | None = None) -> dict[str, Any]:
        """Returns the state of all versions, or of one, in TensorFlow Serving's words.

        Raises:
            RequestError: 404; there is no such model or version.
        """
        with self._lock:
            states = {} if name != self.name else dict(self._states)
        if not states:
            raise RequestError(404, f"Could not find any versions of model {name}")
        if version is not None and version not in states:
            raise RequestError(404, f"Could not find version {version} of model {name}")
        chosen = sorted(states, reverse=True) if version is None else [version]
        return {
            "model_version_status": [
                {
                    "version": str(number),
                    "state": states[number][0],
                    "status": {"error_code": states[number][1], "error_message": states[number][2]},
                }
                for number in chosen
            ]
        }

    def _set(self, version: int, state: str, code: str = "OK", message: str = "") -> None:
        with self._lock:
            self._states[version] = (state, code, message)


def _prints(folder: Path) -> Prints | None:
    """Tells whether a folder's files have changed; None while they are changing under the look."""
    try:
        files = [(path.relative_to(folder).as_posix(), path.stat()) for path in folder.rglob("*") if path.is_file()]
    except OSError:
        return None
    return tuple(sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in files))
