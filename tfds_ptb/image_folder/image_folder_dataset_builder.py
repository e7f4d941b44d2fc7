"""`image_folder`: the pictures of any folder as images of one size that a GAN can learn from."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from typing import Any, get_args

import numpy as np
import tensorflow_datasets as tfds

from ecg_synth.codec import PictureCodec
from ecg_synth.config import PictureConfig, SplitConfig
from ecg_synth.config_files import to_dict
from ecg_synth.errors import InputError, check_choice
from ecg_synth.signals.record import Origin
from ecg_synth.sources.images import PictureFolder, find_pictures, read_crops, read_picture
from ecg_synth.sources.splits import split_patients


@dataclasses.dataclass(eq=False)
class ImageFolderConfig(tfds.core.BuilderConfig):
    """One choice of size, colors and splits: what makes the bytes on disk differ.

    Attributes:
        name: Default: size, colors and split, for example `64x64_grey`.
        picture: How files become images, and what they are.
        split: Shares of the pictures and the seed of the draw.
    """

    name: str = ""
    picture: PictureConfig = dataclasses.field(default_factory=PictureConfig)
    split: SplitConfig = dataclasses.field(default_factory=SplitConfig)

    def __post_init__(self) -> None:
        check_choice("origin", self.picture.origin, get_args(Origin))
        if self.picture.crops < 0:
            raise InputError(f"crops must be at least 0. Received: crops={self.picture.crops!r}.")
        self.name = self.name or self.picture.name + self.split.suffix
        if not self.description:  # type: ignore[has-type]
            self.description = (
                f"{self.picture.height} x {self.picture.width} pixels, {self.picture.channels} channel(s)."
            )
            if self.picture.crops:
                self.description += f" {self.picture.crops} crops of side {self.picture.crop_size} of each picture."


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builder of `image_folder`; see README.md beside this file.

    Args:
        source_dir: Folder of the pictures; None takes TFDS's folder of manual downloads.
        **kwargs: TFDS's own: `data_dir`, `config`, `version`.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}  # noqa: RUF012 - TFDS reads it as a class attribute
    MANUAL_DOWNLOAD_INSTRUCTIONS = "Put the pictures there, each in a folder of its class, or all without folders."
    BUILDER_CONFIGS = [ImageFolderConfig()]  # noqa: RUF012
    builder_config: ImageFolderConfig

    def __init__(self, *, source_dir: str | None = None, **kwargs: Any):
        self._source_dir = source_dir
        super().__init__(**kwargs)
        # TFDS pickles a builder by these arguments, for Beam's workers.
        self._original_state.update(source_dir=source_dir)

    def _codec(self) -> PictureCodec:
        picture = self.builder_config.picture
        return PictureCodec((picture.height, picture.width), picture.channels)

    def _info(self) -> tfds.core.DatasetInfo:
        codec = self._codec()
        features = {
            "image": tfds.features.Image(
                shape=(*codec.image_shape, codec.channels), dtype=np.uint8, encoding_format="png"
            ),
            # The folder names the classes when it is read.
            "label": tfds.features.ClassLabel(),
            "file": tfds.features.Text(),
        }
        metadata = {"codec": codec.get_config(), "source": "images", "split": to_dict(self.builder_config.split)}
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(features),
            supervised_keys=("image", "label"),
            license="the pictures' own",
            metadata=tfds.core.MetadataDict(metadata),
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Iterator[Any]]:
        folder = find_pictures(self._source_dir or dl_manager.manual_dir)
        self.info.features["label"].names = folder.class_names
        class_of = {name: folder.class_names[label] for name, label in zip(folder.files, folder.labels, strict=True)}
        self.info.metadata.update(
            origin=self.builder_config.picture.origin,
            fingerprint=folder.fingerprint,
            skipped=list(folder.skipped),
            report={},
        )
        members = split_patients(class_of, self.builder_config.split)
        return {
            split: self._generate_examples(split, folder, files, class_of) for split, files in members.items() if files
        }

    def _generate_examples(
        self, split: str, folder: PictureFolder, files: tuple[str, ...], class_of: dict[str, str]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        picture, codec = self.builder_config.picture, self._codec()
        each = picture.crops or 1
        counts = {name: each * count for name, count in Counter(class_of[name] for name in files).items()}
        self.info.metadata["report"][split] = {"slices": counts, "saturated": 0, "total": each * len(files)}
        for name in files:
            example = {"label": class_of[name], "file": name}
            if not picture.crops:
                yield name, {**example, "image": read_picture(folder.folder / name, codec)}
                continue
            seed = self.builder_config.split.seed
            crops = read_crops(folder.folder / name, codec, picture.crops, picture.crop_size, seed)
            for number, image in enumerate(crops):
                yield f"{name}#{number}", {**example, "image": image}
