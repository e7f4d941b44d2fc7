"""Preparing a TFDS dataset from a database on disk: the Python behind `ecg-synth prepare`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ecg_synth.config import CodecConfig, FoldConfig, SourceConfig, SplitConfig, WriteConfig
from ecg_synth.data.build import build, place_of, same_format_or_error
from ecg_synth.data.prepared import Prepared, open_prepared
from ecg_synth.data.report import make_report, write_report
from ecg_synth.errors import InputError
from ecg_synth.sources.databases import Source, open_source
from ecg_synth.sources.download import download_database

log = logging.getLogger(__name__)


def prepare(
    source_dir: str | Path | Sequence[str | Path] | None,
    data_dir: str | Path,
    source: str | Source = "ptb",
    codec: CodecConfig | None = None,
    split: SplitConfig | None = None,
    folds: FoldConfig | None = None,
    verify: bool = True,
    overwrite: bool = False,
    options: SourceConfig | None = None,
    write: WriteConfig | None = None,
    **changes: Any,
) -> Prepared:
    """Builds a dataset from records on disk, in memory, or from PhysioNet, and writes it as a TFDS dataset.

    PTB-XL becomes `ptbxl_ecg_images`, with its superclasses and folds; everything else `ptb_ecg_images`. The dataset
    is built beside its place and renamed when it is whole; `prepare_report.json` in it says what became of the
    records. The same call again finds it and returns it.

    Args:
        source_dir: Place of the records, for edf and csv also a list of files; None when `source` has them, or to
            download PTB from PhysioNet into `data_dir/downloads/ptbdb` first.
        data_dir: Where TFDS datasets stand; this one at `data_dir/<dataset>/<config>/<version>`.
        source: A key of `ecg_synth.sources.databases.SOURCES`, or a `Source`, for example that of `array_source`.
        codec: How slices become images.
        split: Shares of the patients and the seed; not for PTB-XL.
        folds: For PTB-XL: which folds make which split.
        verify: Check every file of a local copy that has a SHA256SUMS.txt.
        overwrite: Replace a dataset that was prepared from other records.
        options: What the source needs to know, and whether bad records are skipped.
        write: By how many threads or through Beam, and in which file format.
        **changes: Fields of `SourceConfig` to change, for example `table="patients.csv"`, `skip_bad=True`.

    Returns:
        The prepared dataset, with the report of what was left out.

    Raises:
        InputError: The records cannot be used, another dataset stands at the place, or what `write` asks for is not
            installed.
        StorageError: The disk is full; a dataset that stood there is unchanged.
    """
    data_dir = Path(data_dir)
    options = SourceConfig(**{**(options or SourceConfig()).__dict__, **changes})
    name = source if isinstance(source, str) else source.name
    _check_splits(name, split, folds)
    opened = source if isinstance(source, Source) else _open(source, source_dir, data_dir, options)
    if opened is source and source_dir is not None:
        raise InputError(f"A Source has its records already. Received: source_dir={str(source_dir)!r}. Pass None.")
    make, config = _choose(opened, codec or CodecConfig(), split or SplitConfig(), folds or FoldConfig(), options)
    place = place_of(make, config, data_dir)
    write = write or WriteConfig()
    if place.is_dir() and not overwrite:
        there = same_format_or_error(open_prepared(place), write.file_format)
        return _same_or_error(there, opened.fingerprint)

    def report(builder: Any) -> None:
        write_report(Path(builder.data_dir), make_report(f"{make.name}/{config.name}", builder.info.metadata))

    return build(
        make, config, data_dir, report, write, source=opened, options=options, verify=verify, workers=write.workers
    )


def _open(source: str, source_dir: Any, data_dir: Path, options: SourceConfig) -> Source:
    if source_dir is None:
        if source != "ptb":
            raise InputError(f"Only PTB can be downloaded. Received: source={source!r}. Give its source_dir.")
        source_dir = download_database(data_dir / "downloads" / "ptbdb")
    return open_source(source, source_dir, options)


def _check_splits(name: str, split: SplitConfig | None, folds: FoldConfig | None) -> None:
    if name == "ptbxl" and split not in (None, SplitConfig()):
        raise InputError(
            f"PTB-XL is split by its own folds. Received: split={split}. Choose with train_folds, validation_folds "
            f"and test_folds."
        )
    if name != "ptbxl" and folds not in (None, FoldConfig()):
        raise InputError(f"Only PTB-XL has folds. Received: folds={folds} with source={name!r}. Leave them out.")


def _choose(
    source: Source, codec: CodecConfig, split: SplitConfig, folds: FoldConfig, options: SourceConfig
) -> tuple[Any, Any]:
    """Returns the builder's class and its config."""
    from tfds_ptb import EcgImagesConfig, PtbEcgImages, PtbxlEcgImages, PtbxlImagesConfig

    make: Any
    config: Any
    if source.name == "ptbxl":
        make, config = PtbxlEcgImages, PtbxlImagesConfig(codec=codec, split=folds, rate=options.rate)
    else:
        make, config = PtbEcgImages, EcgImagesConfig(codec=codec, split=split)
    # A database's own names belong to it: what was simulated, or is another database, says so in its path.
    prefix = source.origin if source.origin != "measured" else source.name
    config.name = config.name if prefix == make.SOURCE else f"{prefix}_{config.name}"
    return make, config


def _same_or_error(there: Prepared, fingerprint: str) -> Prepared:
    if there.metadata["fingerprint"] == fingerprint:
        log.info("%s is prepared already", there.path)
        return there
    raise InputError(
        f"{there.path} holds a dataset that was prepared from other records. Nothing was changed. "
        f"Choose another --data-dir, or pass --overwrite to replace it."
    )
