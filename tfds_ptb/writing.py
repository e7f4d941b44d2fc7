"""Writing a split: examples that are bytes already, in TFDS's order and files, in memory that does not grow."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tensorflow_datasets.core import example_serializer, hashing, shuffle, splits
from tensorflow_datasets.core import writer as writer_lib


def write_split(
    name: str,
    examples: Iterable[tuple[str, bytes]],
    features: Any,
    filename_template: Any,
    example_writer: Any,
    shard_config: Any,
) -> splits.SplitInfo:
    """Writes one split with TFDS's own writer.

    Args:
        name: The split's.
        examples: Key and serialized example; no two share a key. They are written in the order of the keys' hashes.
        features: The dataset's features.
        filename_template: TFDS's names of the split's files.
        example_writer: TFDS's writer of the dataset's file format.
        shard_config: TFDS's rule for the number of files.

    Returns:
        What TFDS notes of a split.
    """
    with Spool(filename_template.data_dir, name) as spool:
        writer = writer_lib.Writer(
            serializer=_AsItIs(features.get_serialized_info()),
            filename_template=filename_template,
            hash_salt=name,
            disable_shuffling=False,
            example_writer=example_writer,
            shard_config=shard_config,
        )
        # TFDS's own keeps up to 1 GB in memory before it uses the disk.
        writer._shuffler = spool
        for key, example in examples:
            writer.write(key, example)
        shard_lengths, total_size = writer.finalize()
    return splits.SplitInfo(
        name=name, shard_lengths=shard_lengths, num_bytes=total_size, filename_template=filename_template
    )


class Spool:
    """TFDS's shuffler with the examples in one file on disk and only their places in memory.

    It gives examples back in the same order as `tensorflow_datasets.core.shuffle.Shuffler`: that of the hashes of
    their keys.

    Args:
        folder: Where the file is made; it has no name there and is gone when this closes.
        salt: Goes into the hash; the split's name.
    """

    def __init__(self, folder: str | Path, salt: str):
        self._hasher = hashing.Hasher(salt)
        # A dataset in a bucket of the cloud is spooled on this machine.
        self._file = tempfile.TemporaryFile(dir=folder if Path(folder).is_dir() else None)
        self._places: list[tuple[int, int, int]] = []
        self.size = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def num_examples(self) -> int:
        """Examples added."""
        return len(self._places)

    @property
    def bucket_lengths(self) -> list[int]:
        """As TFDS asks for it: everything is in one."""
        return [self.num_examples]

    def add(self, key: str, data: bytes) -> None:
        """Adds one example."""
        self._places.append((self._hasher.hash_key(key), self.size, len(data)))
        self._file.write(data)
        self.size += len(data)

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        before = None
        for hkey, start, length in sorted(self._places):
            self._file.seek(start)
            data = self._file.read(length)
            if hkey == before:
                raise shuffle.DuplicatedKeysError(data, data)
            before = hkey
            yield hkey, data


class _AsItIs(example_serializer.Serializer):
    """Takes examples that are serialized."""

    def serialize_example(self, example: Any) -> Any:
        return example
