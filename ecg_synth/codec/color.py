"""Color spaces: three leads stacked as red, green and blue, stored in another space (P1's outlook).

Encoding goes through scikit-image where it has the space. Decoding is written against `Ops`, so that NumPy and the
TensorFlow graph give the same levels to the bit: what is not a plain sum or product is a look-up in a table. To add a
space, subclass `ColorSpace` and register it.

Every level of every channel may come from a generator; what lies outside the RGB cube is clipped to its surface,
channel by channel. A NULL pixel, level 0 of all three leads, is stored as the space's black and decoded to level 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ecg_synth.codec.levels import dtype_of, top_of
from ecg_synth.codec.ops import Ops
from ecg_synth.errors import InputError
from ecg_synth.registry import Registry


class ColorSpace:
    """RGB itself, and the base of the others.

    Args:
        bits: Bits a level: 8 or 16.

    Attributes:
        channels: Channels of a stored pixel; 0 means as many as there are leads, of any number.
    """

    name = "rgb"
    channels = 0

    def __init__(self, bits: int = 8):
        self.top = top_of(bits)
        self.dtype = dtype_of(bits)

    def full_shape(self, placed: tuple[int, int, int], layout: str) -> tuple[int, int, int]:
        """Returns the shape of a stored image whose leads stand on one of shape `placed`.

        Raises:
            InputError: The space needs three leads stacked, and they are not.
        """
        if self.channels and (layout != "stacked" or placed[2] != 3):
            raise InputError(
                f"The color space {self.name!r} takes three leads stacked as red, green and blue. Received: "
                f"layout={layout!r} with {placed[2]} channel(s). Store three leads with layout='stacked', or choose "
                f"color='rgb'."
            )
        return (*placed[:2], self.channels or placed[2])

    def encode(self, images: np.ndarray) -> np.ndarray:
        """Maps levels (..., 3) of red, green and blue to levels (..., channels) of this space."""
        return images

    def decode(self, images: Any, ops: Ops) -> Any:
        """Maps int32 levels (..., channels) of this space to int32 levels (..., 3) of red, green and blue."""
        return images

    def _to_levels(self, shares: np.ndarray) -> np.ndarray:
        return np.rint(np.clip(shares, 0.0, 1.0) * self.top).astype(self.dtype)

    @property
    def _shares(self) -> np.ndarray:
        return np.arange(self.top + 1) / self.top


COLORS: Registry[type[ColorSpace]] = Registry("color")
COLORS.register("rgb")(ColorSpace)


@COLORS.register("hsv")
class Hsv(ColorSpace):
    """Hue, saturation, value: the shape of the three leads apart from the highest of them.

    Value is the highest lead, exactly. Hue goes once around the levels: level 0 and the highest are both red.
    """

    name = "hsv"
    channels = 3

    def __init__(self, bits: int = 8):
        super().__init__(bits)
        sixth = self._shares * 6.0
        self._sector = np.floor(sixth).astype(np.int32) % 6
        self._along = sixth - np.floor(sixth)
        self._left = 1.0 - self._along
        self._saturation = self._shares
        self._value = np.arange(self.top + 1, dtype=np.float64)

    def encode(self, images: np.ndarray) -> np.ndarray:
        """See the base class."""
        from skimage.color import rgb2hsv

        return self._to_levels(rgb2hsv(images / self.top))

    def decode(self, images: Any, ops: Ops) -> Any:
        """See the base class; skimage.color.hsv2rgb's steps."""
        hue, saturation, value = ops.unstack(images)
        sector, along, left = (ops.take(table, hue) for table in (self._sector, self._along, self._left))
        v, s = ops.take(self._value, value), ops.take(self._saturation, saturation)
        p, q, t = v - v * s, v - v * (along * s), v - v * (left * s)
        choices = ((v, q, p, p, t, v), (t, v, v, q, p, p), (p, p, t, v, v, q))
        parts = []
        for choice in choices:
            part = choice[5]
            for number in range(5):
                part = ops.where(sector == number, choice[number], part)
            parts.append(ops.round(part))
        return ops.stack(parts)


@COLORS.register("cmyk")
class Cmyk(ColorSpace):
    """Cyan, magenta, yellow and black: four channels, K = top - max(R, G, B), C = (max - R) / max. Loses nothing."""

    name = "cmyk"
    channels = 4

    def __init__(self, bits: int = 8):
        super().__init__(bits)
        self._without_ink = 1.0 - self._shares
        self._light = np.arange(self.top, -1, -1, dtype=np.float64)

    def encode(self, images: np.ndarray) -> np.ndarray:
        """See the base class; scikit-image has no CMYK."""
        light = images.max(axis=-1, keepdims=True).astype(np.float64)
        inks = self._to_levels((light - images) / np.maximum(light, 1.0))
        return np.concatenate([inks, (self.top - light).astype(self.dtype)], axis=-1)

    def decode(self, images: Any, ops: Ops) -> Any:
        """See the base class: R = (1 - C) * (top - K)."""
        *inks, black = ops.unstack(images)
        light = ops.take(self._light, black)
        return ops.stack([ops.round(ops.take(self._without_ink, ink) * light) for ink in inks])


@COLORS.register("lab")
class Lab(ColorSpace):
    """CIE-LAB (D65, 2 degrees, as scikit-image has it): L apart from two differences, a and b.

    L of 0 to 100 and the a and b that RGB colors reach take all levels. Decoding solves CIE's equations and
    finds sRGB's level among the 2**bits - 1 values at which the next level begins, so that no power is rounded twice.
    """

    name = "lab"
    channels = 3
    # The extremes over the RGB cube are at its corners: a from green to magenta, b from blue to yellow.
    A = (-86.19, 98.26)
    B = (-107.87, 94.49)
    # D65's white and sRGB's matrix, as in skimage.color.
    _WHITE = np.array([0.95047, 1.0, 1.08883])
    _XYZ_FROM_RGB = np.array(
        [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
    )

    def __init__(self, bits: int = 8):
        super().__init__(bits)
        # f(Y), and what a and b add to it for X and Z (CIE 15).
        self._y = (self._shares * 100.0 + 16.0) / 116.0
        self._a = (self.A[0] + self._shares * (self.A[1] - self.A[0])) / 500.0
        self._b = (self.B[0] + self._shares * (self.B[1] - self.B[0])) / 200.0
        self._matrix = np.linalg.inv(self._XYZ_FROM_RGB) * self._WHITE
        middles = (np.arange(self.top) + 0.5) / self.top
        self._thresholds = np.where(middles > 0.04045, ((middles + 0.055) / 1.055) ** 2.4, middles / 12.92)

    def encode(self, images: np.ndarray) -> np.ndarray:
        """See the base class."""
        from skimage.color import rgb2lab

        lab = rgb2lab(images / self.top)
        low = np.array([0.0, self.A[0], self.B[0]])
        high = np.array([100.0, self.A[1], self.B[1]])
        return self._to_levels((lab - low) / (high - low))

    def decode(self, images: Any, ops: Ops) -> Any:
        """See the base class; skimage.color.lab2rgb's steps."""
        lightness, a, b = ops.unstack(images)
        y = ops.take(self._y, lightness)
        z = y - ops.take(self._b, b)
        # Below zero there is no light; scikit-image cuts Z alone there.
        z = ops.where(z < 0.0, z * 0.0, z)
        cie = [
            ops.where(f > 0.2068966, f * f * f, (f - 16.0 / 116.0) * (1.0 / 7.787))
            for f in (y + ops.take(self._a, a), y, z)
        ]
        parts = []
        for weights in self._matrix:
            linear = cie[0] * weights[0] + cie[1] * weights[1] + cie[2] * weights[2]
            parts.append(ops.count_up_to(self._thresholds, linear))
        return ops.stack(parts)
