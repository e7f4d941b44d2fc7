"""Pictures as PNG, JPEG and PDF: the same bytes for the same pixels."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from ecg_synth.errors import InputError, check_choice

SUFFIXES = {"png": ".png", "jpeg": ".jpg", "pdf": ".pdf"}


def picture_bytes(image: np.ndarray, file_format: str, dpi: int, quality: int, description: str) -> bytes:
    """Returns a picture as a file.

    Args:
        image: uint8 (height, width, 3).
        file_format: A key of `SUFFIXES`; a PDF holds the picture as JPEG on a page of its size.
        dpi: Written into the file.
        quality: Of JPEG, 1 to 95.
        description: Written into the file, where the format has a place for it.

    Raises:
        InputError: The format or the quality is another.
    """
    check_choice("file_format", file_format, SUFFIXES)
    if not 1 <= quality <= 95:
        raise InputError(f"JPEG's quality must be from 1 to 95. Received: quality={quality!r}.")
    picture, stored = Image.fromarray(image), io.BytesIO()
    if file_format == "png":
        about = PngInfo()
        about.add_itxt("Description", description)
        picture.save(stored, "PNG", dpi=(dpi, dpi), compress_level=1, pnginfo=about)
    elif file_format == "jpeg":
        picture.save(stored, "JPEG", dpi=(dpi, dpi), quality=quality, comment=description.encode())
    else:
        # Without dates, which would change the bytes.
        fixed: dict[str, Any] = {"creationDate": None, "modDate": None}
        picture.save(stored, "PDF", resolution=float(dpi), quality=quality, subject=description, **fixed)
    return stored.getvalue()
