"""Numbers as the tables that they came from write them."""

from __future__ import annotations

import numpy as np

MOST_DECIMALS = 9


def decimals_of(values: np.ndarray) -> int | None:
    """Returns the fewest decimal places that write every value exactly, or None where `MOST_DECIMALS` are too few."""
    return next((places for places in range(MOST_DECIMALS + 1) if (np.round(values, places) == values).all()), None)


def number_text(value: float, decimals: int | None) -> str:
    """Writes a number with at most `decimals` places and without trailing zeros; None writes 7 significant digits."""
    if decimals is None:
        return f"{value:.7g}"
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
