"""One reading a slice, of many slices: in several processes, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def read_all(read: Callable[[np.ndarray], np.ndarray], slices: np.ndarray, chunk: int, many: int) -> np.ndarray:
    """Returns what is read of every slice, in their order.

    Args:
        read: From slices `(n, ...)` to a row or number of each, `(n, ...)`, that depends on no other slice; it can be
            pickled.
        slices: `(n, ...)`.
        chunk: Slices that are read at once: about a second's work.
        many: From so many slices on several processes share the work; starting them takes some seconds.
    """
    chunks = [slices[start : start + chunk] for start in range(0, max(len(slices), 1), chunk)]
    if len(slices) < many:
        return np.concatenate([read(part) for part in chunks])
    # A fork would inherit TensorFlow's threads and hang; joblib's own processes start anew.
    from joblib import Parallel, delayed

    return np.concatenate(Parallel(n_jobs=-1)(delayed(read)(part) for part in chunks))
