"""`ecg-synth compare`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from ecg_synth.cli.show import table


@dataclass(frozen=True)
class Compare:
    """Compare reports of 'ecg-synth evaluate': one table, and with --out one picture, to choose by numbers.

    Attributes:
        reports: Folders of reports, at least two, judged by the same real slices.
        out: Folder to make: compare.md, compare.csv and compare.png.
        overwrite: Replace a folder that stands there.
    """

    reports: Annotated[tuple[str, ...], tyro.conf.Positional]
    out: str | None = None
    overwrite: bool = False

    def run(self) -> None:
        """Prints the table, and writes the files."""
        from ecg_synth.metrics.compare import compared, names_of, read_report, summary
        from ecg_synth.metrics.compare_files import LEGEND, PICTURE, table_of, write_comparison

        reports = [read_report(place) for place in self.reports]
        rows, names = compared(reports), names_of(reports)
        if self.out is not None:
            write_comparison(reports, self.out, self.overwrite)
        print(table(*table_of(rows, names)))
        print(LEGEND)
        for sentence in summary(rows, names):
            print(sentence)
        if self.out is not None:
            print(f"Picture: {Path(self.out) / PICTURE}")
