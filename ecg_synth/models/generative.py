"""What every generative model of images gives: images from noise, and from classes where it knows some."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops

from ecg_synth.codec.levels import check_bits
from ecg_synth.errors import InputError, check_seed
from ecg_synth.models import average
from ecg_synth.models.scaling import to_levels
from ecg_synth.models.starting import take_weights


class Generative(keras.Model):
    """A generator, its average if it has one, and the ways to draw from it.

    Args:
        generator: Built network from latents `(batch, latent_dim)`, and where `n_classes` is not 0 from latents and
            class probabilities `(batch, n_classes)`, to float32 images `(batch, h, w, channels)` in [-1, 1].
        latent_dim: Length of the noise vector.
        n_classes: Classes that images are generated for; 0 where the model knows none.
        ema: Decay a step of the averaged generator that samples are drawn from; 0 for none.
        seed: Seed of the noise of training.
        bits: Bits a level of the images that it trains on and generates: 8 (uint8) or 16 (uint16).
        null_pixels: Flat indices of an image's pixels that hold nothing, as a codec's `null_pixels` gives them: they
            are level 0 in every image, whatever the generator makes of them. Empty: none are known.
        n_told: Numbers that the generator is told beside the latents, where these are not class probabilities.
        **kwargs: `name` and `dtype` of `keras.Model`.

    Raises:
        InputError: The generator does not fit `latent_dim` or `n_classes`, `ema` is not within [0, 1), the seed is
            outside its range, or a NULL pixel is not on the image.

    Attributes:
        conditional: Whether the model is told classes, and trains on images with labels.
        scales: Conditions that the model is told, and what its training set had of each; none in most models.
        needs: What its constructor takes of the training set beside the shape, bits and classes of its images: `codec`,
            the config of their codec, and `scales`.
        has_discriminator: Whether a second network judges what this one makes.
        discriminator_known: Whether that network is what was trained; a packed run comes without, and it is as drawn.
        measure_every: Epochs between two looks at samples while it trains.
    """

    conditional: ClassVar[bool] = False
    needs: ClassVar[tuple[str, ...]] = ()
    has_discriminator: ClassVar[bool] = False
    measure_every: ClassVar[int] = 1
    discriminator_known: bool = True
    scales: Mapping[str, Mapping[str, float]] = MappingProxyType({})

    def __init__(
        self,
        generator: keras.Model,
        latent_dim: int,
        n_classes: int = 0,
        ema: float = 0.0,
        seed: int = 0,
        bits: int = 8,
        null_pixels: Sequence[int] = (),
        n_told: int = 0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.n_told = n_told or n_classes
        _check_generator(generator, latent_dim, self.n_told)
        self.generator = generator
        self.latent_dim = latent_dim
        self.n_classes = n_classes
        self.ema = ema
        self.average_generator = average.copy_of(generator, ema) if ema else None
        self.seed = check_seed(seed)
        self.bits = check_bits(bits)
        self.null_pixels = tuple(int(pixel) for pixel in null_pixels)
        self._is_null = _null_mask(self.null_pixels, generator.output_shape[1:])

    @classmethod
    def check_classes(cls, n_classes: int, found: str = "") -> None:
        """Raises `InputError` when a model with classes is given fewer than 2, or another is given any.

        Args:
            n_classes: How many it is given.
            found: Where, and which they are, to go on with in the message.
        """
        if cls.conditional and n_classes < 2:
            raise InputError(
                f"{cls.__name__} learns classes apart, so that it needs at least 2. Received: {n_classes=}{found}. "
                f"Prepare records with diagnoses (ptb, ptbxl, or --table with a column diagnosis), pictures in a "
                f"folder a class, or choose a model without classes, for example --preset dcgan."
            )
        if not cls.conditional and n_classes:
            raise InputError(
                f"{cls.__name__} knows no classes. Received: {n_classes=}{found}. Choose a model with classes, for "
                f"example --preset acgan."
            )

    def _maybe_symbolic_build(self, *args: Any, **kwargs: Any) -> None:
        # Built from the first. Keras looks at one flag alone, then averages a batch over the workers of a cluster,
        # which TensorFlow cannot do with uint8.
        pass

    def call(self, latents: Any, classes: Any = None, training: bool = False) -> Any:
        """Returns float32 images in [-1, 1], `(batch, h, w, channels)`.

        Args:
            latents: `(batch, latent_dim)`.
            classes: Class probabilities `(batch, n_classes)` of a conditional model: one-hot, or a mix.
            training: Whether batch statistics are the batch's own.
        """
        return self._with_null(self.generator([latents, classes] if self.n_told else latents, training=training))

    def _with_null(self, images: Any) -> Any:
        return ops.where(self._is_null, -1.0, images) if self.null_pixels else images

    def generate(self, latents: Any, classes: Any = None) -> Any:
        """Returns grey levels `(n, h, w, channels)` of `image_dtype`, of the averaged generator where there is one.

        Args:
            latents: `(n, latent_dim)`.
            classes: Class probabilities `(n, n_classes)` of a conditional model: one-hot, or a mix.

        Raises:
            InputError: `latents` or `classes` has another shape.
        """
        if len(latents.shape) != 2 or latents.shape[1] != self.latent_dim:
            raise InputError(
                f"Latents must have shape (n, {self.latent_dim}), the latent_dim of this model. "
                f"Received: latents.shape={tuple(latents.shape)}."
            )
        if (classes is None) != (self.n_told == 0) or (classes is not None and classes.shape[1:] != (self.n_told,)):
            raise InputError(
                f"Classes must be probabilities of shape (n, {self.n_told}), and None in a model without classes. "
                f"Received: classes={None if classes is None else f'of shape {tuple(classes.shape)}'}."
            )
        network = self.sampling_generator
        images = network([latents, classes] if self.n_told else latents, training=False)
        return to_levels(self._with_null(images), self.image_dtype)

    def start_from(self, trained: Generative) -> tuple[int, int]:
        """Takes over the weights of a trained model where they fit; see `ecg_synth.models.starting`.

        The new generator and its average both begin as the trained model's samples are drawn.

        Returns:
            How many numbers were taken over, and how many there are.

        Raises:
            InputError: Nothing fits.
        """
        if len(self.networks) != len(trained.networks):
            raise InputError(
                f"A model can start from one of its own family. Received: {type(trained).__name__} for "
                f"{type(self).__name__}. Choose a run of the same preset, or leave start_from out."
            )
        found = take_weights(self._counterparts(trained))
        if self.average_generator is not None:
            self.average_generator.set_weights(self.generator.get_weights())
        return found

    def _counterparts(self, trained: Generative) -> list[tuple[keras.Model, keras.Model]]:
        """Each network, and the trained model's in its place: the one that samples are drawn from, and others."""
        pairs = list(zip(self.networks, trained.networks, strict=True))
        pairs[self.networks.index(self.generator)] = (self.generator, trained.sampling_generator)
        return pairs

    @property
    def networks(self) -> tuple[keras.Model, ...]:
        """Every network whose weights a checkpoint holds, the averaged generator aside."""
        return (self.generator,)

    @property
    def sampling_generator(self) -> keras.Model:
        """The network that samples are drawn from: the averaged generator where `ema` is not 0."""
        return self.generator if self.average_generator is None else self.average_generator

    def sample(self, count: int, seed: int = 0, classes: np.ndarray | None = None, batch_size: int = 256) -> np.ndarray:
        """Returns `count` generated images, `(count, h, w, channels)` of `image_dtype`.

        Args:
            count: How many images.
            seed: Seed of the latents.
            classes: For a conditional model: the class of each image, int `(count,)`, or class probabilities
                `(count, n_classes)`; by default the classes take turns.
            batch_size: Images in memory as floats at once; it changes the images by float rounding at most.

        Raises:
            InputError: `seed` or `classes` is not as above.
        """
        latents = np.random.default_rng(check_seed(seed)).standard_normal((count, self.latent_dim), np.float32)
        mixes = self._mixes(count, classes)
        parts = [
            self.generate(latents[i : i + batch_size], None if mixes is None else mixes[i : i + batch_size])
            for i in range(0, count, batch_size)
        ]
        empty = np.zeros((0, *self.generator.output_shape[1:]), self.image_dtype)
        return np.concatenate([empty, *(ops.convert_to_numpy(part) for part in parts)])

    def _mixes(self, count: int, classes: np.ndarray | None) -> np.ndarray | None:
        if not self.n_classes and classes is None:
            return None
        chosen = np.arange(count) % max(self.n_classes, 1) if classes is None else np.asarray(classes)
        if chosen.shape == (count,) and chosen.dtype.kind in "iu":
            if count and not 0 <= chosen.min() <= chosen.max() < self.n_classes:
                raise InputError(
                    f"A class must be from 0 to {self.n_classes - 1}. "
                    f"Received: classes from {chosen.min()} to {chosen.max()}."
                )
            chosen = np.eye(self.n_classes, dtype=np.float32)[chosen]
        if chosen.shape != (count, self.n_classes):
            raise InputError(
                f"Classes must be one an image, ({count},), or probabilities ({count}, {self.n_classes}). "
                f"Received: classes.shape={chosen.shape}."
            )
        return chosen.astype(np.float32)

    @property
    def image_dtype(self) -> str:
        """Type of the images: `"uint8"` or `"uint16"`."""
        return f"uint{self.bits}"

    def check_dtype(self, images: Any) -> None:
        """Raises `InputError` when images to train on are not grey levels of the model's bits."""
        if images.dtype.name != self.image_dtype:
            raise InputError(
                f"Images to train on must be {self.image_dtype}. Received: images.dtype={images.dtype.name!r}. "
                f"Build the model with the bits of the training set: bits=slice_set.bits."
            )


def _check_generator(generator: keras.Model, latent_dim: int, n_told: int) -> None:
    wanted = [(None, latent_dim), (None, n_told)] if n_told else (None, latent_dim)
    if generator.input_shape != wanted:
        raise InputError(
            f"The generator must take latents of shape (batch, latent_dim), and class probabilities (batch, n_classes) "
            f"where there are classes. Received: latent_dim={latent_dim!r}, n_classes={n_told!r}, "
            f"generator.input_shape={generator.input_shape}."
        )


def _null_mask(pixels: tuple[int, ...], shape: tuple[int, ...]) -> np.ndarray:
    if pixels and not 0 <= min(pixels) <= max(pixels) < math.prod(shape):
        raise InputError(
            f"NULL pixels must be from 0 to {math.prod(shape) - 1}, flat indices on an image of {shape}. "
            f"Received: null_pixels from {min(pixels)} to {max(pixels)}."
        )
    mask = np.zeros(math.prod(shape), bool)
    mask[list(pixels)] = True
    return mask.reshape(shape)


def check_discriminator(generator: keras.Model, discriminator: keras.Model) -> None:
    """Raises `InputError` when the discriminator does not take what the generator makes."""
    taken = discriminator.input_shape
    if generator.output_shape != (taken[0] if isinstance(taken, list) else taken):
        raise InputError(
            f"The discriminator must take what the generator makes. "
            f"Received: generator.output_shape={generator.output_shape}, discriminator.input_shape={taken}. "
            f"Build both for images of one shape."
        )
