"""Flow matching: a network learns the velocity that carries noise to ECGs along straight lines.

Between noise x0 and a slice x1 lies x_t = (1 - t) x0 + t x1, and its velocity is x1 - x0. A network that predicts it
from x_t and t, by least squares, is the field whose flow takes the distribution of the noise to that of the slices
(Lipman et al. 2023; Liu et al. 2023). Times are drawn logit-normal, most of them from the middle, where the velocity is
hardest to tell (Esser et al. 2024, 3.1). There is no second network, and no collapse.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import keras
import tensorflow as tf
from keras import ops

from ecg_synth.errors import InputError, check_seed
from ecg_synth.models import average
from ecg_synth.models.bounded import bounded_gradients
from ecg_synth.models.flow_sampler import FlowSampler
from ecg_synth.models.generative import Generative
from ecg_synth.models.grid import grid_matrices, noise_length
from ecg_synth.models.noising import add_noise, draw_times
from ecg_synth.models.registry import MODELS
from ecg_synth.models.saving import SavedWhole
from ecg_synth.models.scaling import to_unit
from ecg_synth.models.seeds import Seeds, step_seeds
from ecg_synth.models.starting import take_weights
from ecg_synth.models.stretch import Stretch
from ecg_synth.models.time_order import TimeOrder
from ecg_synth.models.unet import unet

# Steps in which the slices' mean and deviation are learnt; then they stand still.
SETTLING = 200


def settling_share(step: Any) -> Any:
    """Returns how far the slices' mean and deviation move towards a batch's: all of them weigh the same.

    Args:
        step: Number of the step, from 0; from `SETTLING` on the share is 0.
    """
    t = ops.cast(step, "float32")
    return ops.where(t < SETTLING, 1.0 / (t + 1.0), 0.0)


def check_rhythm(rhythm: int, trained: Flow) -> None:
    """Raises `InputError` when a trained flow has more looks by distance than the model that begins with it."""
    if trained.rhythm > rhythm:
        raise InputError(
            f"A model that begins with a flow's weights looks by distance as often, or the flow would be another. "
            f"Received: rhythm={rhythm}, and a flow of {trained.rhythm}. Give --rhythm {trained.rhythm}."
        )


@MODELS.register("flow")
@keras.saving.register_keras_serializable("ecg_synth")
class Flow(SavedWhole, Generative):
    """A velocity network, trained by flow matching, and the generator that follows it from noise to images.

    The latents are the noise itself, one number a lead and sample of the grid. Training and generation are written for
    the decoded signal inside the graph: any arrangement whose pixels each hold one sample will do.

    Args:
        image_shape: `(height, width, channels)` in pixels.
        latent_dim: Length of the noise vector, grid times leads; 0 works it out.
        grid: Samples of a slice as the network sees it; frequencies above `grid / (2 * length)` of the rate are cut.
        emphasis: How much high frequencies are lifted; see `ecg_synth.models.grid`.
        spread: Standard deviation of the logits of the times.
        filters: Feature maps of each level of the U-Net.
        patch: Samples folded into the channels of one.
        rhythm: Further looks at the coarsest level, which know distances; see `ecg_synth.models.unet`.
        gain: How far amplitudes are stretched before they are learnt; see `ecg_synth.models.stretch`.
        steps: Steps from noise to image.
        solver: `"euler"` or `"heun"`, which looks twice a step.
        schedule: Where the steps lie: `"uniform"`, or `"late"`, shorter towards the image.
        guidance: How far generation goes beyond the field without a class towards the one with it (classifier-free
            guidance, Ho and Salimans 2022); 1 follows the class's own field.
        codec: Config of the images' codec.
        n_classes: 0 here; `FlowClasses` takes 2 or more.
        ema: Decay a step of the averaged network that samples are drawn from.
        seed: Seed of the first weights, and of noise and times.
        dtype: Keras dtype policy; velocities and losses are float32 under any.
        n_told: Numbers that the network is told of each slice, where these are not its class.
        **kwargs: `bits`, `null_pixels`, and `name` of `keras.Model`.

    Raises:
        InputError: The codec has no fixed positions or other images, a number is out of range, a name is unknown, or
            `latent_dim` is another.
    """

    needs: ClassVar[tuple[str, ...]] = ("codec",)
    # Sampling takes many passes through the network.
    measure_every = 10
    # Whether the network is told the length of the step.
    told_spans: ClassVar[bool] = False

    def __init__(
        self,
        image_shape: tuple[int, int, int],
        latent_dim: int = 0,
        grid: int = 768,
        emphasis: float = 1.0,
        spread: float = 1.3,
        filters: tuple[int, ...] = (96, 128, 160),
        patch: int = 4,
        rhythm: int = 0,
        gain: float = 1.0,
        steps: int = 25,
        solver: str = "heun",
        schedule: str = "uniform",
        guidance: float = 1.0,
        codec: Mapping[str, Any] | None = None,
        n_classes: int = 0,
        ema: float = 0.999,
        seed: int = 0,
        dtype: Any = None,
        n_told: int = 0,
        **kwargs: Any,
    ):
        self.check_classes(n_classes)
        n_told = n_told or n_classes
        policy = keras.dtype_policies.get(dtype)
        order = TimeOrder(codec)
        order.check_images(tuple(image_shape))
        wanted = noise_length(grid, order.leads, latent_dim)
        if not spread > 0:
            raise InputError(f"The spread of the times must be above 0. Received: spread={spread!r}.")
        onto, back = grid_matrices(order.length, grid, order.fs, emphasis)
        velocity = unet(
            grid, order.leads, n_told, tuple(filters), patch, check_seed(seed), policy, self.told_spans, rhythm
        )
        sampler = FlowSampler(
            velocity if not ema else average.copy_of(velocity, ema),
            codec=codec,
            back=back.astype("float32"),
            steps=steps,
            solver=solver,
            schedule=schedule,
            guidance=guidance if n_told else 1.0,
            spans=self.told_spans,
            dtype="float32",
            name="sampler",
        )
        latents = keras.Input((wanted,), name="latents")
        inputs = [latents, keras.Input((n_told,), name="classes")] if n_told else latents
        generator = keras.Model(inputs, sampler(inputs), name="generator")
        super().__init__(generator, wanted, n_classes, 0.0, seed, n_told=n_told, dtype=policy, **kwargs)
        self.velocity = velocity
        self.sampler = sampler
        self.decay = ema
        self.image_shape = tuple(image_shape)
        self.grid, self.emphasis, self.spread, self.filters, self.patch = grid, emphasis, spread, tuple(filters), patch
        self.flow_steps, self.solver, self.schedule, self.guidance = steps, solver, schedule, guidance
        self.codec = codec
        self.rhythm = rhythm
        self.gain = gain
        self._stretch = None if gain == 1.0 else Stretch(gain, codec)
        self._order = order
        self._onto = onto.astype("float32")
        self.steps = self.add_weight(name="steps", shape=(), dtype="int64", initializer="zeros", trainable=False)
        self._means = {name: keras.metrics.Mean(name=name) for name in ("g_loss", "g_grad")}
        self.built = True

    @property
    def networks(self) -> tuple[keras.Model, ...]:
        """What is trained, and what samples are drawn from."""
        return self.velocity, self.generator

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The loss and the gradient's length."""
        return list(self._means.values())

    def compile(self, optimizer: keras.optimizers.Optimizer, **kwargs: Any) -> None:
        """Gives the model its optimizer, and builds it.

        Args:
            optimizer: Of the velocity network; wrapped in a `LossScaleOptimizer` under `mixed_float16`.
            **kwargs: `run_eagerly`, `steps_per_execution` and `jit_compile` of `keras.Model.compile`.
        """
        super().compile(optimizer=optimizer, **kwargs)
        self.optimizer.build(self.velocity.trainable_variables)
        self._compile_kwargs = kwargs

    def train_step(self, data: Any) -> dict[str, Any]:
        """Moves the velocity towards that of straight lines from noise to the batch.

        Args:
            data: Grey levels `(batch, h, w, channels)`, or in a model that is told something `(images, labels)`.

        Returns:
            The running means of the metrics by name.

        Raises:
            InputError: The images are not grey levels.
        """
        images, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        self.check_dtype(images)
        seeds = step_seeds(self.seed, self.steps, 1, 0)
        slices = self._normalized(self._on_grid(to_unit(images), seeds))
        inputs, target = self._problem(slices, self._told(labels, ops.shape(slices)[0], seeds), seeds)
        with tf.GradientTape() as tape:
            loss = ops.mean(ops.square(self.velocity(inputs, training=True) - target))
            scaled_loss = self.optimizer.scale_loss(loss)
        weights = self.velocity.trainable_variables
        gradients, length = bounded_gradients(tape, scaled_loss, weights, self.optimizer)
        self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
        if self.decay:
            average.update(self.sampler.velocity, self.velocity, self.decay, self.steps)
        self.steps.assign_add(1)
        self._means["g_loss"].update_state(loss)
        self._means["g_grad"].update_state(length)
        return self.get_metrics_result()

    def _told(self, labels: Any, count: Any, seeds: Seeds) -> list[Any]:
        """Returns what the network is told of each slice, one tensor `(count, n_told)`, or nothing."""
        return []

    def _problem(self, slices: Any, classes: list[Any], seeds: Seeds) -> tuple[list[Any], Any]:
        """Returns what the network is asked, and the velocity that it should answer."""
        times = draw_times(slices, seeds.mixing, spread=self.spread, latest=1.0)
        between, noise = add_noise(slices, times, seeds.latents)
        return [between, times, *classes], slices - noise

    def start_from(self, trained: Generative) -> tuple[int, int]:
        """Takes over the averaged velocity of a trained flow where it fits; see `Generative.start_from`.

        Raises:
            InputError: Nothing fits, or looks by distance that the flow has would be lost.
        """
        if not isinstance(trained, Flow):
            return super().start_from(trained)
        check_rhythm(self.rhythm, trained)
        averaged = trained.sampler.velocity
        pairs = [(self.velocity, averaged)]
        if self.decay:
            pairs.append((self.sampler.velocity, averaged))
        return take_weights(pairs)

    def _on_grid(self, images: Any, seeds: Seeds | None = None) -> Any:
        """Images as the network sees them; stretched with seeds, as they are without."""
        samples = self._order.samples(images)
        if self._stretch is not None and seeds is not None:
            samples = self._stretch(samples, seeds.augment)
        return ops.einsum("gl,blc->bgc", self._onto, samples)

    def _normalized(self, slices: Any) -> Any:
        """Slices of mean 0 and deviation 1, by the first `SETTLING` batches; the sampler undoes it."""
        share = settling_share(self.steps)
        mean, deviation = ops.mean(slices, axis=(0, 1)), ops.std(slices, axis=(0, 1))
        self.sampler.mean.assign_add(share * (mean - self.sampler.mean))
        self.sampler.deviation.assign_add(share * (deviation - self.sampler.deviation))
        return (slices - self.sampler.mean) / self.sampler.deviation

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return {
            "name": self.name,
            "dtype": keras.saving.serialize_keras_object(self.dtype_policy),
            "image_shape": self.image_shape,
            "latent_dim": self.latent_dim,
            "grid": self.grid,
            "emphasis": self.emphasis,
            "spread": self.spread,
            "filters": self.filters,
            "patch": self.patch,
            "rhythm": self.rhythm,
            "gain": self.gain,
            "steps": self.flow_steps,
            "solver": self.solver,
            "schedule": self.schedule,
            "guidance": self.guidance,
            "codec": self.codec,
            "n_classes": self.n_classes,
            "ema": self.decay,
            "seed": self.seed,
            "bits": self.bits,
            "null_pixels": self.null_pixels,
        }

    def get_compile_config(self) -> dict[str, Any]:
        """Returns `compile`'s arguments serialized."""
        if not self.compiled:
            return {}
        return {"optimizer": keras.saving.serialize_keras_object(self.optimizer), **self._compile_kwargs}
