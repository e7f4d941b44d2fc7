"""Which epoch was the best so far, told from the record of its metrics, so that a resumed run agrees."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

COLUMN = "frechet"
"""Column of `metrics.csv` by which the best weights are kept; less is better."""


def best_epoch(columns: Mapping[str, np.ndarray], until: int | None = None) -> int | None:
    """Returns the first epoch with the least of `COLUMN`, or None where it was never measured.

    Args:
        columns: `metrics.csv`: `epoch` and the metrics, `(epochs,)` each.
        until: Looks at no later epoch; default all.
    """
    if COLUMN not in columns:
        return None
    counted = np.isfinite(columns[COLUMN]) & (columns["epoch"] <= (np.inf if until is None else until))
    if not counted.any():
        return None
    return int(columns["epoch"][np.argmin(np.where(counted, columns[COLUMN], np.inf))])
