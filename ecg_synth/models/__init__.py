"""GANs as Keras models.

`Gan` is the base: two networks, two optimizers, one `train_step`. A model is a subclass in a file of its own that
registers itself in `MODELS`; a loss is a `GanLoss`; `PRESETS` are training configs by name.
"""

from ecg_synth.models.build import build_gan
from ecg_synth.models.dcgan import Dcgan
from ecg_synth.models.gan import Gan
from ecg_synth.models.losses import GanLoss, NonSaturatingLoss
from ecg_synth.models.presets import PRESETS, get_preset
from ecg_synth.models.registry import MODELS

__all__ = ["MODELS", "PRESETS", "Dcgan", "Gan", "GanLoss", "NonSaturatingLoss", "build_gan", "get_preset"]
