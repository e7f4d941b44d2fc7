"""One file over HTTP: tried again a bounded number of times, and continued where it stopped."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ecg_synth._version import __version__
from ecg_synth.errors import InputError

# requests takes a tenth of a second to import: only those who download pay for it.
if TYPE_CHECKING:
    import requests

# Tries in a row that bring no new byte, before the error.
TRIES = 5
# A host that does not answer at all is rarely there a moment later.
CONNECT_TRIES = 2
# Seconds: the first pause, which doubles; the longest that a server may ask for; to connect, and between two reads.
BACKOFF = 0.5
RETRY_AFTER_MAX = 300.0
TIMEOUT = (15.0, 60.0)
_STATUSES = (429, 500, 502, 503, 504)
# Small, because when a connection breaks, urllib3 throws away the chunk that it was filling.
_CHUNK = 1 << 14

Report = Callable[[int, int | None], None]


def open_session() -> requests.Session:
    """Opens a session that repeats a request after 429, 500, 502, 503 and 504, as `Retry-After` or BACKOFF says."""
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    class CappedRetry(Retry):
        def parse_retry_after(self, retry_after: str) -> float:
            return min(super().parse_retry_after(retry_after), RETRY_AFTER_MAX)

    retry = CappedRetry(
        total=TRIES,
        connect=CONNECT_TRIES,
        status_forcelist=_STATUSES,
        backoff_factor=BACKOFF,
        # The last answer, rather than 'too many retries', says what is wrong.
        raise_on_status=False,
    )
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=retry))
    session.mount("http://", HTTPAdapter(max_retries=retry))
    session.headers["User-Agent"] = f"ecg_synth/{__version__}"
    # A compressed answer counts its ranges in compressed bytes, which cannot be continued.
    session.headers["Accept-Encoding"] = "identity"
    return session


def fetch_bytes(session: requests.Session, url: str) -> bytes:
    """Returns a small file; raises `InputError` when the server does not give it."""
    import requests

    for tried in range(TRIES):
        if tried:
            time.sleep(BACKOFF * 2 ** (tried - 1))
        try:
            with _get(session, url, 0) as response:
                _check_status(response, url, 200)
                return response.content
        except requests.RequestException as error:
            reason = error
    raise _unreachable(url, _reason(reason))


def fetch_partial(session: requests.Session, url: str, partial: Path, report: Report | None = None) -> bool:
    """Fetches `url` into `partial`, continuing the bytes that are there.

    A connection that breaks is taken up again by a Range request; a server that ignores Range starts over.

    Args:
        session: From `open_session`.
        url: What to fetch.
        partial: The unfinished file, in a folder that exists; it stays when the download fails.
        report: Called with the bytes so far, and the bytes in all when the server says so.

    Returns:
        True when the file was put together from several answers, so that a wrong sum may come from the seam.

    Raises:
        InputError: The server cannot be reached, refuses, or breaks off again and again.
    """
    import requests

    resumed = False
    furthest = _size(partial)
    idle = 0
    while True:
        offset = _size(partial)
        try:
            with _get(session, url, offset) as response:
                start, total = _range(response)
                if response.status_code == 416 and offset == total:
                    return True
                if offset and (response.status_code == 416 or (response.status_code == 206 and start != offset)):
                    partial.unlink()
                    continue
                _check_status(response, url, 206 if start else 200)
                resumed = resumed or start > 0
                _append(response, partial, start, total, report)
                return resumed
        except requests.RequestException as error:
            # Measured by the furthest byte: a server without Range that always breaks at one place must end too.
            idle = 0 if _size(partial) > furthest else idle + 1
            furthest = max(furthest, _size(partial))
            if idle >= TRIES:
                raise _unreachable(url, _reason(error)) from error
            time.sleep(BACKOFF * 2**idle)


def _append(response: requests.Response, partial: Path, start: int, total: int | None, report: Report | None) -> None:
    done = start
    with open(partial, "ab" if start else "wb") as stream:
        for chunk in response.iter_content(_CHUNK):
            stream.write(chunk)
            done += len(chunk)
            if report:
                report(done, total)
        stream.flush()
        os.fsync(stream.fileno())


def _get(session: requests.Session, url: str, offset: int) -> requests.Response:
    """Opens a request; an error here comes after the session's own repetitions and is final."""
    import requests

    headers = {"Range": f"bytes={offset}-"} if offset else {}
    try:
        return session.get(url, headers=headers, stream=True, timeout=TIMEOUT)
    except requests.RequestException as error:
        raise _unreachable(url, _reason(error)) from error


def _range(response: requests.Response) -> tuple[int, int | None]:
    """Returns the first byte of the answer and the bytes in all, if it says so."""
    if response.status_code in (206, 416):
        match = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", response.headers.get("Content-Range", "").strip())
        if match is None:
            return -1, None
        return int(match[1] or -1), int(match[2]) if match[2] != "*" else None
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None


def _check_status(response: requests.Response, url: str, expected: int) -> None:
    if response.status_code != expected:
        raise _unreachable(url, f"HTTP {response.status_code} {response.reason or ''}".strip())


def _reason(error: Exception) -> str:
    """The innermost words of requests' nested errors: 'Connection refused', without pools and retries."""
    deeper: object = error
    while isinstance(deeper, Exception):
        error = deeper
        deeper = getattr(error, "reason", None) or (error.args[0] if error.args else None)
    text = deeper if isinstance(deeper, str) else str(error)
    return re.sub(r"^<?[\w.]+\(.*?\)>?: ", "", text) or type(error).__name__


def _unreachable(url: str, reason: str) -> InputError:
    return InputError(
        f"The file could not be fetched. Received: url={url!r}: {reason}. Check the network and run the same command "
        f"again, which goes on where it stopped; or use a local copy with --source-dir, or make a simulated "
        f"database with 'ecg-synth simulate'."
    )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
