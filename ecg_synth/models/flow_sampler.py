"""From noise to images along a velocity field: solvers of the ordinary differential equation, in the graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from ecg_synth.errors import InputError
from ecg_synth.models.time_order import TimeOrder
from ecg_synth.registry import Registry

Velocity = Callable[[Any, Any], Any]
"""Samples `(batch, grid, leads)` and a time scalar in, their velocity out."""

# No time of a step but the last one's end is later; float32 sums of steps may miss 1 by a bit.
LAST = 1.0 - 1e-5

# (velocity, samples, time, step) -> the samples one step later.
SOLVERS: Registry[Callable[[Velocity, Any, Any, Any], Any]] = Registry("solver")
# steps -> increasing times, float64 (steps + 1,), from 0 to 1.
SCHEDULES: Registry[Callable[[int], np.ndarray]] = Registry("schedule")


@SOLVERS.register("euler")
def euler(velocity: Velocity, x: Any, time: Any, step: Any) -> Any:
    """Straight on along the velocity: one look, an error of the order of the step."""
    return x + step * velocity(x, time)


@SOLVERS.register("heun")
def heun(velocity: Velocity, x: Any, time: Any, step: Any) -> Any:
    """Along the mean of the velocities at both ends: two looks, an error of the order of the step squared.

    The last step looks once, for at time 1 nothing was learnt (Karras et al. 2022, algorithm 1).
    """
    here = velocity(x, time)
    end = time + step
    there = ops.cond(end < LAST, lambda: velocity(x + step * here, end), lambda: here)
    return x + 0.5 * step * (here + there)


@SCHEDULES.register("uniform")
def uniform(steps: int) -> np.ndarray:
    """Steps of one length."""
    return np.linspace(0.0, 1.0, steps + 1)


@SCHEDULES.register("late")
def late(steps: int) -> np.ndarray:
    """Steps that become shorter towards the image, 1 - (1 - s)^2 of uniform s, where fine detail is settled."""
    return 1.0 - (1.0 - uniform(steps)) ** 2


@keras.saving.register_keras_serializable("ecg_synth")
class FlowSampler(keras.layers.Layer):
    """Latents, and class probabilities where the velocity is told classes, to images.

    Args:
        velocity: Network from samples `(batch, grid, leads)`, times `(batch, 1)`, the lengths of the steps with
            `spans`, and classes where it is told some, to velocities.
        codec: Config of the images' codec.
        back: `(length, grid)`: the matrix from the grid to samples.
        steps: Steps from noise to image.
        solver: A name in `SOLVERS`.
        schedule: A name in `SCHEDULES`.
        guidance: Weight of the class's field beside the one without; see `Flow`.
        spans: The network is told the length of the step.
        **kwargs: `name` and `dtype` of `keras.layers.Layer`.

    Raises:
        InputError: A name is unknown, or a number out of range.

    Attributes:
        mean: What a slice's samples on the grid are on average, by lead.
        deviation: Their standard deviation, by lead.
    """

    def __init__(
        self,
        velocity: keras.Model,
        codec: Mapping[str, Any] | None,
        back: np.ndarray,
        steps: int = 25,
        solver: str = "heun",
        schedule: str = "uniform",
        guidance: float = 1.0,
        spans: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if steps < 1:
            raise InputError(f"A flow takes at least 1 step from noise to image. Received: steps={steps!r}.")
        if guidance < 0:
            raise InputError(f"The guidance must be 0 or more. Received: guidance={guidance!r}.")
        self.velocity = velocity
        self._spans = spans
        self.guidance = guidance
        self._solve = SOLVERS[solver]
        self._times = SCHEDULES[schedule](steps).astype("float32")
        self._back = back
        self._order = TimeOrder(codec)
        leads = self._order.leads
        weight = {"shape": (leads,), "dtype": "float32", "trainable": False}
        self.mean = self.add_weight(name="mean", initializer="zeros", **weight)
        self.deviation = self.add_weight(name="deviation", initializer="ones", **weight)

    def call(self, inputs: Any) -> Any:
        """Returns float32 images `(batch, h, w, channels)`, which may pass [-1, 1]."""
        latents, classes = inputs if isinstance(inputs, list | tuple) else (inputs, None)
        grid, leads = self.velocity.input_shape[0][1:]
        start = ops.reshape(ops.cast(latents, "float32"), (-1, grid, leads))
        x = self.follow(start, classes)
        samples = ops.einsum("lg,bgc->blc", self._back, x * self.deviation + self.mean)
        return self._order.images(samples, self._empty(samples))

    @property
    def times(self) -> np.ndarray:
        """Times of the steps, float32 `(steps + 1,)`, from 0 to 1."""
        return self._times

    def follow(
        self, x: Any, classes: Any = None, first: int = 0, last: int | None = None, network: keras.Model | None = None
    ) -> Any:
        """Returns where the velocity carries samples, `(batch, grid, leads)`, normalized as in training.

        Args:
            x: Samples at the beginning of step `first`: at 0 the noise.
            classes: What the network is told beside them.
            first: Number of the first step.
            last: Number of the step to stop before; None goes to the end.
            network: Asked in place of `velocity`: the same on a longer grid.
        """
        times = ops.convert_to_tensor(self._times)
        network = network or self.velocity

        def forward(number: Any, x: Any) -> Any:
            step = times[number + 1] - times[number]
            return self._solve(lambda x, time: self._velocity(network, x, time, step, classes), x, times[number], step)

        return ops.fori_loop(first, len(self._times) - 1 if last is None else last, forward, x)

    def _velocity(self, network: keras.Model, x: Any, time: Any, step: Any, classes: Any) -> Any:
        asked = (time, step) if self._spans else (time,)
        inputs = [x, *(ops.broadcast_to(ops.reshape(number, (1, 1)), (ops.shape(x)[0], 1)) for number in asked)]
        if classes is None:
            return network(inputs, training=False)
        of_class = network([*inputs, classes], training=False)
        if self.guidance == 1.0:
            return of_class
        plain = network([*inputs, ops.zeros_like(classes)], training=False)
        return plain + self.guidance * (of_class - plain)

    def _empty(self, samples: Any) -> Any:
        shape = (ops.shape(samples)[0], *self._order.image_shape)
        return ops.full(shape, -1.0)

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Returns `(batch, h, w, channels)`."""
        first = input_shape[0] if isinstance(input_shape[0], list | tuple) else input_shape
        return (first[0], *self._order.image_shape)
