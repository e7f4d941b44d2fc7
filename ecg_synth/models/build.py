"""From a training config to a compiled model."""

from __future__ import annotations

import dataclasses

import keras

# One line a model: importing it registers it, also where the package's own index is lazy.
import ecg_synth.models.dcgan  # noqa: F401
from ecg_synth.config import OptimizerConfig, TrainConfig
from ecg_synth.errors import check_choice
from ecg_synth.models import dcgan  # noqa: F401 - importing a model registers it
from ecg_synth.models.gan import Gan
from ecg_synth.models.losses import NonSaturatingLoss
from ecg_synth.models.registry import MODELS

DTYPES = ("float32", "mixed_bfloat16", "mixed_float16")


def build_gan(config: TrainConfig, image_shape: tuple[int, int, int], bits: int = 8) -> Gan:
    """Returns the compiled model that `config` asks for, with both optimizers built.

    Args:
        config: The training config; every field of `config.model` but `name` is an argument of the model's class.
        image_shape: `(height, width, channels)` of the training images in pixels.
        bits: Their bits a level, 8 or 16.

    Raises:
        InputError: The model or dtype is unknown, or the model refuses one of its values.
    """
    fields = {field.name: getattr(config.model, field.name) for field in dataclasses.fields(config.model)}
    gan = MODELS[fields.pop("name")](
        image_shape=image_shape,
        seed=config.seed,
        bits=bits,
        dtype=check_choice("dtype", config.dtype, DTYPES),
        **fields,
    )
    gan.compile(
        d_optimizer=_adam(config.optimizer, config.optimizer.d_learning_rate),
        g_optimizer=_adam(config.optimizer, config.optimizer.g_learning_rate),
        loss=NonSaturatingLoss(label_smoothing=config.label_smoothing),
    )
    return gan


def _adam(config: OptimizerConfig, learning_rate: float) -> keras.optimizers.Optimizer:
    return keras.optimizers.Adam(learning_rate, beta_1=config.beta_1, beta_2=config.beta_2)
