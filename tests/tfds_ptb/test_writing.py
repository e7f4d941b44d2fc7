"""A split written from the disk is the split that TFDS writes from memory."""

import hashlib
import tracemalloc

import pytest
from tensorflow_datasets.core import shuffle
from tensorflow_datasets.core.file_adapters import FileFormat
from tensorflow_datasets.core.naming import ShardedFileTemplate
from tensorflow_datasets.core.utils.shard_utils import ShardConfig
from tensorflow_datasets.core.writer import ExampleWriter

from tfds_ptb.writing import Spool, write_split

PARTS = [[(f"r{record}#{k:06d}", bytes([record]) * (k + 1)) for k in range(7)] for record in range(5)]


def test_the_order_is_that_of_tfds(tmp_path):
    theirs = shuffle.Shuffler(str(tmp_path), "train")
    for part in PARTS:
        for key, data in part:
            theirs.add(key, data)
    with Spool(tmp_path, "train") as spool:
        for part in PARTS:
            spool.add(part)
        assert (len(spool), spool.size) == (theirs.num_examples, theirs.size)
        assert list(spool) == list(theirs)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("shards", [None, 1, 4])
def test_shards(tmp_path, shards):
    template = ShardedFileTemplate(tmp_path, split="train", dataset_name="d", filetype_suffix="tfrecord")
    info = write_split("train", PARTS, template, ExampleWriter(FileFormat.TFRECORD), ShardConfig(num_shards=shards))
    files = sorted(tmp_path.iterdir())
    assert len(files) == len(info.shard_lengths) == (shards or 1)
    assert (sum(info.shard_lengths), info.num_bytes) == (35, 5 * 28)
    assert max(info.shard_lengths) - min(info.shard_lengths) <= 1


def test_two_examples_of_one_key(tmp_path):
    template = ShardedFileTemplate(tmp_path, split="train", dataset_name="d", filetype_suffix="tfrecord")
    with pytest.raises(RuntimeError, match="Two examples must not share a key"):
        write_split("train", PARTS + PARTS[:1], template, ExampleWriter(FileFormat.TFRECORD), ShardConfig())


def test_memory_holds_places_and_not_examples(tmp_path):
    def peak(size):
        tracemalloc.start()
        with Spool(tmp_path, "train") as spool:
            digest = hashlib.sha256()
            for k in range(200):
                spool.add([(str(k), bytes(size))])
            for _, data in spool:
                digest.update(data)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(100_000) < peak(1_000) + 1_000_000
