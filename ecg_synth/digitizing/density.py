"""What of a picture may be grid: how much darker than its surroundings each pixel is, ink held down."""

from __future__ import annotations

import numpy as np

_CLIP = 2.5
"""Times the typical deviation: ink is several times as dark as the grid and would outweigh it."""


PLANES = ("green", "chroma", "red")


def plane_of(picture: np.ndarray, name: str) -> np.ndarray:
    """Returns the logarithm of light in which a grid may show, float32 (height, width); dark is positive.

    Args:
        picture: (height, width, 3), 0 to 255.
        name: gray; green, in which red and blue grids show; red, in which green and blue ones do; or chroma, the
            difference between the colors, in which there is no ink.
    """
    if name in ("green", "red"):
        return _dark(picture[..., ("red", "green").index(name)])
    colors = [_dark(picture[..., k]) for k in range(3)]
    if name == "gray":
        return (colors[0] + colors[1] + colors[2]) / np.float32(3)
    return np.maximum(np.maximum(*colors[:2]), colors[2]) - np.minimum(np.minimum(*colors[:2]), colors[2])


def _dark(light: np.ndarray) -> np.ndarray:
    return -np.log(light.astype(np.float32) + np.float32(8))


def above_surroundings(plane: np.ndarray, width_px: float) -> np.ndarray:
    """Returns a plane less its mean over `width_px`."""
    from scipy import ndimage

    return plane - ndimage.uniform_filter(plane, max(3, int(width_px)), mode="nearest")


def flatten_density(plane: np.ndarray, width_px: float) -> np.ndarray:
    """Returns a plane less its mean over `width_px`, clipped to a few times its typical deviation, in units of it."""
    high = above_surroundings(plane, width_px)
    typical = float(np.median(np.abs(high[::4, ::4]))) * 1.5
    return np.clip(high / np.float32(max(typical, 1e-4)), -_CLIP, _CLIP)


def shrink_picture(picture: np.ndarray, factor: int) -> np.ndarray:
    """Returns `shrink` of each color, float32 (height, width, 3)."""
    return np.stack([shrink(picture[..., k], factor) for k in range(3)], axis=-1)


def shrink(plane: np.ndarray, factor: int) -> np.ndarray:
    """Returns the means of blocks of `factor` x `factor` pixels; what is left over at the right and below is cut."""
    if factor == 1:
        return plane
    height, width = (length // factor * factor for length in plane.shape)
    blocks = plane[:height, :width].reshape(height // factor, factor, width // factor, factor)
    return blocks.mean(axis=(1, 3), dtype=np.float32)
