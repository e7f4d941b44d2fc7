"""Small images as PNG bytes."""

from __future__ import annotations

import io

import numpy as np

CHANNELS = {8: (1, 3, 4), 16: (1,)}
"""Channel counts that PNG holds here, by bits a level: grey, RGB, RGBA; Pillow writes 16 bits in grey alone."""


def png_bytes(image: np.ndarray) -> bytes:
    """Returns uint8 (height, width, 1, 3 or 4) or uint16 (height, width, 1) as PNG, compressed lightly.

    TFDS would encode it by a TensorFlow operation of its own for every image, which takes several times as long.
    """
    from PIL import Image

    stream = io.BytesIO()
    pixels = image[..., 0] if image.shape[-1] == 1 else image
    Image.fromarray(pixels).save(stream, format="PNG", compress_level=1)
    return stream.getvalue()
