"""Work on records in several threads at once, with results in the records' order.

Threads, not processes: reading, hashing, compressing and NumPy's own loops let other threads run meanwhile, and
nothing has to be started, imported again or sent. For more than a few processors there is Beam.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from ecg_synth.errors import InputError

T = TypeVar("T")
R = TypeVar("R")


def in_order(function: Callable[[T], R], items: Iterable[T], workers: int) -> Iterator[R]:
    """Yields `function(item)` of every item, in the order of the items whatever the number of threads.

    At most `workers` + 1 results are there at once, so that memory does not grow with the number of items. The first
    item in order that fails ends the iteration with its error.

    Args:
        function: What to do; it must not change what another call reads.
        items: What to do it with.
        workers: Threads; 1 works in the caller's own.

    Raises:
        InputError: `workers` is not positive.
    """
    check_workers(workers)
    if workers == 1:
        yield from map(function, items)
        return
    pending: deque[Future[R]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="ecg_synth") as pool:
        try:
            for item in items:
                pending.append(pool.submit(function, item))
                if len(pending) > workers:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


def check_workers(workers: int) -> None:
    """Raises `InputError` unless `workers` is a positive number."""
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise InputError(f"There must be at least one worker. Received: workers={workers!r}.")


@contextlib.contextmanager
def meanwhile(check: Callable[[threading.Event], object]) -> Iterator[None]:
    """Runs a check in a thread of its own while the block runs; the block ends no earlier than the check.

    When both fail, the check's error is raised: a file that it finds damaged is why the block could not read it.

    Args:
        check: Called with an event; it should return early once that is set, which an interruption does.
    """
    stop = threading.Event()
    with ThreadPoolExecutor(1, thread_name_prefix="ecg_synth_check") as pool:
        found = pool.submit(check, stop)
        try:
            yield
        except Exception:
            found.result()
            raise
        except BaseException:
            stop.set()
            raise
        found.result()
