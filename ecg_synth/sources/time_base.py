"""A sampling rate from times, where a file or a frame has them instead of a rate."""

from __future__ import annotations

import numpy as np

from ecg_synth.errors import InputError

# Steps may differ by this share of the mean step beyond what the times' own rounding explains.
TOLERANCE = 0.01


def rate_of(times: np.ndarray, where: str, resolution: float = 0.0) -> float:
    """Works out the sampling rate of samples at `times`.

    Args:
        times: (samples,) in seconds.
        where: File or record, named in errors.
        resolution: Unit of the last decimal that was written, in seconds; the steps may differ by it when it is
            under half a step.

    Returns:
        The rate in Hz; a whole number when one is within 0.01 %, because written times are rounded.

    Raises:
        InputError: There are fewer than two times, one is not a number, or the steps are not equal.
    """
    if len(times) < 2 or not np.isfinite(times).all():
        raise InputError(f"The times must be two numbers or more. Received: time={times[:3].tolist()}... in {where}.")
    steps = np.diff(times)
    mean = (times[-1] - times[0]) / (len(times) - 1)
    # Written as coarsely as half a step, a missing sample would look like rounding: then steps must be exact.
    allowed = TOLERANCE * abs(mean) + (resolution if resolution < abs(mean) / 2 else 0.0)
    apart = np.abs(steps - mean)
    if (apart > allowed).any() or (steps <= 0).any():
        k = int(np.argmax(apart))
        raise InputError(
            f"The times must rise in equal steps. Received: time={times[k]:g} and then {times[k + 1]:g} at sample "
            f"{k + 1} in {where}, where the mean step is {mean:g} s. Resample the record to equal steps, or cut it "
            f"where samples are missing."
        )
    fs = 1.0 / mean
    return float(round(fs)) if round(fs) and abs(fs / round(fs) - 1) < 1e-4 else fs
