"""A value, its floor and its ceiling in one word."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

AT_FLOOR = "not told from real"
BETWEEN = "between"
AT_CEILING = "as bad as broken"
UNKNOWN = "not measured"


def verdict(entry: Mapping[str, Any]) -> str:
    """Returns what a reader should take from one entry of `metrics.json`.

    `not told from real`: better than the floor, or their intervals (where there are none, the values) meet. `as bad as
    broken`: as bad as the ceiling or worse, and told from real. Else `between`. `not measured`: there is no value.
    """
    sign = 1.0 if entry["better"] == "lower" else -1.0
    value, floor, ceiling = (sign * entry[key] for key in ("value", "floor", "ceiling"))
    if math.isnan(value):
        return UNKNOWN
    best = min((sign * entry[key] for key in ("low", "high") if _known(entry[key])), default=value)
    worst_floor = max(
        (sign * entry[f"floor_{key}"] for key in ("low", "high") if _known(entry[f"floor_{key}"])), default=floor
    )
    if best <= worst_floor:
        return AT_FLOOR
    return AT_CEILING if value >= ceiling else BETWEEN


def position(entry: Mapping[str, Any]) -> float:
    """Returns where the value lies on the way from its floor, 0, to its ceiling, 1; cut to that range."""
    way = entry["ceiling"] - entry["floor"]
    if not way or math.isnan(way) or math.isnan(entry["value"]):
        return float("nan")
    return min(1.0, max(0.0, (entry["value"] - entry["floor"]) / way))


def summary(metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Returns sentences that name the metrics of each verdict, those of kind `"paired"` apart."""
    sentences = []
    for words, wanted in (
        ("Not told from real, by", AT_FLOOR),
        ("Worse than real, better than broken, by", BETWEEN),
        ("As bad as a broken set, by", AT_CEILING),
        ("Not measured:", UNKNOWN),
    ):
        named = [e["title"] for e in metrics.values() if e["kind"] != "paired" and verdict(e) == wanted]
        if named:
            sentences.append(f"{words} {len(named)} of {_headline(metrics)} metrics: {'; '.join(named)}.")
    return sentences


def _headline(metrics: Mapping[str, Mapping[str, Any]]) -> int:
    return sum(entry["kind"] != "paired" for entry in metrics.values())


def _known(value: float | None) -> bool:
    return value is not None and not math.isnan(value)
