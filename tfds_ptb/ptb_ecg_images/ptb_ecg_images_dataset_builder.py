"""`ptb_ecg_images`: slices of the PTB Diagnostic ECG Database as images that a GAN can learn from."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from ecg_synth.codec import EcgImageCodec
from ecg_synth.config import CodecConfig, SourceConfig, SplitConfig, WriteConfig
from ecg_synth.config_files import to_dict
from ecg_synth.signals.diagnoses import DIAGNOSES, GROUPS
from ecg_synth.signals.record import SEXES
from ecg_synth.sources.checksums import SUMS
from ecg_synth.sources.databases import Entry, Source, open_source
from ecg_synth.sources.download import PTB_ZIP_URL, find_database
from ecg_synth.sources.examples import Labels, fit_codec, ptb_labels, without_bad
from ecg_synth.sources.parallel import check_workers
from ecg_synth.sources.png import CHANNELS
from ecg_synth.sources.splits import split_patients
from tfds_ptb.generating import Plan, RecordBuilder

_PAPERS_STANDARDIZATIONS = ("adapted", "minmax", "quantile")
_PAPERS_ARRANGEMENTS = ("z", "transposed", "reversed")


@dataclasses.dataclass(eq=False)
class EcgImagesConfig(tfds.core.BuilderConfig):
    """One choice of codec and splits: what makes the bytes on disk differ.

    Attributes:
        name: Default: says what differs from the paper's choice, for example `i_adapted_z`.
        codec: How slices become images.
        split: Shares of the patients and the seed of the draw.
    """

    name: str = ""
    codec: CodecConfig = dataclasses.field(default_factory=CodecConfig)
    split: SplitConfig = dataclasses.field(default_factory=SplitConfig)

    def __post_init__(self) -> None:
        self.name = self.name or self.codec.name + self.split.suffix
        if not self.description:  # type: ignore[has-type]
            computed = "; iii, avr, avl and avf are computed from i and ii" if self.codec.independent else ""
            aligned = f" that begin {self.codec.r_peak_at:g} s before an R peak" if self.codec.align == "r_peak" else ""
            self.description = (
                f"Leads {', '.join(self.codec.leads)}; {self.codec.standardization} standardization, "
                f"{self.codec.arrangement} arrangement, {self.codec.layout} layout, slices of {self.codec.length} "
                f"samples at {self.codec.fs:g} Hz{aligned}{computed}."
            )


def _papers_configs() -> list[EcgImagesConfig]:
    choices = [
        CodecConfig(standardization=standardization, arrangement=arrangement)
        for standardization in _PAPERS_STANDARDIZATIONS
        for arrangement in _PAPERS_ARRANGEMENTS
    ]
    # TFDS takes the first as the default: the adapted range in Z order is what P1 ends with.
    return [EcgImagesConfig(codec=choice) for choice in sorted(choices, key=lambda choice: choice != CodecConfig())]


class Builder(RecordBuilder):
    """Builder of `ptb_ecg_images`; see README.md beside this file.

    Other builders of ECG images are this one with other labels and splits: what differs is in the class attributes
    and in `_label_features`, `_members` and `_folder`.

    Args:
        source_dir: Folder of a local copy; None downloads PTB from PhysioNet.
        source: A key of `ecg_synth.sources.databases.SOURCES`: what kind of folder it is; or a `Source` that is open.
        options: What the source needs to know, and whether bad records are skipped.
        verify: Check every file of a local copy that has a SHA256SUMS.txt.
        workers: Threads that read and encode records, where Beam does not.
        **kwargs: TFDS's own: `data_dir`, `config`, `version`, `file_format`.
    """

    VERSION = tfds.core.Version("1.1.0")
    RELEASE_NOTES = {"1.1.0": "Age and sex.", "1.0.0": "First release."}  # noqa: RUF012 - TFDS reads it on the class
    BUILDER_CONFIGS = _papers_configs()
    HOMEPAGE = "https://physionet.org/content/ptbdb/1.0.0/"
    LICENSE = "ODC-By 1.0"
    SOURCE = "ptb"
    # staticmethod: a plain function in a class would become a method.
    labels: Labels = staticmethod(ptb_labels)
    builder_config: Any

    def __init__(
        self,
        *,
        source_dir: str | None = None,
        source: str | Source | None = None,
        options: SourceConfig | None = None,
        verify: bool = True,
        workers: int = WriteConfig.workers,
        **kwargs: Any,
    ):
        self._source_dir, self._source, self._verify = source_dir, source or self.SOURCE, verify
        self._options = options or SourceConfig()
        check_workers(workers)
        self.workers = workers
        super().__init__(**kwargs)
        # TFDS pickles a builder by these arguments, for Beam's workers.
        state = dict(source_dir=source_dir, source=source, options=options, verify=verify, workers=workers)
        self._original_state.update(state)

    def _info(self) -> tfds.core.DatasetInfo:
        codec = EcgImageCodec.from_choice(self.builder_config.codec)
        shape = codec.full_shape
        image = (
            tfds.features.Image(shape=shape, dtype=codec.dtype, encoding_format="png")
            if codec.channels in CHANNELS
            else tfds.features.Tensor(shape=shape, dtype=codec.dtype, encoding="bytes")
        )
        features = {
            "image": image,
            **self._label_features(),
            "offset": tfds.features.Tensor(shape=(len(codec.stored_leads),), dtype=np.float32),
            "age": tfds.features.Scalar(dtype=np.float32),
            "sex": tfds.features.ClassLabel(names=SEXES),
            "record": tfds.features.Text(),
            "patient": tfds.features.Text(),
            "slice_index": tfds.features.Scalar(dtype=np.int64),
        }
        metadata = {
            "leads": list(codec.leads),
            "codec": codec.get_config(),
            "split": to_dict(self.builder_config.split),
            "source": self._source.name if isinstance(self._source, Source) else self._source,
        }
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(features),
            supervised_keys=("image", "label"),
            homepage=self.HOMEPAGE,
            license=self.LICENSE,
            metadata=tfds.core.MetadataDict(metadata),
        )

    def _label_features(self) -> dict[str, Any]:
        """The features that `labels` fills."""
        return {
            "label": tfds.features.ClassLabel(names=GROUPS),
            "diagnosis": tfds.features.ClassLabel(names=DIAGNOSES),
        }

    def _members(self, source: Source) -> dict[str, tuple[Entry, ...]]:
        """The records of each split; a split without records is left out of the dataset."""
        patients = split_patients(source.diagnosis_of_patient, self.builder_config.split)
        return {split: source.of_patients(members) for split, members in patients.items()}

    def _plan(self, dl_manager: tfds.download.DownloadManager) -> Plan:
        config = self.builder_config
        codec = EcgImageCodec.from_choice(config.codec)
        opened = self._open(dl_manager)
        source, too_short = opened.without_short(config.codec.length / config.codec.fs)
        if self._options.skip_bad:
            source = without_bad(source, codec)
        members = self._members(source)
        codec = fit_codec(source, members["train"], codec, self.workers)
        self.info.metadata.update(
            codec=codec.get_config(),
            origin=source.origin,
            # Of all records that were there, as one who opens the source again will find them.
            fingerprint=opened.fingerprint,
            too_short=list(too_short),
            skipped=dict(source.skipped),
            report={},
        )
        return Plan(source, codec, {split: entries for split, entries in members.items() if entries})

    def _open(self, dl_manager: tfds.download.DownloadManager) -> Source:
        if isinstance(self._source, Source):
            if self._source.folder is not None:
                self._verify_copy(self._source.folder)
            return self._source
        return open_source(self._source, self._folder(dl_manager), self._options)

    def _folder(self, dl_manager: tfds.download.DownloadManager) -> Path:
        if self._source_dir:
            folder = Path(self._source_dir)
            self._verify_copy(folder)
            return folder
        folder = find_database(Path(dl_manager.download_and_extract(PTB_ZIP_URL)))
        self._check(folder)
        return folder

    def _verify_copy(self, folder: Path) -> None:
        # A downloaded database is checked whole; a local copy may be a part of it.
        if self._verify and (folder / SUMS).is_file():
            self._check(folder, allow_missing=True)
