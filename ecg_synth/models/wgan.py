"""The networks of WGAN-GP and AC-WGAN-GP (Gulrajani et al. 2017; P2 names both as what the works it compares lack).

Their critic has layer instead of batch normalization: the gradient penalty holds for each image apart, and batch
statistics would tie the images of a batch together. Loss, penalty and the critic's five steps are `compile`'s; the
presets `wgan-gp` and `ac-wgan-gp` set them.
"""

from __future__ import annotations

import keras

from ecg_synth.models.acgan import Acgan
from ecg_synth.models.dcgan import Dcgan
from ecg_synth.models.registry import MODELS


@MODELS.register("wgan")
@keras.saving.register_keras_serializable("ecg_synth")
class Wgan(Dcgan):
    """`Dcgan` with a critic that normalizes each image by itself."""

    normalization = "layer"


@MODELS.register("acwgan")
@keras.saving.register_keras_serializable("ecg_synth")
class AcWgan(Acgan):
    """`Acgan` with a critic that normalizes each image by itself."""

    normalization = "layer"
