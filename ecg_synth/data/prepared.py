"""Reading a prepared TFDS dataset: its facts, and a split of it in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ecg_synth.codec import codec_from_config
from ecg_synth.data.slice_set import SliceSet
from ecg_synth.errors import InputError, unknown_name

BATCH = 512


@dataclass(frozen=True, eq=False)
class Prepared:
    """A dataset on disk.

    Attributes:
        path: Folder of one dataset, config and version.
        name: `dataset/config`.
        metadata: What the builder noted: codec, leads, origin, splits, fingerprint, report.
        splits: Number of examples by split.
        builder: The TFDS builder that reads it.
    """

    path: Path
    name: str
    metadata: dict[str, Any]
    splits: dict[str, int]
    builder: Any

    @property
    def codec(self) -> Any:
        """The codec, of whichever family, with the bounds that were fitted on the training split."""
        return codec_from_config(self.metadata["codec"])

    @property
    def origin(self) -> str:
        """`"measured"`, `"simulated"` or `"synthetic"`."""
        return self.metadata["origin"]

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names that the labels index."""
        return tuple(self.builder.info.features["label"].names)

    @property
    def file_format(self) -> str:
        """`"tfrecord"`, `"array_record"` or `"parquet"`."""
        return self.builder.info.file_format.value

    def check_split(self, split: str) -> None:
        """Raises `InputError` when the dataset has no such split."""
        if split not in self.splits:
            raise unknown_name("split", split, self.splits, where=str(self.path))

    def iter_batches(self, split: str) -> Iterator[dict[str, Any]]:
        """Yields a split as NumPy arrays of `BATCH` examples, in an order that is always the same.

        Raises:
            InputError: The dataset has no such split.
        """
        import tensorflow_datasets as tfds

        self.check_split(split)
        if self.file_format != "array_record":
            yield from tfds.as_numpy(self.builder.as_dataset(split=split, batch_size=BATCH, shuffle_files=False))
            return
        # tf.data does not read it; its examples are fetched by number.
        source = self.builder.as_data_source(split=split)
        for start in range(0, len(source), BATCH):
            examples = source.__getitems__(range(start, min(start + BATCH, len(source))))
            yield {name: np.stack([example[name] for example in examples]) for name in examples[0]}

    def load(self, split: str = "train") -> SliceSet:
        """Reads one split into memory, in an order that is always the same.

        Raises:
            InputError: The dataset has no such split.
        """
        batches = list(self.iter_batches(split))
        # Datasets of before version 1.1.0, tables and pictures have neither.
        known = {
            name: np.concatenate([batch[name] for batch in batches]).astype(np.float32)
            for name in ("age", "sex")
            if name in self.builder.info.features
        }
        if "sex" in known:
            known["sex"][known["sex"] < 0] = np.nan
        return SliceSet(
            images=np.concatenate([batch["image"] for batch in batches]),
            labels=np.concatenate([batch["label"] for batch in batches]).astype(np.int64),
            class_names=self.class_names,
            codec=self.metadata["codec"],
            origin=self.origin,
            name=self.name,
            known=known,
        )


def open_prepared(path: str | Path, config: str | None = None) -> Prepared:
    """Opens a prepared dataset.

    Args:
        path: A TFDS `data_dir`, or the folder of one dataset, config and version.
        config: Which dataset of `data_dir`, as `config` or `dataset/config`; needed when it holds several.

    Raises:
        InputError: There is none, several and no choice, or the folder cannot be read.
    """
    import tensorflow_datasets as tfds

    path = Path(path)
    if not path.is_dir():
        raise InputError(f"There is no prepared dataset. Received: data_dir={str(path)!r}. Run 'ecg-synth prepare'.")
    folder = path if (path / "dataset_info.json").is_file() else _choose(path, config)
    try:
        builder = tfds.builder_from_directory(str(folder))
    except Exception as error:  # a damaged dataset makes TFDS raise anything from KeyError to ParseError
        raise InputError(
            f"{folder} cannot be read as a TFDS dataset ({type(error).__name__}: {error}). Prepare it anew."
        ) from None
    metadata = dict(builder.info.metadata or {})
    if not {"codec", "origin", "fingerprint"} <= set(metadata):
        raise InputError(f"{folder} was not written by 'ecg-synth prepare': its metadata lack the codec.")
    splits = {name: int(info.num_examples) for name, info in builder.info.splits.items()}
    return Prepared(folder, f"{builder.info.name}/{folder.parent.name}", metadata, splits, builder)


def _choose(data_dir: Path, config: str | None) -> Path:
    folders = sorted(info.parent for info in data_dir.glob("*/*/*/dataset_info.json") if _is_ours(info.parent))
    if not folders:
        raise InputError(
            f"There is no prepared dataset in the folder. Received: data_dir={str(data_dir)!r}. "
            f"Run 'ecg-synth prepare'."
        )
    # A config's own name says enough where only one dataset has it; of two versions the last is taken.
    full = {f"{folder.parents[1].name}/{folder.parent.name}": folder for folder in folders}
    short = [name.split("/")[1] for name in full]
    found = {name if short.count(own) > 1 else own: full[name] for name, own in zip(full, short, strict=True)}
    if config is None:
        if len(found) > 1:
            raise InputError(
                f"{data_dir} holds {len(found)} datasets. Choose one with --dataset: {', '.join(sorted(found))}."
            )
        return next(iter(found.values()))
    if config in full:
        return full[config]
    if config not in found:
        raise unknown_name("dataset", config, found, where=str(data_dir))
    return found[config]


def _is_ours(folder: Path) -> bool:
    """Whether `prepare` wrote it: another TFDS dataset in the same `data_dir` has no codec in its metadata."""
    try:
        return "codec" in json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False
