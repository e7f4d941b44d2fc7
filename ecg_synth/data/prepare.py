"""Preparing a TFDS dataset from a database on disk: the Python behind `ecg-synth prepare`."""

from __future__ import annotations

import contextlib
import io
import logging
import shutil
import tempfile
from pathlib import Path
from typing import Any

from ecg_synth.config import CodecConfig, SplitConfig
from ecg_synth.data.prepared import DATASET, Prepared, open_prepared
from ecg_synth.errors import InputError
from ecg_synth.files import replace_folder, storage_errors
from ecg_synth.sources.databases import open_source
from ecg_synth.sources.download import download_database

log = logging.getLogger(__name__)


def prepare(
    source_dir: str | Path | None,
    data_dir: str | Path,
    source: str = "ptb",
    codec: CodecConfig | None = None,
    split: SplitConfig | None = None,
    table: str | None = None,
    verify: bool = True,
    overwrite: bool = False,
) -> Prepared:
    """Builds `ptb_ecg_images` from a folder of records, or from PhysioNet, and writes it as a TFDS dataset.

    The dataset is built beside its place and renamed when it is whole. The same call again finds it and returns it.

    Args:
        source_dir: Folder of the records; None downloads PTB from PhysioNet into `data_dir/downloads/ptbdb` first.
        data_dir: Where TFDS datasets stand; this one at `data_dir/ptb_ecg_images/<config>/<version>`.
        source: A key of `ecg_synth.sources.databases.SOURCES`.
        codec: How slices become images.
        split: Shares of the patients and the seed.
        table: For source `wfdb`: a CSV file of patients and diagnoses.
        verify: Check every file of a local copy that has a SHA256SUMS.txt.
        overwrite: Replace a dataset that was prepared from other records.

    Returns:
        The prepared dataset, with the report of what was left out.

    Raises:
        InputError: The records cannot be used, or another dataset stands at the place.
        StorageError: The disk is full; a dataset that stood there is unchanged.
    """
    from tfds_ptb import EcgImagesConfig, PtbEcgImages

    data_dir = Path(data_dir)
    config = EcgImagesConfig(codec=codec or CodecConfig(), split=split or SplitConfig())
    if source_dir is None:
        if source != "ptb":
            raise InputError(f"Only PTB can be downloaded. Received: source={source!r}. Give its source_dir.")
        source_dir = download_database(data_dir / "downloads" / "ptbdb")
    opened = open_source(source, source_dir, table)
    # PTB's own names belong to PTB: what was simulated, or is another database, says so in its path.
    prefix = opened.origin if opened.origin != "measured" else source
    config.name = config.name if prefix == "ptb" else f"{prefix}_{config.name}"
    place = data_dir / DATASET / config.name / str(PtbEcgImages.VERSION)
    if place.is_dir() and not overwrite:
        return _same_or_error(open_prepared(place), opened.fingerprint)
    with storage_errors(place):
        data_dir.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".prepare.", suffix=".partial", dir=data_dir))
        try:
            builder = PtbEcgImages(
                data_dir=str(beside),
                # TFDS wants its own object for a name of its own list.
                config=PtbEcgImages.builder_configs.get(config.name, config),
                source_dir=str(source_dir),
                source=source,
                table=table,
                verify=verify,
            )
            # TFDS announces on stdout the unfinished folder, which is gone when the user reads it.
            with contextlib.redirect_stdout(io.StringIO()):
                builder.download_and_prepare()
            _check_counts(builder)
            place.parent.mkdir(parents=True, exist_ok=True)
            replace_folder(Path(builder.data_dir), place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    return open_prepared(place)


def _same_or_error(there: Prepared, fingerprint: str) -> Prepared:
    if there.metadata["fingerprint"] == fingerprint:
        log.info("%s is prepared already", there.path)
        return there
    raise InputError(
        f"{there.path} holds a dataset that was prepared from other records. Nothing was changed. "
        f"Choose another --data-dir, or pass --overwrite to replace it."
    )


def _check_counts(builder: Any) -> None:
    """Compares what was written with what was read: a lost example would be silent."""
    for split, report in builder.info.metadata["report"].items():
        written = builder.info.splits[split].num_examples
        if written != report["total"]:
            raise RuntimeError(f"Split {split!r} was written with {written} of {report['total']} examples.")
