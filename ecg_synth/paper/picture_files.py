"""Pictures as PNG, JPEG and PDF: the same bytes for the same pixels."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import cv2
import numpy as np
from PIL import Image

from ecg_synth.errors import InputError, check_choice

SUFFIXES = {"png": ".png", "jpeg": ".jpg", "pdf": ".pdf"}

# Half the time of Pillow's PNG, and no larger: one filter for all rows instead of the best of five for each.
_PNG_SETTINGS = (
    *(cv2.IMWRITE_PNG_COMPRESSION, 1),
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_DEFAULT),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP),
)
_PNG_HEAD = 8 + 25
"""Bytes of the signature and of the header chunk."""


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
    if file_format == "png":
        return _png(image, dpi, description)
    picture, stored = Image.fromarray(image), io.BytesIO()
    if file_format == "jpeg":
        picture.save(stored, "JPEG", dpi=(dpi, dpi), quality=quality, comment=description.encode())
    else:
        # Without dates, which would change the bytes.
        fixed: dict[str, Any] = {"creationDate": None, "modDate": None}
        picture.save(stored, "PDF", resolution=float(dpi), quality=quality, subject=description, **fixed)
    return stored.getvalue()


def _png(image: np.ndarray, dpi: int, description: str) -> bytes:
    stored = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), _PNG_SETTINGS)[1].tobytes()
    per_metre = round(dpi / 0.0254)
    size = _chunk(b"pHYs", struct.pack(">IIB", per_metre, per_metre, 1))
    about = _chunk(b"iTXt", b"Description\0\0\0\0\0" + description.encode("utf-8"))
    return stored[:_PNG_HEAD] + size + about + stored[_PNG_HEAD:]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
