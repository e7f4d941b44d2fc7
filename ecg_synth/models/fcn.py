"""The fully connected GAN of P1, 3.2 and 3.3.3: for tables, and for pictures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import keras

from ecg_synth.errors import InputError, check_choice, check_seed
from ecg_synth.models.blocks import LEAKY_SLOPE, embed_classes, generator_of
from ecg_synth.models.built import BuiltGan
from ecg_synth.models.judgement import Judgement
from ecg_synth.models.registry import MODELS

ACTIVATIONS = ("linear", "leaky_relu", "relu")
OUTPUTS = ("linear", "tanh")


@MODELS.register("fcn")
@keras.saving.register_keras_serializable("ecg_synth")
class Fcn(BuiltGan):
    """A GAN of dense layers, for images of any side.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        latent_dim: Length of the noise vector (P1: 5 for Thyroid).
        hidden: Nodes of the hidden layers, the generator's from the noise on; the discriminator has them backwards.
        activation: Of the hidden layers: linear (P1), leaky_relu or relu.
        output: Of the generator's last layer: linear, where levels beyond the grey scale are cut, or tanh.
        seed: Seed of the first weights and of the noise.
        dtype: Keras dtype policy; images, logits and losses are float32 under any.
        **kwargs: `ema`, `bits`, `null_pixels` and `n_classes` (0; `FcnClasses` takes 2 or more) of `Gan`, and `name` of
            `keras.Model`.

    Raises:
        InputError: A number is not positive, or a name is not among the choices.
    """

    arguments = (*BuiltGan.arguments, "hidden", "activation")

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int = 5,
        hidden: tuple[int, ...] = (64,),
        activation: str = "linear",
        output: str = "linear",
        seed: int = 0,
        dtype: Any = None,
        **kwargs: Any,
    ):
        shape, hidden = tuple(image_shape), tuple(hidden)
        if len(shape) != 3 or min(shape) < 1:
            raise InputError(f"An image must be (height, width, channels). Received: image_shape={image_shape!r}.")
        if latent_dim < 1 or not hidden or min(hidden) < 1:
            raise InputError(
                f"The noise and every hidden layer need at least 1 node. Received: {latent_dim=}, {hidden=}."
            )
        check_choice("activation", activation, ACTIVATIONS)
        check_choice("output", output, OUTPUTS)
        n_classes = kwargs.get("n_classes", 0)
        self.check_classes(n_classes)
        policy = keras.dtype_policies.get(dtype)
        initializers = (keras.initializers.GlorotUniform(check_seed(seed) + number) for number in range(2**31))
        to_image = [
            *_dense(hidden, activation, initializers, policy),
            keras.layers.Dense(math.prod(shape), kernel_initializer=next(initializers), dtype=policy, name="pixels"),
            keras.layers.Reshape(shape, dtype=policy, name="grid"),
            # In float32, for half precision has fewer levels near +-1 than a grey image.
            keras.layers.Activation(output, dtype="float32", name="image"),
        ]
        to_logit = [
            keras.layers.Flatten(dtype=policy, name="flatten"),
            *_dense(hidden[::-1], activation, initializers, policy),
            keras.layers.Dense(1, kernel_initializer=next(initializers), dtype="float32", name="logit"),
        ]
        super().__init__(
            generator=generator_of(to_image, latent_dim, n_classes, seed),
            discriminator=_discriminator(shape, to_logit, n_classes, initializers),
            latent_dim=latent_dim,
            seed=seed,
            dtype=policy,
            **kwargs,
        )
        self.image_shape = shape
        self.hidden = hidden
        self.activation = activation
        # `keras.Model` has a property `output`.
        self.output_activation = output

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {**super().get_config(), "output": self.output_activation}


@MODELS.register("fcn_classes")
@keras.saving.register_keras_serializable("ecg_synth")
class FcnClasses(Fcn):
    """`Fcn` whose generator is told a class, and whose discriminator judges whether an image is real and of it.

    The class is projected onto the last hidden layer (Miyato and Koyama 2018), as in `ResnetClasses`.
    """

    conditional = True

    def judge(self, images: Any, classes: Any = None, training: bool = False) -> Judgement:
        """See `Gan.judge`."""
        return Judgement(self.discriminator([images, classes], training=training))


def _discriminator(
    shape: tuple[int, ...], layers: list[keras.layers.Layer], n_classes: int, initializers: Iterator[Any]
) -> keras.Model:
    if not n_classes:
        return keras.Sequential([keras.Input(shape, name="images"), *layers], name="discriminator")
    images, classes = keras.Input(shape, name="images"), keras.Input((n_classes,), name="classes")
    features = images
    for layer in layers[:-1]:
        features = layer(features)
    embedded = embed_classes(n_classes, features.shape[-1], next(initializers))(classes)
    projection = keras.layers.Dot(axes=1, dtype="float32", name="projection")([embedded, features])
    logit = keras.layers.Add(dtype="float32", name="logit_and_projection")([layers[-1](features), projection])
    return keras.Model([images, classes], logit, name="discriminator")


def _dense(
    nodes: tuple[int, ...], activation: str, initializers: Iterable[Any], dtype: keras.DTypePolicy
) -> list[keras.layers.Layer]:
    layers: list[keras.layers.Layer] = []
    for number, (count, initializer) in enumerate(zip(nodes, initializers, strict=False), start=1):
        layers.append(keras.layers.Dense(count, kernel_initializer=initializer, dtype=dtype, name=f"hidden_{number}"))
        if activation == "leaky_relu":
            layers.append(keras.layers.LeakyReLU(LEAKY_SLOPE, dtype=dtype, name=f"activation_{number}"))
        elif activation != "linear":
            layers.append(keras.layers.Activation(activation, dtype=dtype, name=f"activation_{number}"))
    return layers
