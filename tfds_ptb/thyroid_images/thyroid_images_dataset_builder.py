"""`thyroid_images`: rows of the Thyroid table as images that a GAN can learn from."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from ecg_synth.codec import PLACEMENTS, TableImageCodec
from ecg_synth.config import SplitConfig, TableImageConfig
from ecg_synth.sources.thyroid import CLASS_NAMES, COLUMNS, Rows, fingerprint, read_thyroid


@dataclasses.dataclass(eq=False)
class ThyroidImagesConfig(tfds.core.BuilderConfig):
    """One choice of placement: what makes the bytes on disk differ.

    Attributes:
        name: Default: the placement, and the side unless it is the paper's 7, for example `blocks_8x8`.
        image: How rows become images.
        split: For KEEL's file alone, which has no split of its own: the shares of the rows and the seed of the draw.
    """

    name: str = ""
    image: TableImageConfig = dataclasses.field(default_factory=TableImageConfig)
    split: SplitConfig = dataclasses.field(default_factory=SplitConfig)

    def __post_init__(self) -> None:
        self.name = self.name or self.image.name + self.split.suffix
        if not self.description:  # type: ignore[has-type]
            side = self.image.side
            self.description = f"Placement {self.image.placement} on {side} x {side} pixels."


def _configs() -> list[ThyroidImagesConfig]:
    # The paper's 7x7, and 8x8, the least that a DCGAN takes.
    choices = [TableImageConfig(placement, side) for side in (7, 8) for placement in PLACEMENTS]
    # TFDS takes the first as the default: P1 chose the first scheme of its figure 3.
    return [
        ThyroidImagesConfig(image=choice) for choice in sorted(choices, key=lambda choice: choice != TableImageConfig())
    ]


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builder of `thyroid_images`; see README.md beside this file.

    Args:
        source_dir: Folder of the table's files; None takes TFDS's folder of manual downloads.
        **kwargs: TFDS's own: `data_dir`, `config`, `version`.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}  # noqa: RUF012 - TFDS reads it as a class attribute
    MANUAL_DOWNLOAD_INSTRUCTIONS = (
        "Put ann-train.data and ann-test.data of https://doi.org/10.24432/C5D010, or KEEL's thyroid.dat, there."
    )
    BUILDER_CONFIGS = _configs()
    builder_config: ThyroidImagesConfig

    def __init__(self, *, source_dir: str | None = None, **kwargs: Any):
        self._source_dir = source_dir
        super().__init__(**kwargs)
        # TFDS pickles a builder by these arguments, for Beam's workers.
        self._original_state.update(source_dir=source_dir)

    def _codec(self) -> TableImageCodec:
        image = self.builder_config.image
        return TableImageCodec(COLUMNS, image.placement, image.side)

    def _info(self) -> tfds.core.DatasetInfo:
        codec = self._codec()
        features = {
            "image": tfds.features.Image(shape=(*codec.image_shape, 1), dtype=np.uint8, encoding_format="png"),
            "label": tfds.features.ClassLabel(names=CLASS_NAMES),
            "row": tfds.features.Scalar(dtype=np.int64),
        }
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(features),
            supervised_keys=("image", "label"),
            homepage="https://doi.org/10.24432/C5D010",
            license="CC BY 4.0, as UCI lists it",
            metadata=tfds.core.MetadataDict({"codec": codec.get_config(), "source": "thyroid"}),
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Iterator[Any]]:
        parts = read_thyroid(self._source_dir or dl_manager.manual_dir, self.builder_config.split)
        codec = self._codec().fit(parts["train"].values)
        self.info.metadata.update(
            codec=codec.get_config(), origin="measured", fingerprint=fingerprint(parts), report={}
        )
        return {split: self._generate_examples(split, rows, codec) for split, rows in parts.items()}

    def _generate_examples(
        self, split: str, rows: Rows, codec: TableImageCodec
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        images, saturated = codec.encode(rows.values)
        counts = np.bincount(rows.labels, minlength=len(CLASS_NAMES)).tolist()
        self.info.metadata["report"][split] = {
            "slices": dict(zip(CLASS_NAMES, counts, strict=True)),
            "saturated": int(saturated.sum()),
            "total": len(rows),
        }
        for image, label, index in zip(images, rows.labels, rows.index, strict=True):
            yield int(index), {"image": image, "label": int(label), "row": int(index)}
