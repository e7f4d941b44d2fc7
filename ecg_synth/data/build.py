"""Building a TFDS dataset so that it is whole or not there."""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ecg_synth.data.prepared import Prepared, open_prepared
from ecg_synth.files import replace_folder, storage_errors
from ecg_synth.sources import examples


def place_of(make: Any, config: Any, data_dir: Path) -> Path:
    """Returns where the dataset of a builder class and a config stands: `data_dir/<dataset>/<config>/<version>`."""
    return data_dir / make.name / config.name / str(make.VERSION)


def build(
    make: Any, config: Any, data_dir: Path, finish: Callable[[Any], None] | None = None, **arguments: Any
) -> Prepared:
    """Builds a dataset beside its place, and renames it there when it is whole.

    Args:
        make: The builder's class.
        config: Its config.
        data_dir: Where TFDS datasets stand.
        finish: Called with the builder before the renaming, for what shall stand in the dataset's folder besides.
        **arguments: The builder's own.

    Raises:
        InputError: The source cannot be used.
        StorageError: The disk is full; a dataset that stood there is unchanged.
    """
    place = place_of(make, config, data_dir)
    with storage_errors(place):
        data_dir.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".prepare.", suffix=".partial", dir=data_dir))
        try:
            # TFDS wants its own object for a name of its own list.
            known = make.builder_configs.get(config.name, config)
            builder = make(data_dir=str(beside), config=known, **arguments)
            # TFDS announces on stdout the unfinished folder, which is gone when the user reads it.
            with contextlib.redirect_stdout(io.StringIO()):
                builder.download_and_prepare()
            check_counts(builder)
            if finish is not None:
                finish(builder)
            place.parent.mkdir(parents=True, exist_ok=True)
            replace_folder(Path(builder.data_dir), place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return open_prepared(place)


def check_counts(builder: Any) -> None:
    """Compares what a builder wrote with what it read; see `ecg_synth.sources.examples.check_counts`."""
    splits = builder.info.splits
    examples.check_counts(builder.info.metadata["report"], {name: splits[name].num_examples for name in splits})
