"""`ecg-synth prepare`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from ecg_synth.cli.prepare_images import IMAGE_SOURCES, prepare_images
from ecg_synth.cli.show import table
from ecg_synth.config import CodecConfig, PictureConfig, SplitConfig, TableImageConfig
from ecg_synth.data.quiet import quiet_tfds


@dataclass(frozen=True)
class Prepare:
    """Turn a database into a TFDS dataset of ECG images, split by patient.

    Attributes:
        data_dir: Where TFDS datasets stand.
        source_dir: Folder of the records; without it PTB is downloaded from PhysioNet first.
        source: Kind of folder: ptb (PTB's layout, simulated databases too) wfdb (any folder of WFDB records),
            thyroid (the table's files) or images (any folder of pictures).
        table: For wfdb: a CSV file with the columns record, patient and, if known, diagnosis.
        no_verify: Do not check a local copy against its SHA256SUMS.txt.
        overwrite: Replace a dataset that was prepared from other records or splits.
        codec: How slices become images.
        split: Shares of the patients in each split.
        image: For thyroid: how rows become images.
        picture: For images: how files become images.
    """

    data_dir: str
    source_dir: str | None = None
    source: str = "ptb"
    table: str | None = None
    no_verify: bool = False
    overwrite: bool = False
    codec: CodecConfig = field(default_factory=CodecConfig)
    split: SplitConfig = field(default_factory=SplitConfig)
    image: TableImageConfig = field(default_factory=TableImageConfig)
    picture: PictureConfig = field(default_factory=PictureConfig)

    needs_tensorflow: ClassVar[bool] = True

    def run(self) -> None:
        """Prepares the dataset and prints what became of the records."""
        if self.source in IMAGE_SOURCES:
            prepare_images(
                self.source, self.source_dir, self.data_dir, self.image, self.picture, self.split, self.overwrite
            )
            return
        from ecg_synth.data.prepare import prepare

        quiet_tfds()
        prepared = prepare(
            self.source_dir,
            self.data_dir,
            source=self.source,
            codec=self.codec,
            split=self.split,
            table=self.table,
            verify=not self.no_verify,
            overwrite=self.overwrite,
        )
        report = prepared.metadata["report"]
        columns = ("records", "total", "dropped_nan", "flat", "clipped", "saturated", "resampled")
        rows = [(split, *(counts[column] for column in columns)) for split, counts in report.items()]
        print(table(("split", "records", "slices", "NaN dropped", "flat", "clipped", "saturated", "resampled"), rows))
        classes: dict[str, int] = {}
        for counts in report.values():
            for name, number in counts["slices"].items():
                classes[name] = classes.get(name, 0) + number
        print(table(("diagnosis", "slices"), sorted(classes.items())))
        for name in prepared.metadata["too_short"]:
            print(f"Left out, shorter than a slice: {name}")
        print(f"Dataset {prepared.name} ({prepared.origin}): {prepared.path}")
        print(f"Next: ecg-synth train --data-dir {self.data_dir} --run-dir runs/first")
