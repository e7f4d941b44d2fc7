"""Codecs that differ from a given one: other lengths, arrangements, shapes."""

from __future__ import annotations

from typing import Any

from ecg_synth.codec.choose_placement import choose_placement
from ecg_synth.codec.codec import EcgImageCodec


def varied(codec: EcgImageCodec, **changes: Any) -> EcgImageCodec:
    """Returns a codec with some arguments changed and the same levels, fitted bounds included.

    Where the change leaves pixels without a sample, the lowest level of a sample rises to what tells NULL apart.

    Args:
        codec: A codec, fitted or not.
        **changes: Keys of `get_config` and their new values; `image_shape=None` takes the default.

    Raises:
        InputError: The arguments do not go together.
    """
    config = {**codec.get_config(), **changes}
    names = ("arrangement", "layout", "length", "image_shape", "fs", "r_peak_at", "bits")
    placement = choose_placement(n_leads=len(codec.stored_leads), **{name: config[name] for name in names})
    standardization = config["standardization"]
    config["standardization"] = {**standardization, "a": max(placement.lowest_level, standardization["a"])}
    return EcgImageCodec.from_config(config)
