"""The convolutional networks of DCGAN, ACGAN and the Wasserstein GANs (P1, 3.3.3; Radford et al. 2016)."""

from __future__ import annotations

import keras

from ecg_synth.models.blocks import (
    batch_norm,
    center_crop,
    downsample,
    generator_of,
    normal_initializers,
    smallest_grid,
    upsample,
)
from ecg_synth.models.helical import convolution
from ecg_synth.models.plan import Plan
from ecg_synth.models.signal_heads import signal_features


def generator(plan: Plan) -> keras.Model:
    """Returns the generator: a dense layer onto the smallest grid, doublings, and a crop of the middle.

    With helical padding the last doubling makes features, a quarter as many as the first convolution of the
    discriminator, and one more convolution makes the image of them after the crop: only at the image's own width does
    a row go on in the next.
    """
    height, width, channels = plan.image_shape
    filters, kernel_size, padding, dtype = plan.filters, plan.kernel_size, plan.padding, plan.dtype
    doublings = len(filters)
    grid = (smallest_grid(height, doublings), smallest_grid(width, doublings))
    full = (grid[0] * 2**doublings, grid[1] * 2**doublings)
    weights = normal_initializers(plan.seed)
    layers: list[keras.layers.Layer] = [
        keras.layers.Dense(
            grid[0] * grid[1] * filters[-1],
            use_bias=False,
            kernel_initializer=next(weights),
            dtype=dtype,
            name="dense",
        ),
        keras.layers.Reshape((*grid, filters[-1]), dtype=dtype, name="grid"),
        batch_norm("grid_norm", dtype),
        keras.layers.ReLU(dtype=dtype, name="grid_relu"),
    ]
    for number, maps in enumerate(reversed(filters[:-1]), start=1):
        layers += upsample(maps, kernel_size, next(weights), dtype, f"up_{number}", padding)
    helical = padding == "helical"
    if helical:
        layers += upsample(max(filters[0] // 4, 1), kernel_size, next(weights), dtype, f"up_{doublings}", padding)
        layers.append(center_crop(full, (height, width), dtype=dtype))
    layers.append(
        convolution(padding, transposed=not helical)(
            channels,
            kernel_size,
            strides=1 if helical else 2,
            padding="same",
            kernel_initializer=next(weights),
            dtype=dtype,
            name="image_conv",
        )
    )
    if not helical:
        layers.append(center_crop(full, (height, width)))
    # In float32, for half precision has fewer levels near +-1 than a grey image.
    layers.append(keras.layers.Activation("tanh", dtype="float32", name="image"))
    return generator_of(layers, plan.latent_dim, plan.n_classes, plan.seed)


def discriminator(plan: Plan, normalization: str = "batch") -> keras.Model:
    """Returns the discriminator: halvings, and a dense layer for the source's logit; see also `signal_heads`.

    Args:
        plan: Where it has classes, a second output gives a logit for each (P1, 4.6).
        normalization: Of every convolution but the first; a name in `NORMALIZATIONS`.
    """
    weights, dtype, scales = normal_initializers(plan.seed + 1), plan.dtype, plan.signal_scales
    layers: list[keras.layers.Layer] = []
    for number, maps in enumerate(plan.filters, start=1):
        # None on the first (Radford et al. 2016, section 3): it would wash out the image's own grey levels.
        chosen = normalization if number > 1 else "none"
        layers += downsample(maps, plan.kernel_size, next(weights), dtype, f"down_{number}", chosen, plan.padding)
    layers.append(keras.layers.Flatten(dtype=dtype, name="flatten"))
    source = keras.layers.Dense(1, kernel_initializer=next(weights), dtype="float32", name="logit")
    images = keras.Input(plan.image_shape, name="images")
    if not plan.n_classes and not scales:
        return keras.Sequential([images, *layers, source], name="discriminator")
    features = images
    for layer in layers:
        features = layer(features)
    logits = [source(features)]
    for scale, seen in zip(scales, signal_features(images, plan.codec, scales, weights, dtype), strict=True):
        head = keras.layers.Dense(1, kernel_initializer=next(weights), dtype="float32", name=f"signal_{scale}_logit")
        logits.append(head(seen))
    if scales:
        logits = [keras.layers.Concatenate(dtype="float32", name="logits")(logits)]
    if not plan.n_classes:
        return keras.Model(images, logits[0], name="discriminator")
    classes = keras.layers.Dense(plan.n_classes, kernel_initializer=next(weights), dtype="float32", name="class_logits")
    return keras.Model(images, [*logits, classes(features)], name="discriminator")
