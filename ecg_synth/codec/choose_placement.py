"""From the names in a codec's config to its placement."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ecg_synth.codec.place import Placement, check_shape, square_side
from ecg_synth.codec.place_beats import BeatPlacement, beats_shape
from ecg_synth.errors import InputError

ALIGNMENTS = ("none", "r_peak")


def samples_before(r_peak_at: float, fs: float) -> int:
    """Returns the samples from the start of a beat to its R peak.

    Raises:
        InputError: `r_peak_at` is not a number of seconds from 0 on.
    """
    if not 0 <= r_peak_at < math.inf:
        raise InputError(
            f"An R peak must stand 0 s or later in its beat. Received: r_peak_at={r_peak_at!r} s. "
            f"0.25 s leaves room for the P wave."
        )
    return round(r_peak_at * fs)


def choose_placement(
    arrangement: str,
    layout: str,
    length: int,
    n_leads: int,
    image_shape: Sequence[int] | None,
    fs: float,
    r_peak_at: float,
    bits: int,
) -> Placement:
    """Returns what places the samples of a slice.

    Args:
        arrangement: A name in `ARRANGEMENTS`.
        layout: A name in `LAYOUTS`.
        length: Samples a lead.
        n_leads: Leads on the image.
        image_shape: (height, width) of one lead's image in pixels; default the smallest square that holds `length`,
            and for `beats` the shape of `beats_shape`.
        fs: Sampling rate in Hz.
        r_peak_at: Seconds from the start of a beat to its R peak.
        bits: Bits a level.

    Raises:
        InputError: A name is unknown, or `length` samples do not fit one lead's image.
    """
    side = square_side(length)
    before = samples_before(r_peak_at, fs)
    if arrangement == "beats":
        shape = beats_shape(length, fs) if image_shape is None else check_shape(length, image_shape)
        return BeatPlacement(arrangement, layout, length, n_leads, shape, before, bits)
    shape = (side, side) if image_shape is None else check_shape(length, image_shape)
    return Placement(arrangement, layout, length, n_leads, shape)
