"""Limb leads read from one picture, made to agree with each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ecg_synth.signals.leads import LIMB, derive_limb_leads

AGREE_MV = 0.15
"""Leads whose disagreement is larger, as a root mean square, were misread, and averaging would spread it."""


def consistent(signal_mv: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray, float]:
    """Moves simultaneous limb leads to the nearest values that obey Einthoven's and Goldberger's laws.

    Args:
        signal_mv: (samples, leads); NaN where nothing was read; such a value stays NaN.
        names: Of the leads.

    Returns:
        The signal, changed where at least three limb leads are known at once; and by how much they disagreed there,
        root mean square in mV: NaN where there are none, and where it is above `AGREE_MV` nothing is changed.
    """
    columns = [k for k, name in enumerate(names) if name in LIMB]
    # Every limb lead as a sum of I and II.
    of_two = derive_limb_leads(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    design = np.array([of_two[names[k]] for k in columns]).reshape(-1, 2)
    moved, squares = signal_mv.copy(), []
    known = np.isfinite(signal_mv[:, columns])
    for pattern in np.unique(known, axis=0):
        if pattern.sum() < 3:
            continue
        rows = np.flatnonzero((known == pattern).all(axis=1))
        used = np.array(columns)[pattern]
        base = design[pattern]
        seen = signal_mv[np.ix_(rows, used)]
        fitted = seen @ np.linalg.pinv(base).T @ base.T
        squares.append((seen - fitted) ** 2)
        moved[np.ix_(rows, used)] = fitted
    if not squares:
        return signal_mv, float("nan")
    apart = float(np.sqrt(np.concatenate([part.reshape(-1) for part in squares]).mean()))
    return (moved if apart <= AGREE_MV else signal_mv), apart
