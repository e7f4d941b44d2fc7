"""Writing a split: examples that are bytes already, in TFDS's order and files, in memory that does not grow."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tensorflow_datasets.core import hashing, splits
from tensorflow_datasets.core.utils import shard_utils

Examples = list[tuple[str, bytes]]


def write_split(
    name: str, parts: Iterable[Examples], filename_template: Any, example_writer: Any, shard_config: Any
) -> splits.SplitInfo:
    """Writes one split: the same files as TFDS's own writer.

    Args:
        name: The split's.
        parts: Lists of key and serialized example; no two share a key. All are written in the order of their keys'
            hashes.
        filename_template: TFDS's names of the split's files.
        example_writer: TFDS's writer of the dataset's file format.
        shard_config: TFDS's rule for the number of files.

    Returns:
        What TFDS notes of a split.

    Raises:
        RuntimeError: Two examples share a key.
    """
    with Spool(filename_template.data_dir, name) as spool:
        for part in parts:
            spool.add(part)
        n_shards = shard_config.get_number_shards(spool.size, len(spool))
        ends = shard_utils.get_shard_boundaries(len(spool), n_shards)
        lengths = [end - start for start, end in zip([0, *ends[:-1]], ends, strict=True)]
        shuffled = iter(spool)
        for shard, length in enumerate(lengths):
            path = filename_template.sharded_filepath(shard_index=shard, num_shards=n_shards)
            example_writer.write(path, itertools.islice(shuffled, length))
        return splits.SplitInfo(
            name=name, shard_lengths=lengths, num_bytes=spool.size, filename_template=filename_template
        )


class Spool:
    """Examples in one file on disk, and only their places in memory, where TFDS's shuffler keeps up to 1 GB.

    They come back in the order of TFDS's: that of the hashes of their keys.

    Args:
        folder: Where the file is made; it has no name there and is gone when this closes.
        salt: Goes into the hash; the split's name.

    Attributes:
        size: Bytes of all examples.
    """

    def __init__(self, folder: str | Path, salt: str):
        self._hasher = hashing.Hasher(salt)
        # A dataset in a bucket of the cloud is spooled on this machine.
        place = folder if Path(folder).is_dir() else None
        self._file = tempfile.TemporaryFile(dir=place)  # noqa: SIM115 - it closes with this
        self._places: list[tuple[int, int, int]] = []
        self.size = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._places)

    def add(self, examples: Examples) -> None:
        """Adds examples."""
        for key, data in examples:
            self._places.append((self._hasher.hash_key(key), self.size, len(data)))
            self.size += len(data)
        self._file.write(b"".join(data for _, data in examples))

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        before = None
        for hkey, start, length in sorted(self._places):
            if hkey == before:
                raise RuntimeError("Two examples must not share a key; two records may share a name.")
            before = hkey
            self._file.seek(start)
            yield hkey, self._file.read(length)
