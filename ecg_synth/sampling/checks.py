"""The numbers that whoever asks for images gives: how many, how far from the middle, and from which to which."""

from __future__ import annotations

import math

from ecg_synth.errors import InputError

MAX_COUNT = 1_000_000
MAX_TRUNCATION = 2.0


def check_count(count: int) -> int:
    """Returns `count` when it is an integer from 1 to `MAX_COUNT`; raises `InputError` otherwise."""
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_COUNT:
        raise InputError(f"A count must be an integer from 1 to {MAX_COUNT}. Received: count={count!r}.")
    return count


def check_truncation(truncation: float) -> float:
    """Returns `truncation` when it is a number from 0 to `MAX_TRUNCATION`; raises `InputError` otherwise."""
    is_number = isinstance(truncation, int | float) and not isinstance(truncation, bool)
    if not is_number or not math.isfinite(truncation) or not 0.0 <= truncation <= MAX_TRUNCATION:
        raise InputError(
            f"The truncation, which latents are multiplied by, must be a number from 0 to {MAX_TRUNCATION:g}. "
            f"Received: truncation={truncation!r}. 1 leaves them as they are."
        )
    return float(truncation)


def check_way(count: int, start: int, end: int) -> None:
    """Raises `InputError` unless `count` images, 2 or more, can go from number `start` of a seed to number `end`."""
    if check_count(count) < 2:
        raise InputError(f"An interpolation has a beginning and an end. Received: {count=}. Ask for 2 or more.")
    for name, number in (("start", start), ("end", end)):
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < MAX_COUNT:
            raise InputError(
                f"An image's number must be an integer from 0 to {MAX_COUNT - 1}. Received: {name}={number!r}."
            )
