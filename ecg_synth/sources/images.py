"""Folders of pictures (P1, 3.2: fingerprints, irises): PNG, JPEG, PGM and PPM files of any size, through Pillow."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth.codec.pictures import PictureCodec
from ecg_synth.errors import InputError

SUFFIXES = (".jpeg", ".jpg", ".pgm", ".png", ".ppm")
ONE_CLASS = "all"
_DEEP = ("I", "I;16", "I;16B", "I;16L")


@dataclass(frozen=True, eq=False)
class PictureFolder:
    """The pictures below a folder, before they are read.

    Attributes:
        folder: Where they stand.
        files: Their paths below it, with '/', sorted.
        labels: int64 (files,): index into `class_names`.
        class_names: The subfolders that hold pictures, sorted; without any, the one class `"all"`.
        skipped: Files that are not pictures, by their suffix.
    """

    folder: Path
    files: tuple[str, ...]
    labels: np.ndarray
    class_names: tuple[str, ...]
    skipped: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """sha256 over names and contents of the pictures: other files have another one."""
        digest = hashlib.sha256()
        for name in self.files:
            content = (self.folder / name).read_bytes()
            digest.update(f"{name}\t{len(content)}\n".encode())
            digest.update(content)
        return digest.hexdigest()


def find_pictures(folder: str | Path) -> PictureFolder:
    """Lists the pictures below a folder; the first folder below it names a picture's class.

    Raises:
        InputError: There is no such folder, no picture in it, or some stand beside the class folders.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"There is no folder of pictures. Received: source_dir={str(folder)!r}.")
    below = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    below = [path for path in below if not any(part.startswith(".") for part in path.parts)]
    pictures = [path for path in below if path.suffix.lower() in SUFFIXES]
    if not pictures:
        raise InputError(
            f"The folder holds no picture: there is no file with one of the suffixes {', '.join(SUFFIXES)}. "
            f"Received: source_dir={str(folder)!r}."
        )
    loose = [path for path in pictures if len(path.parts) == 1]
    inside = [path for path in pictures if len(path.parts) > 1]
    if loose and inside:
        raise InputError(
            f"Pictures stand all in class folders or all in the folder itself. Received: source_dir={str(folder)!r} "
            f"with {loose[0].name!r} beside the folder {inside[0].parts[0]!r}. "
            f"Move the {len(loose)} of the folder itself into a class folder, or elsewhere."
        )
    classes = [ONE_CLASS if loose else path.parts[0] for path in pictures]
    names = tuple(sorted(set(classes)))
    return PictureFolder(
        folder,
        tuple(path.as_posix() for path in pictures),
        np.array([names.index(name) for name in classes], dtype=np.int64),
        names,
        tuple(path.as_posix() for path in below if path.suffix.lower() not in SUFFIXES),
    )


def read_picture(path: str | Path, codec: PictureCodec) -> np.ndarray:
    """Reads one picture at the codec's size.

    It is turned as its EXIF says, laid on white where it is transparent, and made grey (ITU-R 601 luma) or color;
    16-bit grey is divided by 257. Another size is resampled with Pillow's Lanczos filter, which averages over the
    whole source area when it shrinks; height and width are stretched independently. A picture of the codec's size
    keeps every level.

    Args:
        path: The file.
        codec: Its size and channels.

    Returns:
        uint8 (height, width, channels).

    Raises:
        InputError: The file is missing, damaged, or of a kind of picture that has no grey levels of 8 or 16 bit.
    """
    return _resized(_open_picture(path, codec.channels), codec)


def read_crops(path: str | Path, codec: PictureCodec, count: int, size: int, seed: int) -> np.ndarray:
    """Cuts squares out of a picture at random places, each place as likely as any other, and resizes them.

    Args:
        path: The file, read as `read_picture` does.
        codec: Size and channels of the images.
        count: How many.
        size: Their side in the picture's own pixels.
        seed: Seed of the places, together with the file's name.

    Returns:
        uint8 (count, height, width, channels).

    Raises:
        InputError: `read_picture` refuses the file, or a side of it is shorter than `size`.
    """
    picture = _open_picture(path, codec.channels)
    if not 1 <= size <= min(picture.size):
        raise InputError(
            f"A crop must fit into its picture. Received: crop_size={size}, and {path} is {picture.height} x "
            f"{picture.width} pixels. Choose a --crop-size from 1 to {min(picture.size)}."
        )
    rng = np.random.default_rng([seed, zlib.crc32(Path(path).name.encode())])
    tops = rng.integers(0, picture.height - size, count, endpoint=True)
    lefts = rng.integers(0, picture.width - size, count, endpoint=True)
    boxes = [(left, top, left + size, top + size) for top, left in zip(tops.tolist(), lefts.tolist(), strict=True)]
    return np.stack([_resized(picture.crop(box), codec) for box in boxes])


def _open_picture(path: str | Path, channels: int) -> Any:
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as opened:
            opened.load()
            picture = ImageOps.exif_transpose(opened)
    except FileNotFoundError:
        raise InputError(f"There is no picture. Received: {str(path)!r}.") from None
    except Exception as error:  # a damaged file makes Pillow raise anything from SyntaxError to struct.error
        raise InputError(
            f"{path} cannot be read as a picture ({type(error).__name__}: {error}). Replace the file, or remove it."
        ) from None
    if picture.mode in _DEEP:
        levels = np.asarray(picture).astype(np.int64)
        if levels.min() < 0 or levels.max() > 65535:
            raise InputError(f"{path}: grey levels must be of 8 or 16 bit. Received: {levels.min()} to {levels.max()}.")
        picture = Image.fromarray(np.rint(levels / 257).astype(np.uint8))
    elif picture.mode == "F":
        raise InputError(f"{path}: grey levels must be of 8 or 16 bit. Received: mode='F'. Save it as 8-bit PNG.")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert("L" if channels == 1 else "RGB")


def _resized(picture: Any, codec: PictureCodec) -> np.ndarray:
    from PIL import Image

    height, width = codec.image_shape
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(picture, dtype=np.uint8).reshape(height, width, codec.channels)
