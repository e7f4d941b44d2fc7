"""Synthetic pictures as PNG files, each marked in its own text."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth.sampling.sampler import Sampler
from ecg_synth.serving.synthetic import Synthetic


def write_pictures(folder: Path, generated: Iterable[Synthetic], sampler: Sampler, facts: dict[str, Any]) -> None:
    """Writes each picture as `synthetic_000000.png`; of a model with classes, in a folder a class.

    Text chunks of each file say that it is synthetic and what made it; `PIL.Image.open(file).text` shows them.
    """
    text = {key: str(value) for key, value in facts.items() if key != "class_names"}
    for picture in generated:
        of_class = {} if picture.class_name is None else {"class": picture.class_name}
        place = folder / of_class.get("class", "")
        place.mkdir(exist_ok=True)
        content = png_with_text(picture.image, {**text, **of_class, "number": str(picture.number)})
        (place / f"synthetic_{picture.number:06d}.png").write_bytes(content)


def png_with_text(image: np.ndarray, text: dict[str, str]) -> bytes:
    """Encodes uint8 (height, width, 1 or 3) as PNG with text chunks, the same bytes for the same image."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    chunks = PngInfo()
    for key, value in text.items():
        chunks.add_text(key, value)
    buffer = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(buffer, "PNG", pnginfo=chunks)
    return buffer.getvalue()
