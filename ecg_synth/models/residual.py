"""Residual networks for arranged ECGs: the modern recipe's (He et al. 2016; Huang et al. 2024, R3GAN).

No network here normalizes the discriminator's features: a penalty on the slope, or spectral normalization, does what
batch normalization was for, and the answer on an image does not hang on the others of its batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from ecg_synth.models.blocks import LEAKY_SLOPE, batch_norm, center_crop, generator_inputs, smallest_grid
from ecg_synth.models.helical import convolution
from ecg_synth.models.plan import Plan
from ecg_synth.models.signal_heads import signal_features


def he_initializers(seed: int) -> Iterator[keras.initializers.Initializer]:
    """Yields He's initializers without end, each with a seed of its own derived from `seed`."""
    stream = np.random.default_rng(seed)
    while True:
        yield keras.initializers.HeNormal(seed=int(stream.integers(2**31)))


class Blocks:
    """What the layers of one network share, and the blocks that are made of them.

    Args:
        kernel_size: Side of the kernels that keep the size; those that halve or double it are one pixel larger.
        padding: A name in `helical.PADDINGS`.
        seed: Seed of the first weights.
        dtype: Dtype policy of the layers.
        spectral_norm: Whether each kernel is divided by its largest singular value (Miyato et al. 2018).
    """

    def __init__(
        self, kernel_size: int, padding: str, seed: int, dtype: keras.DTypePolicy, spectral_norm: bool = False
    ):
        self.kernel_size = kernel_size
        self.padding = padding
        self.weights = he_initializers(seed)
        self.dtype = dtype
        self.spectral_norm = spectral_norm

    def normalized(self, layer: keras.layers.Layer) -> keras.layers.Layer:
        """Returns `layer`, under spectral normalization where that is asked for."""
        if not self.spectral_norm:
            return layer
        # In float32 at any policy of the layer: in bfloat16 the division would round the weights themselves.
        return keras.layers.SpectralNormalization(layer, dtype="float32", name=f"{layer.name}_spectral")

    def conv(self, filters: int, name: str, kernel_size: int | None = None, strides: int = 1, transposed: bool = False):
        """Returns a convolution without bias, see models/blocks.py for why."""
        layer = convolution(self.padding, transposed)(
            filters,
            kernel_size or self.kernel_size,
            strides=strides,
            padding="same",
            use_bias=False,
            kernel_initializer=next(self.weights),
            dtype=self.dtype,
            name=name,
        )
        return self.normalized(layer)

    def leaky(self, x: Any, name: str) -> Any:
        """Returns leaky ReLU of x."""
        return keras.layers.LeakyReLU(LEAKY_SLOPE, dtype=self.dtype, name=name)(x)

    def norm_relu(self, x: Any, name: str) -> Any:
        """Returns ReLU of batch-normalized x."""
        x = batch_norm(f"{name}_norm", self.dtype)(x)
        return keras.layers.ReLU(dtype=self.dtype, name=f"{name}_relu")(x)

    def down(self, x: Any, filters: int, name: str) -> Any:
        """Returns `(batch, ceil(h/2), ceil(w/2), filters)` for x `(batch, h, w, any)`."""
        y = self.conv(filters, f"{name}_conv_1", self.kernel_size + 1, strides=2)(self.leaky(x, f"{name}_relu_1"))
        y = self.conv(filters, f"{name}_conv_2")(self.leaky(y, f"{name}_relu_2"))
        pooled = keras.layers.AveragePooling2D(2, padding="same", dtype=self.dtype, name=f"{name}_pool")(x)
        short = self.conv(filters, f"{name}_short", kernel_size=1)(pooled)
        return keras.layers.Add(dtype=self.dtype, name=f"{name}_sum")([short, y])

    def up(self, x: Any, filters: int, name: str, size: tuple[int, int]) -> Any:
        """Returns `(batch, *size, filters)` for x `(batch, h, w, any)`, size at most twice h and w."""
        doubled = (2 * x.shape[1], 2 * x.shape[2])
        y = self.conv(filters, f"{name}_conv_1", self.kernel_size + 1, strides=2, transposed=True)(
            self.norm_relu(x, f"{name}_1")
        )
        short = self.conv(filters, f"{name}_short", kernel_size=1)(x)
        short = keras.layers.UpSampling2D(2, dtype=self.dtype, name=f"{name}_double")(short)
        if size != doubled:
            y = center_crop(doubled, size, f"{name}_crop", self.dtype)(y)
            short = center_crop(doubled, size, f"{name}_short_crop", self.dtype)(short)
        y = self.conv(filters, f"{name}_conv_2")(self.norm_relu(y, f"{name}_2"))
        return keras.layers.Add(dtype=self.dtype, name=f"{name}_sum")([short, y])


def generator(plan: Plan) -> keras.Model:
    """Returns the generator: a dense layer onto the smallest grid, doubling blocks, the last at the image's size."""
    height, width, channels = plan.image_shape
    filters, dtype = plan.filters, plan.dtype
    blocks = Blocks(plan.kernel_size, plan.padding, plan.seed, dtype)
    grid = (smallest_grid(height, len(filters)), smallest_grid(width, len(filters)))
    inputs, x = generator_inputs(plan.latent_dim, plan.n_classes, plan.seed)
    nodes = grid[0] * grid[1] * filters[-1]
    x = keras.layers.Dense(nodes, kernel_initializer=next(blocks.weights), dtype=dtype, name="dense")(x)
    x = keras.layers.Reshape((*grid, filters[-1]), dtype=dtype, name="grid")(x)
    for number, maps in enumerate((*reversed(filters[:-1]), stem_maps(filters)), start=1):
        # The last block works at the image's own size: only there does a row go on in the next.
        size = (height, width) if number == len(filters) else (grid[0] * 2**number, grid[1] * 2**number)
        x = blocks.up(x, maps, f"up_{number}", size)
    image = blocks.conv(channels, "image_conv")(blocks.norm_relu(x, "image"))
    # In float32, for half precision has fewer levels near +-1 than a grey image.
    return keras.Model(inputs, keras.layers.Activation("tanh", dtype="float32", name="image")(image), name="generator")


def discriminator(plan: Plan, spectral_norm: bool = False) -> keras.Model:
    """Returns the discriminator: a convolution at the image's size, halving blocks, and a logit a head.

    Args:
        plan: Where it has classes, their probabilities `(batch, n_classes)` are a second input, and each logit is
            `w . features + e(class) . features` (Miyato and Koyama 2018, eq. 3).
        spectral_norm: See `Blocks`; the signal's heads and the embeddings have none.
    """
    blocks = Blocks(plan.kernel_size, plan.padding, plan.seed + 1, plan.dtype, spectral_norm)
    images = keras.Input(plan.image_shape, name="images")
    x = blocks.conv(stem_maps(plan.filters), "stem_conv")(images)
    for number, maps in enumerate(plan.filters, start=1):
        x = blocks.down(x, maps, f"down_{number}")
    scales = plan.signal_scales
    seen = {"image": keras.layers.Flatten(dtype=plan.dtype, name="flatten")(blocks.leaky(x, "relu"))}
    of_signal = signal_features(images, plan.codec, scales, blocks.weights, plan.dtype)
    seen |= {f"signal_{scale}": features for scale, features in zip(scales, of_signal, strict=True)}
    classes = keras.Input((plan.n_classes,), name="classes") if plan.n_classes else None
    logits = [_logit(name, features, classes, blocks) for name, features in seen.items()]
    logit = keras.layers.Concatenate(dtype="float32", name="logits")(logits) if len(logits) > 1 else logits[0]
    network = keras.Model([images, classes] if plan.n_classes else images, logit, name="discriminator")
    _draw_vectors(network, plan.seed)
    return network


def stem_maps(filters: tuple[int, ...]) -> int:
    """Feature maps at the image's own size: half those of the first block."""
    return max(filters[0] // 2, 1)


def _logit(name: str, features: Any, classes: Any, blocks: Blocks) -> Any:
    dense = keras.layers.Dense(1, kernel_initializer=_small(blocks), dtype="float32", name=f"{name}_logit")
    logit = blocks.normalized(dense)(features) if name == "image" else dense(features)
    if classes is None:
        return logit
    embedding = keras.layers.Dense(
        features.shape[-1], use_bias=False, kernel_initializer=_small(blocks), dtype="float32", name=f"{name}_classes"
    )(classes)
    projection = keras.layers.Dot(axes=1, dtype="float32", name=f"{name}_projection")([embedding, features])
    return keras.layers.Add(dtype="float32", name=f"{name}_sum")([logit, projection])


def _small(blocks: Blocks) -> keras.initializers.Initializer:
    # A logit near 0 at first: He's variance is for what a ReLU follows.
    return keras.initializers.RandomNormal(stddev=0.02, seed=next(blocks.weights).seed)


def _draw_vectors(network: keras.Model, seed: int) -> None:
    """Begins the power iterations by the model's seed: Keras draws their vectors from its global one."""
    stream = np.random.default_rng([seed, 2])
    for layer in network.layers:
        if isinstance(layer, keras.layers.SpectralNormalization):
            layer.vector_u.assign(stream.standard_normal(layer.vector_u.shape, np.float32))
