"""`ptbxl_ecg_images`: slices of PTB-XL as images, with its superclasses as labels and its folds as splits."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from ecg_synth.config import CodecConfig, FoldConfig, SourceConfig
from ecg_synth.errors import InputError
from ecg_synth.sources.examples import Labels, ptbxl_labels
from ecg_synth.sources.ptbxl import TABLE
from ecg_synth.sources.scp import SUPERCLASSES
from ecg_synth.sources.source import Entry, Source
from ecg_synth.sources.splits import split_folds
from tfds_ptb.ptb_ecg_images import ptb_ecg_images_dataset_builder as ptb


@dataclasses.dataclass(eq=False)
class PtbxlImagesConfig(ptb.EcgImagesConfig):
    """One choice of codec, folds and files.

    Attributes:
        split: Which folds make which split.
        rate: Which files are read: those at 500 Hz or at 100 Hz; they are resampled to the codec's rate.
    """

    split: Any = dataclasses.field(default_factory=FoldConfig)
    rate: int = SourceConfig().rate

    def __post_init__(self) -> None:
        files = "" if self.rate == SourceConfig().rate else f"_records{self.rate}"
        self.name = self.name or self.codec.name + files + self.split.suffix
        super().__post_init__()


class Builder(ptb.Builder):
    """Builder of `ptbxl_ecg_images`; see README.md beside this file.

    Args:
        source_dir: Folder of a local copy; None looks in TFDS's manual folder, `data_dir/downloads/manual`.
        source: `"ptbxl"`, or a `Source` that is open.
        options: Whether bad records are skipped; its `rate` is the config's.
        verify: Check every file of a local copy that has a SHA256SUMS.txt.
        **kwargs: TFDS's own: `data_dir`, `config`, `version`.
    """

    VERSION = tfds.core.Version("1.1.0")
    RELEASE_NOTES = {"1.1.0": "Age and sex.", "1.0.0": "First release."}  # noqa: RUF012 - TFDS reads it on the class
    BUILDER_CONFIGS = [PtbxlImagesConfig(codec=config.codec) for config in ptb.Builder.BUILDER_CONFIGS] + [
        PtbxlImagesConfig(codec=CodecConfig(), rate=100)
    ]
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Download PTB-XL from https://physionet.org/content/ptb-xl/ and unpack it in the manual folder, or give the "
        "folder that holds ptbxl_database.csv as source_dir."
    )
    HOMEPAGE = "https://physionet.org/content/ptb-xl/1.0.3/"
    LICENSE = "CC BY 4.0"
    SOURCE = "ptbxl"
    labels: Labels = staticmethod(ptbxl_labels)
    # TFDS keeps here where the README and the citations are; inherited, it would be PTB's folder.
    pkg_dir_path = None

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self._options = dataclasses.replace(self._options, rate=self.builder_config.rate)

    def _label_features(self) -> dict[str, Any]:
        return {
            "label": tfds.features.ClassLabel(names=SUPERCLASSES),
            "superclasses": tfds.features.Tensor(shape=(len(SUPERCLASSES),), dtype=np.uint8),
        }

    def _members(self, source: Source) -> dict[str, tuple[Entry, ...]]:
        members = split_folds(source.entries, self.builder_config.split)
        folds = self.info.metadata["split"]
        self.info.metadata.update(
            absent_splits={split: list(folds[f"{split}_folds"]) for split, found in members.items() if not found},
            outside_folds=len(source.entries) - sum(map(len, members.values())),
        )
        return members

    def _folder(self, dl_manager: tfds.download.DownloadManager) -> Path:
        if self._source_dir:
            return super()._folder(dl_manager)
        manual = Path(dl_manager.manual_dir)
        tables = sorted(manual.rglob(TABLE))
        if not tables:
            raise InputError(
                f"PTB-XL must be there. Received: no {TABLE} in {manual}. {self.MANUAL_DOWNLOAD_INSTRUCTIONS}"
            )
        return tables[0].parent
