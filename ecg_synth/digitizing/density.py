"""What of a picture may be grid: how much darker than its surroundings each pixel is, ink held down."""

from __future__ import annotations

import numpy as np

_CLIP = 2.5
"""Times the typical deviation: ink is several times as dark as the grid and would outweigh it."""


def planes_of(picture: np.ndarray) -> dict[str, np.ndarray]:
    """Returns logarithms of light, float32 (height, width), in which a grid may show; dark is positive.

    Args:
        picture: uint8 (height, width, 3).
    """
    red, green, blue = (-np.log(picture[..., k].astype(np.float32) + np.float32(8)) for k in range(3))
    # Red grids show in green and blue, blue ones in red and green; the difference of colors has no ink in it.
    chroma = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    return {"gray": (red + green + blue) / np.float32(3), "green": green, "blue": blue, "red": red, "chroma": chroma}


def flatten_density(plane: np.ndarray, width_px: float) -> np.ndarray:
    """Returns a plane less its mean over `width_px`, clipped to a few times its typical deviation, in units of it."""
    from scipy import ndimage

    high = plane - ndimage.uniform_filter(plane, max(3, int(width_px)), mode="nearest")
    typical = float(np.median(np.abs(high[::4, ::4]))) * 1.5
    return np.clip(high / np.float32(max(typical, 1e-4)), -_CLIP, _CLIP)


def shrink(plane: np.ndarray, factor: int) -> np.ndarray:
    """Returns the means of blocks of `factor` x `factor` pixels; what is left over at the right and below is cut."""
    if factor == 1:
        return plane
    height, width = (length // factor * factor for length in plane.shape)
    blocks = plane[:height, :width].reshape(height // factor, factor, width // factor, factor)
    return blocks.mean(axis=(1, 3), dtype=np.float32)
