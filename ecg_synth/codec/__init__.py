"""mV <-> image, without TensorFlow: standardize, arrange, lay out, and the codec that joins them."""

from ecg_synth.codec.arrange import ARRANGEMENTS, positions
from ecg_synth.codec.codec import EcgImageCodec
from ecg_synth.codec.color import COLORS
from ecg_synth.codec.domain import DOMAINS
from ecg_synth.codec.equalized import Equalized
from ecg_synth.codec.interface import Encoded
from ecg_synth.codec.layout import LAYOUTS, Layout
from ecg_synth.codec.pictures import PictureCodec
from ecg_synth.codec.placements import PLACEMENTS
from ecg_synth.codec.registry import CODECS, codec_from_config
from ecg_synth.codec.standardization import STANDARDIZATIONS, Standardization
from ecg_synth.codec.standardize import Adapted, MinMax, Quantile
from ecg_synth.codec.tabular import Column, TableImageCodec

__all__ = [
    "ARRANGEMENTS",
    "CODECS",
    "COLORS",
    "DOMAINS",
    "LAYOUTS",
    "PLACEMENTS",
    "STANDARDIZATIONS",
    "Adapted",
    "Column",
    "EcgImageCodec",
    "Encoded",
    "Equalized",
    "Layout",
    "MinMax",
    "PictureCodec",
    "Quantile",
    "Standardization",
    "TableImageCodec",
    "codec_from_config",
    "positions",
]
