"""`ecg-synth paper`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ecg_synth.cli.show import bar
from ecg_synth.config import PaperConfig


@dataclass(frozen=True)
class Paper:
    """Draw records on millimetre paper, distort them as scanners and phones do, and write the exact truth beside.

    Each picture is three files: the image, NAME.json (boxes, what was drawn at random) and NAME.npz (the pixel of every
    sample, masks). A run that was interrupted goes on where it was.

    Attributes:
        records: Folder of WFDB records: measured, simulated or synthetic.
        out: Folder for the pictures.
        count: Pictures; 0 for one a record. More than there are records draws each again, distorted otherwise.
        workers: Processes.
        match: Which record names to take, for example "records500/*".
        settings: How they are drawn and distorted.
    """

    records: str
    out: str
    count: int = 0
    workers: int = 1
    match: str = "*"
    settings: PaperConfig = field(default_factory=PaperConfig)

    def run(self) -> None:
        """Writes the pictures and says where."""
        from ecg_synth.paper.batch import write_pages

        def progress(numbers: Iterable[int], count: int) -> Iterable[int]:
            return bar("Drawing", "page")(numbers) if count else numbers

        made = write_pages(self.records, self.out, self.settings, self.count, self.workers, self.match, progress)
        print(f"{made} pictures made ({self.settings.preset}), with their truth: {self.out}")
