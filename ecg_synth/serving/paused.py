"""Reading long JSON without Python's garbage collector."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_collection() -> Iterator[None]:
    """Keeps the collector from looking through a million new lists, of which none is garbage, again and again.

    Where TensorFlow is loaded, reading 64 slices takes a tenth of the time or less. Threads may enter at once: whoever
    found the collector running starts it again.
    """
    was_running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_running:
            gc.enable()
