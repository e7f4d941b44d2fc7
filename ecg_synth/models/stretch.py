"""Slices of more hearts than there are: amplitudes stretched as electrodes and chests do, before a flow learns them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from ecg_synth.codec import codec_from_config
from ecg_synth.errors import InputError
from ecg_synth.models.scaling import to_unit
from ecg_synth.models.time_order import TimeOrder, check_fixed

# Folded into a step's key of augmentation, of which `Gan` takes 0 and 1.
STREAM = 2


class Stretch:
    """What the image of `f` times a slice would be: the slice's own, stretched by `f` about the level of 0 mV.

    Every level is affine in mV but for a slice's own minimum, which is taken away: then 0 mV is the lowest level.

    Args:
        gain: The factor is drawn between 1 / gain and gain, evenly on a logarithmic scale, one a slice for all its
            leads, so that what follows from other leads still does. A slice is stretched no further than the levels go.
        codec: Config of the images' codec.

    Raises:
        InputError: `gain` is below 1, or the codec's levels are not affine in mV.
    """

    def __init__(self, gain: float, codec: Mapping[str, Any] | None):
        if not 1.0 <= gain < math.inf:
            raise InputError(f"Amplitudes are stretched by 1 (not at all) or more. Received: gain={gain!r}.")
        self.gain = gain
        ecg = codec_from_config(check_fixed(codec))
        if ecg.standardization.name == "equalized":
            raise InputError(
                f"Levels of equalized images are not stretched as amplitudes are. Received: gain={gain!r} and the "
                f"standardization 'equalized'. Leave gain at 1, or prepare with --standardization adapted."
            )
        silence = ecg.encode_slices(np.zeros((1, ecg.length, len(ecg.leads)), np.float32)).images
        self._zero = keras.ops.convert_to_numpy(TimeOrder(codec).samples(to_unit(silence)))[:, :1]

    def __call__(self, samples: Any, seed: Any) -> Any:
        """Returns stretched samples.

        Args:
            samples: `(batch, length, leads)` in [-1, 1].
            seed: int64 `(2,)`, a step's key of augmentation; the same seed draws the same factors.
        """
        seed = tf.random.experimental.stateless_fold_in(seed, STREAM)
        drawn = tf.random.stateless_uniform((ops.shape(samples)[0], 1, 1), seed, -1.0, 1.0)
        away = samples - self._zero
        # Shares of the room above and below 0 mV that are used; a minimum taken away leaves no room below.
        used = ops.maximum(away / (1.0 - self._zero), -away / np.maximum(1.0 + self._zero, 1e-6))
        furthest = 1.0 / ops.maximum(ops.max(used, axis=(1, 2), keepdims=True), 1e-6)
        return self._zero + away * ops.minimum(ops.exp(drawn * math.log(self.gain)), furthest)
