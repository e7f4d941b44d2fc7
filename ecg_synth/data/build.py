"""Building a TFDS dataset so that it is whole or not there."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ecg_synth.config import WriteConfig
from ecg_synth.data.prepared import Prepared, open_prepared
from ecg_synth.errors import InputError, check_choice
from ecg_synth.files import make_folder, replace_folder, storage_errors
from ecg_synth.sources import examples

FILE_FORMATS = ("tfrecord", "array_record", "parquet")


def place_of(make: Any, config: Any, data_dir: Path) -> Path:
    """Returns where the dataset of a builder class and a config stands: `data_dir/<dataset>/<config>/<version>`."""
    return data_dir / make.name / config.name / str(make.VERSION)


def build(
    make: Any,
    config: Any,
    data_dir: Path,
    finish: Callable[[Any], None] | None = None,
    write: WriteConfig | None = None,
    **arguments: Any,
) -> Prepared:
    """Builds a dataset beside its place, and renames it there when it is whole.

    Args:
        make: The builder's class.
        config: Its config.
        data_dir: Where TFDS datasets stand.
        finish: Called with the builder before the renaming, for what shall stand in the dataset's folder besides.
        write: In which file format, and whether through Beam; `workers` is the builder's own.
        **arguments: The builder's own.

    Raises:
        InputError: The source cannot be used, or what `write` asks for is not installed.
        StorageError: The disk is full; a dataset that stood there is unchanged.
    """
    place = place_of(make, config, data_dir)
    write = write or WriteConfig()
    check_format(write.file_format)
    options = _beam(write.beam_pipeline_options)
    make_folder(data_dir)
    with storage_errors(place):
        beside = Path(tempfile.mkdtemp(prefix=".prepare.", suffix=".partial", dir=data_dir))
        try:
            # TFDS wants its own object for a name of its own list.
            known = make.builder_configs.get(config.name, config)
            builder = make(data_dir=str(beside), config=known, file_format=write.file_format, **arguments)
            # TFDS announces on stdout the unfinished folder, which is gone when the user reads it.
            with contextlib.redirect_stdout(io.StringIO()):
                builder.download_and_prepare(download_config=options)
            check_counts(builder)
            if finish is not None:
                finish(builder)
            place.parent.mkdir(parents=True, exist_ok=True)
            replace_folder(Path(builder.data_dir), place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return open_prepared(place)


def check_format(file_format: str) -> None:
    """Raises `InputError` when the file format is not known, or what writes it is not installed."""
    check_choice("file_format", file_format, FILE_FORMATS)
    if file_format == "array_record" and importlib.util.find_spec("array_record") is None:
        raise InputError(
            "The file format array_record needs a package of this name, which TFDS brings on Linux alone. "
            f"Received: {file_format=}. Install it with: pip install array_record."
        )


def same_format_or_error(there: Prepared, file_format: str) -> Prepared:
    """Returns the dataset that stands there when its files are of that format.

    Raises:
        InputError: They are of another.
    """
    check_choice("file_format", file_format, FILE_FORMATS)
    if there.file_format != file_format:
        raise InputError(
            f"{there.path} holds the dataset in another file format, {there.file_format}. Nothing was changed. "
            f"Received: {file_format=}. Choose another --data-dir, or pass --overwrite to replace it."
        )
    return there


def _beam(pipeline_options: str) -> Any:
    """Returns TFDS's config that generates through Beam; None, its default, when no options are given."""
    if not pipeline_options:
        return None
    import tensorflow_datasets as tfds

    from tfds_ptb.on_beam import beam_options

    return tfds.download.DownloadConfig(beam_options=beam_options(pipeline_options))


def check_counts(builder: Any) -> None:
    """Compares what a builder wrote with what it read; see `ecg_synth.sources.examples.check_counts`."""
    splits = builder.info.splits
    examples.check_counts(builder.info.metadata["report"], {name: splits[name].num_examples for name in splits})
