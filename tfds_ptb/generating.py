"""What every builder of records does: read, encode and write them, by threads of this process or through Beam."""

from __future__ import annotations

import abc
import contextlib
import dataclasses
import functools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import tensorflow_datasets as tfds

from ecg_synth.codec import EcgImageCodec
from ecg_synth.sources.checksums import verify_checksums
from ecg_synth.sources.examples import Labels, Report, check_counts, iter_examples
from ecg_synth.sources.parallel import in_order, meanwhile
from ecg_synth.sources.png import CHANNELS, png_bytes
from ecg_synth.sources.source import Entry, Source
from tfds_ptb import on_beam
from tfds_ptb.tf_example import ExampleBytes
from tfds_ptb.writing import Examples, write_split


class Plan(NamedTuple):
    """What is to be generated.

    Attributes:
        source: Where records are read.
        codec: The codec, with the bounds of the training split.
        members: The records of each split that has any.
    """

    source: Source
    codec: EcgImageCodec
    members: dict[str, tuple[Entry, ...]]


class RecordBuilder(tfds.core.GeneratorBasedBuilder):
    """Base class; a builder says in `_plan` what is to be generated.

    Attributes:
        workers: Threads that read and encode records, where Beam does not.
        labels: What a record's class means as features.
    """

    workers: int
    labels: Labels
    _with_beam = False

    @abc.abstractmethod
    def _plan(self, dl_manager: tfds.download.DownloadManager) -> Plan:
        """Finds the records, and notes in the metadata what is known of them; `report` must be there, and empty."""

    def _generate_splits(self, dl_manager: tfds.download.DownloadManager, download_config: Any) -> Sequence[Any]:
        """Writes every split; TFDS's own way is kept for Beam, and for the few examples of a trial."""
        self._with_beam = bool(download_config.beam_options or download_config.beam_runner)
        trial = download_config.max_examples_per_split
        # Files are checked while records are read; the dataset is whole only when both have ended well.
        with contextlib.ExitStack() as self._checks:
            if self._with_beam:
                on_beam.check_beam(download_config.beam_options)
                splits = super()._generate_splits(dl_manager, download_config)
                self._add_reports({split.name: on_beam.read_report(self._report_path(split.name)) for split in splits})
            elif trial:
                splits = super()._generate_splits(dl_manager, download_config)
            else:
                splits = self._write_splits(self._plan(dl_manager), download_config)
        if not trial:
            check_counts(self.info.metadata["report"], {split.name: split.num_examples for split in splits})
        return splits

    def _write_splits(self, plan: Plan, download_config: Any) -> list[Any]:
        to_bytes = ExampleBytes(self.info.features)
        lean = dataclasses.replace(plan.source, entries=())

        def encode(entry: Entry) -> tuple[Report, Examples]:
            report = Report()
            examples = iter_examples(lean, (entry,), plan.codec, report, self.labels)
            return report, [(key, to_bytes(example)) for key, example in examples]

        def counted(entries: Iterable[Entry], split: str) -> Iterator[Examples]:
            report = Report()
            for part, examples in in_order(encode, entries, self.workers):
                report += part
                yield examples
            report.check_not_empty(split)
            self._add_reports({split: report})

        return [
            write_split(
                split,
                counted(entries, split),
                self._get_filename_template(split),
                self._example_writer(),
                download_config.get_shard_config(),
            )
            for split, entries in plan.members.items()
        ]

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict[str, Any]:
        plan = self._plan(dl_manager)
        return {split: self._generate_examples(split, plan, entries) for split, entries in plan.members.items()}

    def _check(self, folder: Path, **options: Any) -> None:
        self._checks.enter_context(meanwhile(lambda stop: verify_checksums(folder, stop=stop, **options)))

    def _generate_examples(self, split: str, plan: Plan, entries: tuple[Entry, ...]) -> Any:
        # Beam sends this to every worker: without the other records.
        lean = dataclasses.replace(plan.source, entries=())
        examples_of = functools.partial(_examples_of, lean, plan.codec, self.labels)
        if self._with_beam:
            return on_beam.generate(entries, examples_of, self._report_path(split))
        return (item for entry in entries for item in examples_of(entry, Report()))

    def _report_path(self, split: str) -> Any:
        return self.data_path / f"{split}.report.json"

    def _add_reports(self, reports: dict[str, Report]) -> None:
        self.info.metadata["report"].update({split: report.to_dict() for split, report in reports.items()})


def _examples_of(
    source: Source, codec: EcgImageCodec, labels: Labels, entry: Entry, report: Report
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the examples of one record as TFDS encodes them."""
    as_png = codec.channels in CHANNELS
    for key, example in iter_examples(source, (entry,), codec, report, labels):
        yield key, {**example, "image": png_bytes(example["image"])} if as_png else example
