"""mV <-> image, without TensorFlow: standardize, arrange, lay out, and the codec that joins them."""

from ecg_synth.codec.arrange import ARRANGEMENTS, positions
from ecg_synth.codec.codec import EcgImageCodec, Encoded
from ecg_synth.codec.layout import LAYOUTS, Layout
from ecg_synth.codec.standardize import STANDARDIZATIONS, Standardization

__all__ = [
    "ARRANGEMENTS",
    "LAYOUTS",
    "STANDARDIZATIONS",
    "EcgImageCodec",
    "Encoded",
    "Layout",
    "Standardization",
    "positions",
]
