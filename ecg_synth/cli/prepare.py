"""`ecg-synth prepare`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ecg_synth.cli.prepare_images import IMAGE_SOURCES, prepare_images
from ecg_synth.cli.show import table
from ecg_synth.config import (
    CodecConfig,
    FoldConfig,
    PictureConfig,
    SourceConfig,
    SplitConfig,
    TableImageConfig,
    WriteConfig,
)
from ecg_synth.data.quiet import quiet_tfds


@dataclass(frozen=True)
class Prepare:
    """Turn records into a TFDS dataset of ECG images, split by patient.

    Attributes:
        data_dir: Where TFDS datasets stand.
        source_dir: Folder of the records, or one file for edf and csv; without it PTB is downloaded from PhysioNet
            first.
        source: Kind of folder: ptb (PTB's layout, simulated databases too), ptbxl (PTB-XL), wfdb (any folder of
            WFDB records), edf or csv (one file a record), thyroid (the table's files) or images (any folder of
            pictures).
        no_verify: Do not check a local copy against its SHA256SUMS.txt.
        overwrite: Replace a dataset that was prepared from other records or splits.
        options: What some sources need to know.
        codec: How slices become images.
        split: Shares of the patients in each split.
        folds: For ptbxl: its folds in each split.
        image: For thyroid: how rows become images.
        picture: For images: how files become images.
        write: How the dataset is written.
    """

    data_dir: str
    source_dir: str | None = None
    source: str = "ptb"
    no_verify: bool = False
    overwrite: bool = False
    options: SourceConfig = field(default_factory=SourceConfig)
    codec: CodecConfig = field(default_factory=CodecConfig)
    split: SplitConfig = field(default_factory=SplitConfig)
    folds: FoldConfig = field(default_factory=FoldConfig)
    image: TableImageConfig = field(default_factory=TableImageConfig)
    picture: PictureConfig = field(default_factory=PictureConfig)
    write: WriteConfig = field(default_factory=WriteConfig)

    needs_tensorflow: ClassVar[bool] = True

    def run(self) -> None:
        """Prepares the dataset and prints what became of the records."""
        if self.source in IMAGE_SOURCES:
            prepare_images(
                self.source,
                self.source_dir,
                self.data_dir,
                self.image,
                self.picture,
                self.split,
                self.overwrite,
                self.write,
            )
            return
        from ecg_synth.data.prepare import prepare
        from ecg_synth.data.report import make_report

        quiet_tfds()
        prepared = prepare(
            self.source_dir,
            self.data_dir,
            source=self.source,
            codec=self.codec,
            split=self.split,
            folds=self.folds,
            verify=not self.no_verify,
            overwrite=self.overwrite,
            options=self.options,
            write=self.write,
        )
        print_report(make_report(prepared.name, prepared.metadata))
        print(f"Dataset {prepared.name} ({prepared.origin}): {prepared.path}")
        # More than one may stand in the folder.
        print(f"Next: ecg-synth train --data-dir {self.data_dir} --dataset {prepared.name} --run-dir runs/first")


def print_report(report: dict[str, Any]) -> None:
    """Prints the counts by split and by class, and every record that was left out."""
    columns = ("records", "total", "dropped_nan", "flat", "clipped", "saturated", "saturated_share", "resampled")
    heads = ("split", "records", "slices", "NaN dropped", "flat", "clipped", "saturated", "share", "resampled")
    parts = {**report["splits"], "all": report["all"]}
    rows = [
        (split, *(f"{counts[name]:.1%}" if name == "saturated_share" else counts[name] for name in columns))
        for split, counts in parts.items()
    ]
    print(table(heads, rows))
    _print_classes("diagnosis", "slices", parts)
    if report["all"]["superclasses"]:
        _print_classes("superclass (several a slice)", "superclasses", parts)
    for name in report["too_short"]:
        print(f"Left out, shorter than a slice: {name}")
    for name, reason in report["skipped"].items():
        print(f"Skipped: {name}: {reason}")
    for split, folds in report["absent_splits"].items():
        print(f"No split {split}: no record is in its folds {json.dumps(folds)}.")
    if report["all"].get("no_beat"):
        print(f"Without any R peak: {report['all']['no_beat']} records")
    if report["outside_folds"]:
        print(f"Left out, in a fold of no split: {report['outside_folds']} records")


def _print_classes(head: str, counts: str, parts: dict[str, Any]) -> None:
    names = sorted(parts["all"][counts])
    print(table((head, *parts), [(name, *(part[counts].get(name, 0) for part in parts.values())) for name in names]))
