"""The ways to draw 10 s from a flow of 2 s slices that `strips.py` measures.

- slices end to end: five slices, one after the other.
- windows, half / three quarters: one noise; at each step a strip's velocity is the mean of its windows', weighted by a
  sine (Bar-Tal et al. 2023, MultiDiffusion).
- inpainting: a slice, whose second half is known to the next; at time t what is known is (1 - t) noise + t known.
- long, all to all: the network on a grid five times as long (models/long_flow.py), its attention as it is.
- long, to the middle: all look at the middle slice: `StripSampler(..., steady=False)`.
- steady: `StripSampler`, what `ecg-synth generate --seconds 10` writes: halfway its beats are moved, and those that
  stand out are made like the others.

A way is made of a sampler; called with a seed and a number it returns strips `(n, 10000, leads)` in mV, the borders of
each, samples, and strips and places to hold these borders against, None for the rest of the same strips.
"""

from __future__ import annotations

import itertools

import numpy as np
from strips_figures import FS, SECONDS, peaks_of

from ecg_synth.metrics.signal_set import centered
from ecg_synth.models.grid import off_grid
from ecg_synth.models.long_flow import LongFlow
from ecg_synth.sampling import strips as sampling
from ecg_synth.sampling.strips import StripSampler


class _Drawn:
    """What the ways share: the noise of a strip, the steps, and the way to mV."""

    slices = 5

    def __init__(self, sampler):
        self.sampler, self.flow = sampler, sampler.gan.sampler
        self.grid, self.leads = self.flow.velocity.input_shape[0][1:]
        self.net = self.flow.velocity
        self._graph = None

    def noise(self, seed, count):
        return (
            np.random.default_rng(seed).standard_normal((count, self.slices * self.grid, self.leads)).astype("float32")
        )

    def velocity(self, x, time, step):
        import tensorflow as tf

        if self._graph is None:
            self._graph = tf.function(
                lambda x, time, step: self.flow._velocity(self.net, x, time, step, None), reduce_retracing=True
            )
        return self._graph(*(tf.constant(value, tf.float32) for value in (x, time, step))).numpy()

    def _step(self, time):
        number = int(np.argmin(np.abs(self.flow.times[:-1] - float(time))))
        return self.flow.times[number + 1] - self.flow.times[number]

    def plain(self, x, time):
        return self.velocity(x, time, self._step(time))

    def solve(self, field, x):
        for start, end in itertools.pairwise(self.flow.times):
            x = np.asarray(self.flow._solve(field, x, start, end - start))
        return x

    def mv(self, samples):
        """On the long grid, or on that of slices: each is brought back as a whole."""
        mean, deviation = self.flow.mean.numpy(), self.flow.deviation.numpy()
        codec = self.sampler.codec
        length = samples.shape[1] * codec.length // self.grid
        unit = off_grid(samples * deviation + mean, length, codec.fs, self.sampler.gan.emphasis)
        return centered(1.25 * unit)


class _EndToEnd(_Drawn):
    def __call__(self, seed, count):
        parts = [self.mv(self.solve(self.plain, part)) for part in np.split(self.noise(seed, count), 5, axis=1)]
        strips = np.concatenate(parts, axis=1)[:, : round(SECONDS * FS)]
        return strips, [np.arange(1, 5) * self.sampler.codec.length] * count, None


class _Windows(_Drawn):
    share = 0.5

    def __call__(self, seed, count):
        noise, stride = self.noise(seed, count), round(self.grid * (1 - self.share))
        starts = range(0, noise.shape[1] - self.grid + 1, stride)
        weight = np.sin(np.pi * (np.arange(self.grid) + 0.5) / self.grid)[:, None] + 1e-3
        total = sum(np.pad(weight, ((s, noise.shape[1] - s - self.grid), (0, 0))) for s in starts)

        def field(x, time, step):
            found = np.zeros_like(x)
            for start in starts:
                chosen = slice(start, start + self.grid)
                found[:, chosen] += weight / total[chosen] * self.velocity(x[:, chosen], time, step)
            return found

        strips = self.mv(self.solve(lambda x, time: field(np.asarray(x), time, self._step(time)), noise))
        ends = np.unique([border for s in starts for border in (s, s + self.grid)])[1:-1]
        return strips[:, : round(SECONDS * FS)], [np.rint(ends * 2025 / self.grid).astype(int)] * count, None


class _MoreWindows(_Windows):
    share = 0.75


class _Inpainting(_Windows):
    def __call__(self, seed, count):
        noise, half = self.noise(seed, count), self.grid // 2
        found = np.zeros_like(noise)
        found[:, : self.grid] = self.solve(self.plain, noise[:, : self.grid])
        starts = range(half, noise.shape[1] - self.grid + 1, half)
        for start in starts:
            own, known = noise[:, start : start + self.grid], found[:, start : start + half]

            def field(x, time, own=own, known=known):
                x = np.array(x)
                x[:, :half] = (1 - time) * own[:, :half] + time * known
                return self.velocity(x, time, self._step(time))

            found[:, start + half : start + self.grid] = self.solve(field, own)[:, half:]
        ends = np.rint((np.array(starts) + half) * 2025 / self.grid).astype(int)
        return self.mv(found)[:, : round(SECONDS * FS)], [ends] * count, None


class _AllToAll(_Drawn):
    def __init__(self, sampler):
        import keras

        import ecg_synth.models.long_flow as long_flow

        super().__init__(sampler)
        own = long_flow._ToTheMiddle
        long_flow._ToTheMiddle = type("Plain", (keras.layers.MultiHeadAttention,), {})
        self.long = LongFlow(sampler.gan, self.slices)
        long_flow._ToTheMiddle = own

    def __call__(self, seed, count):
        noise = self.noise(seed, -(-count // 8) * 8)
        strips = centered(1.25 * self.long.unit(self.long.finish(self.long.halfway(noise))))
        strips = strips[:count, : round(SECONDS * FS)]
        return strips, [np.arange(1, 5) * self.sampler.codec.length] * count, None


class _ToTheMiddle:
    steady = False

    def __init__(self, sampler):
        self.strips = StripSampler(sampler, SECONDS, self.steady)
        self.length = sampler.codec.length

    def __call__(self, seed, count):
        strips = np.concatenate([part.decoded for part in self.strips.iter_blocks(64, seed)])
        return strips, [np.arange(1, 5) * self.length] * len(strips), None


class _Steady(_ToTheMiddle):
    """Its borders are where what was moved meets, and beside them stands the same phase of unmoved beats."""

    steady = True

    def __call__(self, seed, count):
        orders, order = [], sampling.moved

        def kept(*given):
            orders.append(order(*given))
            return orders[-1]

        sampling.moved = kept
        strips, _, _ = super().__call__(seed, count)
        sampling.moved = order
        rate = self.strips._long.grid * FS / self.strips._long.length
        borders = [np.rint((np.flatnonzero(np.abs(np.diff(o)) > 1) + 1) / rate * FS).astype(int) for o in orders]
        return strips, borders, self.beside(seed)

    def beside(self, seed):
        free = StripSampler(self.strips.slices, SECONDS, steady=False).sample(64, seed).decoded
        phases = [(p[:-1] + 0.6 * np.diff(p)) * FS for p in peaks_of(free)]
        return free, [np.rint(phase).astype(int) for phase in phases]


WAYS = {
    "slices end to end": _EndToEnd,
    "windows, half": _Windows,
    "windows, three quarters": _MoreWindows,
    "inpainting": _Inpainting,
    "long, all to all": _AllToAll,
    "long, to the middle": _ToTheMiddle,
    "steady": _Steady,
}
