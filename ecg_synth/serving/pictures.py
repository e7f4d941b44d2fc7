"""Synthetic pictures as PNG files, each marked in its own text."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth.files import new_folder
from ecg_synth.sampling.classes import Classes
from ecg_synth.sampling.sampler import Sampler, check_count
from ecg_synth.serving.tables import synthetic_facts


def write_synthetic_pictures(
    sampler: Sampler,
    facts: dict[str, Any],
    count: int,
    seed: int,
    out: str | Path,
    classes: Classes = None,
    overwrite: bool = False,
    progress: Callable[[Iterable[int]], Iterable[int]] | None = None,
) -> Path:
    """Generates pictures and writes each as `synthetic_000000.png`; of a model with classes, in a folder a class.

    Text chunks of each file say that it is synthetic and what made it; `PIL.Image.open(file).text` shows them.

    Args:
        sampler: A trained generator with the codec of pictures.
        facts: `Run.facts`: model, preset, epoch, trained_on, trained_on_origin.
        count: Number of pictures.
        seed: Seed of the latents.
        out: The folder to make.
        classes: Of a conditional model: a class, shares by class, or a list; see `Sampler.iter_blocks`.
        overwrite: Replace a folder that stands there.
        progress: Wraps the indices of the pictures, as tqdm does.

    Returns:
        `out`.

    Raises:
        InputError: `count` or `seed` is out of range, `classes` does not fit the model, or `out` is not empty and
            `overwrite` is False.
        StorageError: The disk is full; what stood there is unchanged.
    """
    check_count(count)
    text = {key: str(value) for key, value in synthetic_facts(facts, seed).items() if key != "class_names"}
    indices = iter(progress(range(count)) if progress else range(count))
    with new_folder(out, overwrite) as folder:
        for block in sampler.iter_blocks(count, seed, classes):
            for image, label in zip(block.images, block.labels, strict=True):
                index = next(indices)
                of_class = {"class": sampler.class_names[label]} if sampler.class_names else {}
                place = folder / of_class.get("class", "")
                place.mkdir(exist_ok=True)
                content = png_with_text(image, {**text, **of_class, "number": str(index)})
                (place / f"synthetic_{index:06d}.png").write_bytes(content)
        # A progress bar ends only when its iterable does.
        for _ in indices:
            pass
    return Path(out)


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
