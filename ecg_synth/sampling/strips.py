"""Strips of several slices' length from a flow: one network over the whole, one patient, a steady rhythm.

The strip is drawn in whole slices on the network's own grid (`models.long_flow`) and cut to its length at the end.
Halfway its beats are moved to where a heart would have them, and those that stand out are made like the others
(`rhythm`). It is decoded without an image, so that it is
neither rounded to grey levels nor cut to their range; its level in mV is, as that of a slice, its median at 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from ecg_synth.codec.fractional import decode_fractional
from ecg_synth.errors import InputError
from ecg_synth.models.flow import Flow
from ecg_synth.models.long_flow import LongFlow
from ecg_synth.sampling.rhythm import FEWEST, alike, beat_times, moved, rr_of
from ecg_synth.sampling.sampler import BLOCK, Sampler
from ecg_synth.signals.heart_rate import find_beats

MAX_SECONDS = 60.0
# Latents of a strip's second slice and so on are those of blocks that no slice has: counts end far below.
PIECE = 2**32


class StripForm(NamedTuple):
    """What a writer asks of a codec, of strips.

    Attributes:
        leads: Names of the leads.
        fs: Sampling rate in Hz.
        length: Samples of a strip.
        adc_gain: Units per mV in WFDB: PTB's.
        wfdb_format: WFDB's format.
    """

    leads: tuple[str, ...]
    fs: float
    length: int
    adc_gain: float = 2000.0
    wfdb_format: str = "16"


class StripSampler(Sampler):
    """A `Sampler` of strips: the same arguments and errors, and strip k of a seed depends on them and k alone.

    A strip that is as long as a slice is the slice of that number, but for the rounding to grey levels. `images` of its
    samples are empty: a strip has none.

    Args:
        sampler: The sampler of a flow's slices.
        seconds: Length of a strip, from a slice's to 60 s.
        steady: Move beats to a steady rhythm, where there is more than a slice; else they stay where the network puts
            them.

    Raises:
        InputError: The model is no flow, or `seconds` is out of range.
    """

    def __init__(self, sampler: Sampler, seconds: float, steady: bool = True):
        flow = getattr(sampler, "gan", None)
        if not isinstance(flow, Flow):
            received = "a SavedModel" if flow is None else f"a model {type(flow).__name__}"
            raise InputError(
                f"Only a flow draws strips, for its network can be run on a longer grid. Received: seconds={seconds!r} "
                f"and {received}. Leave seconds out, or take a run of a preset flow, flow-classes or flow-shortcut, "
                f"for example pretrained:ptbxl-i-strips."
            )
        # The graphs of slices are not needed.
        tf.Module.__init__(self, name="strip_sampler")
        self.gan, self.slices, self.class_names, self.family = flow, sampler, sampler.class_names, sampler.family
        self.scales = sampler.scales
        codec = sampler.codec
        self.codec = StripForm(codec.leads, codec.fs, _check_seconds(seconds, codec))
        self.steady = steady
        self.slice_s = codec.length / codec.fs
        self.count = math.ceil(self.codec.length / codec.length)
        self._long = LongFlow(flow, self.count)
        self._block = self._strips

    @property
    def facts(self) -> dict[str, Any]:
        """See the base class: what a strip is, in words."""
        beats = ", beats moved to a steady rhythm drawn for it" if self.steady and self.count > 1 else ""
        return {"strip": f"{self.codec.length / self.codec.fs:g} s by a network of {self.slice_s:g} s{beats}"}

    @property
    def output_specs(self) -> tuple[tf.TensorSpec, tf.TensorSpec]:
        """See the base class."""
        strips = tf.TensorSpec((BLOCK, self.codec.length, len(self.codec.leads)), tf.float32)
        return tf.TensorSpec((BLOCK, 0), tf.uint8), strips

    def interpolate(self, *args: Any, **kwargs: Any) -> Any:
        """Raises `InputError`: beats at other places have nothing between them."""
        raise InputError("Strips have no way between them. Received: interpolate. Interpolate slices.")

    def _strips(
        self, seed: tf.Tensor, index: tf.Tensor, labels: tf.Tensor, truncation: tf.Tensor, conditions: tf.Tensor
    ) -> Any:
        latents = tf.stack([self.latents(seed, index + piece * PIECE) for piece in range(self.count)], axis=1)
        told = tf.one_hot(labels, self.gan.n_classes).numpy() if self.gan.n_classes else None
        if self.scales:
            told = self.gan.told(conditions).numpy()
        halfway = self._long.halfway(self._long.noise((truncation * latents).numpy()), told)
        found = self._long.finish(halfway, told)
        if self.steady and self.count > 1:
            first = int(index) * BLOCK
            seeds = [[int(seed), first + number] for number in range(BLOCK)]
            parts = zip(halfway, found, self._long.unit(found), seeds, self._asked_rr(conditions), strict=True)
            turned = [self._turned(*part) for part in parts]
            found = self._long.finish(np.stack(turned), told)
        strips = self._long.unit(found)
        signal_mv = decode_fractional(self.slices.codec, strips[:, : self.codec.length])
        return tf.zeros((BLOCK, 0), tf.uint8), tf.constant(signal_mv)

    def _asked_rr(self, conditions: tf.Tensor) -> np.ndarray:
        """The RR interval in s that each strip is asked to have, NaN where no heart rate is."""
        if "heart_rate" not in self.scales:
            return np.full(BLOCK, np.nan)
        return 60.0 / conditions.numpy()[:, list(self.scales).index("heart_rate")]

    def _turned(
        self,
        halfway: np.ndarray,
        found: np.ndarray,
        strip: np.ndarray,
        seeds: Sequence[int],
        asked_rr: float = math.nan,
    ) -> np.ndarray:
        """What is to be finished in place of `halfway`, of which `found` came: the same, steady and alike."""
        peaks_s = self._peaks(strip)
        if len(peaks_s) < FEWEST:
            return halfway
        rr, targets_s = self._rhythm(peaks_s, asked_rr, np.random.default_rng(seeds))
        rate = len(found) * self.codec.fs / len(strip)
        order = moved(peaks_s, targets_s, rr, len(found), rate)
        # At time t a flow is at (1 - t) noise + t ECG.
        return halfway[order] + self._long.time * alike(found[order], targets_s, rr, rate).astype(np.float32)

    def _rhythm(self, peaks_s: np.ndarray, asked_rr: float, stream: np.random.Generator) -> tuple[float, np.ndarray]:
        """The RR interval and the R peaks of a strip that has `peaks_s`, in s."""
        seconds = self.count * self.slice_s
        # The middle slice is drawn as slices are, and its rate is theirs.
        middle = ((seconds - self.slice_s) / 2, (seconds + self.slice_s) / 2)
        rr = float(asked_rr) if np.isfinite(asked_rr) else rr_of(peaks_s, middle)
        return rr, beat_times(rr, peaks_s[np.argmin(np.abs(peaks_s - seconds / 2))], seconds, stream)

    def _peaks(self, strip: np.ndarray) -> np.ndarray:
        return find_beats(strip, self.codec.fs) / self.codec.fs


def _check_seconds(seconds: float, codec: Any) -> int:
    """Returns the samples of a strip."""
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    shortest = codec.length / codec.fs
    # False for NaN too.
    if not is_number or not shortest <= round(seconds, 9) <= MAX_SECONDS:
        raise InputError(
            f"A strip is from {shortest:g} s, the length of a slice, to {MAX_SECONDS:g} s long. "
            f"Received: seconds={seconds!r}. Leave seconds out to draw slices."
        )
    return max(round(seconds * codec.fs), codec.length)
