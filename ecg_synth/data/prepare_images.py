"""Preparing what is not an ECG: the Thyroid table and folders of pictures, through `ecg-synth prepare` as well."""

from __future__ import annotations

import contextlib
import io
import logging
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ecg_synth.config import PictureConfig, SplitConfig, TableImageConfig
from ecg_synth.data.prepared import Prepared, open_prepared
from ecg_synth.errors import InputError
from ecg_synth.files import replace_folder, storage_errors
from ecg_synth.sources.images import find_pictures
from ecg_synth.sources.thyroid import fingerprint, read_thyroid

log = logging.getLogger(__name__)


def prepare_thyroid(
    source_dir: str | Path,
    data_dir: str | Path,
    image: TableImageConfig | None = None,
    split: SplitConfig | None = None,
    overwrite: bool = False,
) -> Prepared:
    """Builds `thyroid_images` from UCI's or KEEL's files.

    Args:
        source_dir: Folder of the files.
        data_dir: Where TFDS datasets stand; this one at `data_dir/thyroid_images/<config>/<version>`.
        image: How rows become images.
        split: For KEEL's file alone, which has no split of its own.
        overwrite: Replace a dataset that was prepared from other rows.

    Raises:
        InputError: The files cannot be used, or another dataset stands at the place.
        StorageError: The disk is full; a dataset that stood there is unchanged.
    """
    from tfds_ptb import ThyroidImages, ThyroidImagesConfig

    split = split or SplitConfig()
    config = ThyroidImagesConfig(image=image or TableImageConfig(), split=split)
    found = fingerprint(read_thyroid(source_dir, split))
    return _build(ThyroidImages, config, source_dir, data_dir, found, overwrite)


def prepare_pictures(
    source_dir: str | Path,
    data_dir: str | Path,
    picture: PictureConfig | None = None,
    split: SplitConfig | None = None,
    overwrite: bool = False,
) -> Prepared:
    """Builds `image_folder` from a folder of pictures.

    Args:
        source_dir: Folder of the pictures; folders in it are classes.
        data_dir: Where TFDS datasets stand; this one at `data_dir/image_folder/<folder>_<config>/<version>`.
        picture: How files become images, and what they are.
        split: Shares of the pictures and the seed.
        overwrite: Replace a dataset that was prepared from other pictures.

    Raises:
        InputError: The pictures cannot be used, or another dataset stands at the place.
        StorageError: The disk is full; a dataset that stood there is unchanged.
    """
    from tfds_ptb import ImageFolder, ImageFolderConfig

    config = ImageFolderConfig(picture=picture or PictureConfig(), split=split or SplitConfig())
    # Two folders stand beside each other; what a name may not hold becomes '-'.
    own = "".join(letter if letter.isalnum() else "-" for letter in Path(source_dir).resolve().name.lower())
    config.name = f"{own}_{config.name}"
    return _build(ImageFolder, config, source_dir, data_dir, find_pictures(source_dir).fingerprint, overwrite)


def _build(
    make: Callable[..., Any], config: Any, source_dir: str | Path, data_dir: str | Path, found: str, overwrite: bool
) -> Prepared:
    """Builds beside the place and renames when the dataset is whole; the same call again finds it and returns it."""
    data_dir = Path(data_dir)
    place = data_dir / make.name / config.name / str(make.VERSION)  # type: ignore[attr-defined]
    if place.is_dir() and not overwrite:
        return _same_or_error(open_prepared(place), config, found)
    with storage_errors(place):
        data_dir.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".prepare.", suffix=".partial", dir=data_dir))
        try:
            # TFDS wants its own object for a name of its own list.
            known = make.builder_configs.get(config.name, config)  # type: ignore[attr-defined]
            builder = make(data_dir=str(beside), config=known, source_dir=str(source_dir))
            # TFDS announces on stdout the unfinished folder, which is gone when the user reads it.
            with contextlib.redirect_stdout(io.StringIO()):
                builder.download_and_prepare()
            _check_counts(builder)
            place.parent.mkdir(parents=True, exist_ok=True)
            replace_folder(Path(builder.data_dir), place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return open_prepared(place)


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


def _check_counts(builder: Any) -> None:
    """Compares what was written with what was read: a lost example would be silent."""
    for split, report in builder.info.metadata["report"].items():
        written = builder.info.splits[split].num_examples
        if written != report["total"]:
            raise RuntimeError(f"Split {split!r} was written with {written} of {report['total']} examples.")
