"""Preparing what is not an ECG: the Thyroid table and folders of pictures, through `ecg-synth prepare` as well."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ecg_synth.config import PictureConfig, SplitConfig, TableImageConfig, WriteConfig
from ecg_synth.data.build import build, place_of, same_format_or_error
from ecg_synth.data.prepared import Prepared, open_prepared
from ecg_synth.errors import InputError
from ecg_synth.sources.images import find_pictures
from ecg_synth.sources.thyroid import fingerprint, read_thyroid

log = logging.getLogger(__name__)


def prepare_thyroid(
    source_dir: str | Path,
    data_dir: str | Path,
    image: TableImageConfig | None = None,
    split: SplitConfig | None = None,
    overwrite: bool = False,
    write: WriteConfig | None = None,
) -> Prepared:
    """Builds `thyroid_images` from UCI's or KEEL's files.

    Args:
        source_dir: Folder of the files.
        data_dir: Where TFDS datasets stand; this one at `data_dir/thyroid_images/<config>/<version>`.
        image: How rows become images.
        split: For KEEL's file alone, which has no split of its own.
        overwrite: Replace a dataset that was prepared from other rows.
        write: In which file format; workers and Beam are for records.

    Raises:
        InputError: The files cannot be used, or another dataset stands at the place.
        StorageError: The disk is full; a dataset that stood there is unchanged.
    """
    from tfds_ptb import ThyroidImages, ThyroidImagesConfig

    split = split or SplitConfig()
    config = ThyroidImagesConfig(image=image or TableImageConfig(), split=split)
    found = fingerprint(read_thyroid(source_dir, split))
    return _build(ThyroidImages, config, source_dir, data_dir, found, overwrite, write)


def prepare_pictures(
    source_dir: str | Path,
    data_dir: str | Path,
    picture: PictureConfig | None = None,
    split: SplitConfig | None = None,
    overwrite: bool = False,
    write: WriteConfig | None = None,
) -> Prepared:
    """Builds `image_folder` from a folder of pictures.

    Args:
        source_dir: Folder of the pictures; folders in it are classes.
        data_dir: Where TFDS datasets stand; this one at `data_dir/image_folder/<folder>_<config>/<version>`.
        picture: How files become images, and what they are.
        split: Shares of the pictures and the seed.
        overwrite: Replace a dataset that was prepared from other pictures.
        write: In which file format; workers and Beam are for records.

    Raises:
        InputError: The pictures cannot be used, or another dataset stands at the place.
        StorageError: The disk is full; a dataset that stood there is unchanged.
    """
    from tfds_ptb import ImageFolder, ImageFolderConfig

    config = ImageFolderConfig(picture=picture or PictureConfig(), split=split or SplitConfig())
    # Two folders stand beside each other; what a name may not hold becomes '-'.
    own = "".join(letter if letter.isalnum() else "-" for letter in Path(source_dir).resolve().name.lower())
    config.name = f"{own}_{config.name}"
    return _build(ImageFolder, config, source_dir, data_dir, find_pictures(source_dir).fingerprint, overwrite, write)


def _build(
    make: Callable[..., Any],
    config: Any,
    source_dir: str | Path,
    data_dir: str | Path,
    found: str,
    overwrite: bool,
    write: WriteConfig | None,
) -> Prepared:
    """Builds the dataset; the same call again finds it and returns it."""
    data_dir = Path(data_dir)
    place = place_of(make, config, data_dir)
    write = write or WriteConfig()
    if write.beam_pipeline_options:
        raise InputError(
            "Only records are generated through Beam; tables and pictures are read in this process. "
            f"Received: beam_pipeline_options={write.beam_pipeline_options!r}. Leave it out."
        )
    if place.is_dir() and not overwrite:
        return _same_or_error(same_format_or_error(open_prepared(place), write.file_format), config, found)
    return build(make, config, data_dir, write=write, source_dir=str(source_dir))


def _same_or_error(there: Prepared, config: Any, fingerprint: str) -> Prepared:
    origin = config.picture.origin if hasattr(config, "picture") else there.origin
    if (there.metadata["fingerprint"], there.origin) == (fingerprint, origin):
        log.info("%s is prepared already", there.path)
        return there
    raise InputError(
        f"{there.path} holds a dataset that was prepared from other files, or declared of another origin. Nothing was "
        f"changed. Received: origin={origin!r}, there: {there.origin!r}. Choose another --data-dir, or pass "
        f"--overwrite to replace it."
    )
