"""From a training config to a compiled model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras

# One line a model: importing it registers it, also where the package's own index is lazy.
import ecg_synth.models.acgan
import ecg_synth.models.dcgan
import ecg_synth.models.fcn
import ecg_synth.models.flow
import ecg_synth.models.flow_classes
import ecg_synth.models.flow_conditions
import ecg_synth.models.flow_gan
import ecg_synth.models.resnet
import ecg_synth.models.shortcut
import ecg_synth.models.wgan  # noqa: F401
from ecg_synth.codec import codec_from_config
from ecg_synth.config import OptimizerConfig, TrainConfig
from ecg_synth.data.conditions import Scales
from ecg_synth.errors import InputError, check_choice
from ecg_synth.models.augment import Augmentation
from ecg_synth.models.gan import Gan
from ecg_synth.models.losses import make_loss
from ecg_synth.models.penalties import R1, R2, GradientPenalty, Penalty
from ecg_synth.models.registry import MODELS

# Settings that a model without a discriminator could not follow.
NEED_DISCRIMINATOR = (
    "loss",
    "label_smoothing",
    "gradient_penalty",
    "r1",
    "r2",
    "d_steps",
    "augment",
    "accumulate",
    "devices",
)
DTYPES = ("float32", "mixed_bfloat16", "mixed_float16")


def build_gan(
    config: TrainConfig,
    image_shape: tuple[int, int, int],
    n_classes: int = 0,
    codec: Mapping[str, Any] | None = None,
    bits: int = 8,
    scales: Scales | None = None,
) -> Gan:
    """Returns the compiled model that `config` asks for, with both optimizers built.

    Args:
        config: The training config; every field of `config.model` but `name` is an argument of the model's class.
        image_shape: `(height, width, channels)` of the training images in pixels.
        n_classes: Classes of the training images; a model that is told no classes does not look at it.
        codec: Config of their codec; models that need it, augmentation and `config.null_mask` look at it.
        bits: Bits a level of the images, 8 or 16.
        scales: What the training set has of the conditions that the model is told, for models that need it.

    Raises:
        InputError: The model, loss or dtype is unknown, or one of them refuses one of its values; or the model, or the
            augmentation, needs another codec.
    """
    fields = {field.name: getattr(config.model, field.name) for field in dataclasses.fields(config.model)}
    model = MODELS[fields.pop("name")]
    if model.conditional:
        fields["n_classes"] = n_classes
    of_data = {"codec": codec, "scales": scales}
    fields |= {name: of_data[name] for name in model.needs}
    gan = model(
        image_shape=image_shape,
        seed=config.seed,
        bits=bits,
        dtype=check_choice("dtype", config.dtype, DTYPES),
        null_pixels=codec_from_config(codec).null_pixels if config.null_mask and codec else (),
        **fields,
    )
    if not model.has_discriminator:
        check_alone(config)
        gan.compile(_adam(config.optimizer, config.optimizer.g_learning_rate))
        return gan
    gan.compile(
        d_optimizer=_adam(config.optimizer, config.optimizer.d_learning_rate),
        g_optimizer=_adam(config.optimizer, config.optimizer.g_learning_rate),
        loss=make_loss(config.loss, config.label_smoothing),
        penalties=_penalties(config),
        d_steps=config.d_steps,
        augment=Augmentation(config.augment, codec) if config.augment else None,
        accumulate=config.accumulate,
    )
    return gan


def check_alone(config: TrainConfig) -> None:
    """Raises `InputError` when settings of a discriminator are given to a model that has none."""
    default = TrainConfig()
    for name in NEED_DISCRIMINATOR:
        if getattr(config, name) != getattr(default, name):
            raise InputError(
                f"The model {config.model.name!r} has no discriminator, and is not trained in shares. "
                f"Received: {name}={getattr(config, name)!r}. Leave it at {getattr(default, name)!r}."
            )


def _penalties(config: TrainConfig) -> list[Penalty]:
    weights = ((GradientPenalty, config.gradient_penalty), (R1, config.r1), (R2, config.r2))
    return [kind(weight) for kind, weight in weights if weight]


def _adam(config: OptimizerConfig, learning_rate: float) -> keras.optimizers.Optimizer:
    return keras.optimizers.Adam(learning_rate, beta_1=config.beta_1, beta_2=config.beta_2)
