"""From a config in a dataset's metadata, or beside a model, to the codec that decodes its images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecg_synth.codec.codec import EcgImageCodec
from ecg_synth.codec.pictures import PictureCodec
from ecg_synth.codec.tabular import TableImageCodec
from ecg_synth.errors import InputError
from ecg_synth.registry import Registry

CODECS: Registry[Any] = Registry("codec")
CODECS.register("ecg")(EcgImageCodec)
CODECS.register("table")(TableImageCodec)
CODECS.register("picture")(PictureCodec)


def codec_from_config(config: Mapping[str, Any]) -> Any:
    """Rebuilds the codec that `get_config` described.

    Args:
        config: The key `"codec"` names the family; without it the images are ECGs.

    Returns:
        An `EcgImageCodec`, or another member of `CODECS`; all of them have `decode`, `image_shape`, `get_config`.

    Raises:
        InputError: The family is unknown, or its config is not one that it wrote.
    """
    name = config.get("codec", "ecg")
    family = CODECS[name]
    try:
        return family.from_config({key: value for key, value in config.items() if key != "codec"})
    except (KeyError, TypeError) as error:
        raise InputError(
            f"The codec {name!r} cannot be built: {type(error).__name__}: {error}. Received: {dict(config)}. "
            f"Give what its get_config wrote."
        ) from None
