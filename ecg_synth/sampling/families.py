"""What differs between models of ECGs, tables and pictures when they leave the package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from ecg_synth.codec import EcgImageCodec, TableImageCodec
from ecg_synth.data.graph_decode import GraphDecoder
from ecg_synth.data.graph_tables import GraphTableDecoder


@dataclass(frozen=True)
class Family:
    """How images of one family of codecs are decoded and spoken of.

    Attributes:
        noun: What one image stands for.
        output: Name of what is decoded, in signatures; None where the image is all there is.
        meaning: Of that output, for the card.
        decoder: Images -> what is decoded, in TensorFlow operations.
    """

    noun: str
    output: str | None
    meaning: str
    decoder: Callable[[tf.Tensor], tf.Tensor]


def family_of(codec: Any) -> Family:
    """Returns the family of a codec whose bounds are fitted."""
    if isinstance(codec, EcgImageCodec):
        meaning = f"float32 (count, {codec.length}, {len(codec.leads)}) in mV, median at 0 where centered"
        return Family("slice", "signal_mv", meaning, GraphDecoder(codec))
    if isinstance(codec, TableImageCodec):
        names = ", ".join(column.name for column in codec.columns)
        return Family("row", "row", f"float64 (count, {len(codec.columns)}): {names}", GraphTableDecoder(codec))
    return Family("picture", None, "", tf.identity)
