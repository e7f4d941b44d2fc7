"""One step from noise to a slice: a flow's network as the generator of a GAN (adversarial distillation).

A flow follows its velocity for many small steps. Here the same network takes one, the whole way, and a discriminator
that begins as the way down of that network tells it what is still missing (Sauer et al. 2023; Huang et al. 2024 for
the loss). Both look at a slice as the flow does: on its grid, its high frequencies lifted, so that neither the noise
floor nor the beat drowns the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from ecg_synth.errors import InputError, check_seed
from ecg_synth.models import average
from ecg_synth.models.flow import Flow, check_rhythm, settling_share
from ecg_synth.models.flow_judge import TOLD_TIME, Constant, OnGrid, flow_judge
from ecg_synth.models.flow_sampler import FlowSampler
from ecg_synth.models.generative import Generative
from ecg_synth.models.grid import grid_matrices, noise_length
from ecg_synth.models.judgement import Judgement
from ecg_synth.models.matched import MatchedGan
from ecg_synth.models.registry import MODELS
from ecg_synth.models.seeds import Seeds
from ecg_synth.models.starting import take_weights
from ecg_synth.models.stretch import Stretch
from ecg_synth.models.time_order import TimeOrder
from ecg_synth.models.unet import unet


@MODELS.register("flow_gan")
@keras.saving.register_keras_serializable("ecg_synth")
class FlowGan(MatchedGan):
    """A GAN whose generator is one step of a flow; begun with a trained one's weights (`start_from`), it distills it.

    The latents are the flow's noise, so that an image of the same latents is the flow's, a little changed.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        latent_dim: Length of the noise vector, grid times leads; 0 works it out.
        grid: Samples of a slice as the networks see it.
        emphasis: How much high frequencies are lifted; see `ecg_synth.models.grid`.
        filters: Feature maps of each level of the U-Net, and of the discriminator's way down.
        patch: Samples folded into the channels of one.
        rhythm: Further looks of the generator that know distances.
        gain: How far amplitudes of real slices are stretched; see `ecg_synth.models.stretch`. That of the flow.
        matching: Weight of distribution matching beside the discriminator's; see `ecg_synth.models.matching`. 0 for
            the discriminator alone; above 0 the model has to begin with a trained flow of as many leads.
        noise: Whether the discriminator sees slices with noise, as flows do, and is told how much: what it could tell
            a record by is gone (Sauer et al. 2024, LADD; Yin et al. 2024).
        codec: Config of the images' codec.
        n_classes: 0: it knows no classes.
        ema: Decay a step of the averaged generator that samples are drawn from.
        seed: Seed of the first weights and of the noise.
        dtype: Keras dtype policy; images, logits and losses are float32 under any.
        **kwargs: `bits`, `null_pixels`, and `name` of `keras.Model`.

    Raises:
        InputError: The codec has no fixed positions or other images, a number is out of range, or `latent_dim` is
            another.
    """

    needs = ("codec",)
    arguments = (
        *MatchedGan.arguments,
        "grid",
        "emphasis",
        "filters",
        "patch",
        "rhythm",
        "gain",
        "matching",
        "noise",
        "codec",
    )

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int = 0,
        grid: int = 768,
        emphasis: float = 1.0,
        filters: tuple[int, ...] = (96, 128, 160),
        patch: int = 4,
        rhythm: int = 0,
        gain: float = 1.0,
        matching: float = 0.0,
        noise: bool = False,
        codec: Mapping[str, Any] | None = None,
        n_classes: int = 0,
        ema: float = 0.998,
        seed: int = 0,
        dtype: Any = None,
        **kwargs: Any,
    ):
        self.check_classes(n_classes)
        if matching < 0:
            raise InputError(f"Distribution matching has a weight of 0 or more. Received: matching={matching!r}.")
        policy = keras.dtype_policies.get(dtype)
        order = TimeOrder(codec)
        order.check_images(tuple(image_shape))
        wanted = noise_length(grid, order.leads, latent_dim)
        onto, back = (matrix.astype("float32") for matrix in grid_matrices(order.length, grid, order.fs, emphasis))

        def velocity() -> keras.Model:
            return unet(
                grid, order.leads, 0, tuple(filters), patch, check_seed(seed), policy, spans=True, rhythm=rhythm
            )

        def one_step() -> keras.Model:
            step = FlowSampler(velocity(), codec, back, 1, "euler", spans=True, dtype="float32", name="sampler")
            latents = keras.Input((wanted,), name="latents")
            return keras.Model(latents, step(latents), name="generator")

        images = keras.Input(tuple(image_shape), name="images")
        on_grid = OnGrid(codec, onto, dtype="float32", name="on_grid")
        looks = flow_judge(grid, order.leads, tuple(filters), patch, check_seed(seed), policy)
        told = Constant(TOLD_TIME, dtype="float32", name="time")(images)
        discriminator = keras.Model(images, looks([on_grid(images), told]), name="discriminator")
        super().__init__(one_step(), discriminator, wanted, seed=seed, dtype=policy, **kwargs)
        if average.check_decay(ema):
            # Made anew: the sampler's matrices are not what Keras clones a layer by.
            self.average_generator = one_step()
            self.average_generator.trainable = False
        self.ema = ema
        self.image_shape = tuple(image_shape)
        self.grid, self.emphasis, self.filters, self.patch = grid, emphasis, tuple(filters), patch
        self.rhythm, self.codec = rhythm, codec
        self.gain, self._stretch = gain, None if gain == 1.0 else Stretch(gain, codec)
        self._order = order
        self._on_grid, self._looks = on_grid, looks
        self._begin_matching(matching, noise, (velocity(), velocity()) if matching else ())

    def judge(self, images: Any, classes: Any = None, training: bool = False) -> Judgement:
        """See `Gan.judge`; takes samples on the grid `(batch, grid, leads)` too, which training is done on.

        Args:
            images: Images, or samples.
            classes: Times of samples with noise, `(batch, 1)`; None where they have none left.
            training: As in `Gan.judge`.
        """
        if len(images.shape) != 3:
            return Judgement(self.discriminator(images, training=training))
        times = ops.full((ops.shape(images)[0], 1), TOLD_TIME) if classes is None else classes
        return Judgement(self._looks([images, times], training=training))

    def _sides(self, real_images: Any, classes: Any, seeds: Seeds) -> tuple[Any, Any]:
        # On the grid, so that penalties are of slopes along what the networks see: a pixel's are the beat's alone.
        if self._stretch is not None:
            samples = self._stretch(self._order.samples(real_images), seeds.augment)
            real_images = self._order.images(samples, real_images)
        self._settle(real_images)
        real, generated = super()._sides(real_images, classes, seeds)
        return self._on_grid(real), self._on_grid(generated)

    def _settle(self, real_images: Any) -> None:
        """Learns mean and deviation of slices by the first `SETTLING` batches, unless a flow gave them."""
        share = (1.0 - self.given) * settling_share(self.steps)
        seen = self._on_grid(real_images) * self._on_grid.deviation + self._on_grid.mean
        sampler = self.generator.get_layer("sampler")
        for name, found in (("mean", ops.mean(seen, axis=(0, 1))), ("deviation", ops.std(seen, axis=(0, 1)))):
            here = getattr(sampler, name)
            here.assign_add(share * (found - here))
            getattr(self._on_grid, name).assign(here)

    def start_from(self, trained: Generative) -> tuple[int, int]:
        """Takes over a trained flow where it fits, into both networks; see `Generative.start_from`.

        Raises:
            InputError: Nothing fits, or the flow has another grid or emphasis, or more looks by distance; or
                distributions are to be matched and it has another network or leads, or is told something.
        """
        if not isinstance(trained, Flow):
            if isinstance(trained, FlowGan) and self.matching and not trained.matching:
                raise InputError(
                    f"To match distributions takes the flow itself. Received: matching={self.matching!r}, and a "
                    f"FlowGan that holds no flow: trained without matching, or packed. Give --start-from its flow, or "
                    f"--matching 0."
                )
            found = super().start_from(trained)
            # Its mean and deviation are in its networks.
            self.given.assign(1.0)
            return found
        there, here = (trained.grid, trained.emphasis), (self.grid, self.emphasis)
        if there != here:
            raise InputError(
                f"A GAN that begins as a flow has its grid and its emphasis. Received: grid, emphasis = {here}, and a "
                f"flow of {there}. Give --grid and --emphasis of the flow."
            )
        check_rhythm(self.rhythm, trained)
        sampler = trained.sampler
        pairs = [(self.generator, trained.sampling_generator), (self._looks, sampler.velocity)]
        if self.matching:
            self._check_teacher(trained)
            pairs += [(network, sampler.velocity) for network in (self._matching.teacher, self._matching.follower)]
        found = take_weights(pairs)
        if sampler.mean.shape == self._on_grid.mean.shape:
            self._on_grid.mean.assign(sampler.mean)
            self._on_grid.deviation.assign(sampler.deviation)
            self.given.assign(1.0)
        if self.average_generator is not None:
            self.average_generator.set_weights(self.generator.get_weights())
        return found

    def _check_teacher(self, trained: Flow) -> None:
        theirs = (trained.filters, trained.patch, trained.velocity.input_shape[0][-1], trained.n_told)
        mine = (self.filters, self.patch, self._order.leads, 0)
        if theirs != mine:
            raise InputError(
                f"To match distributions takes a flow of the same network and leads that is told nothing. Received: "
                f"filters, patch, leads, numbers told = {theirs} of the flow, for {mine}. Give such a flow, or "
                f"--matching 0."
            )
