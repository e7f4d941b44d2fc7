"""`ecg-synth fit-digitizer`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from ecg_synth.cli.show import bar
from ecg_synth.config import FitDigitizerConfig
from ecg_synth.files import check_free


@dataclass(frozen=True)
class FitDigitizer:
    """Train the network that tells traces from text and grid, on pages drawn here; 'ecg-synth digitize' uses it.

    A run that was interrupted goes on where it was: give the same command again.

    Attributes:
        out: File to write, .npz; its card is written beside it, .json.
        records: Folder of WFDB records with 12 leads to draw; none simulates them.
        match: Which record names to take, for example "records500/*".
        start: Weights to start from, .npz of this command; none starts at random.
        overwrite: Replace a file that stands there.
        settings: On how many pages, and how long.
    """

    out: str
    records: str = ""
    match: str = "*"
    start: str = ""
    overwrite: bool = False
    settings: FitDigitizerConfig = field(default_factory=FitDigitizerConfig)

    needs_tensorflow: ClassVar[bool] = True

    def run(self) -> None:
        """Trains, writes, and says how well it does on other pages."""

        from ecg_synth.digitizing.fit import fit_digitizer

        check_free(self.out, self.overwrite)

        def progress(numbers: Iterable[int], unit: str) -> Iterable[int]:
            return bar("Drawing" if unit == "page" else "Training", unit)(numbers)

        card = fit_digitizer(self.out, self.settings, self.records or None, self.match, self.start or None, progress)
        scores = ", ".join(f"{name} {score:.3f}" for name, score in card["f1_on_other_pages"].items())
        print(f"{card['weights']:,} weights after {card['updates']} updates: {self.out}")
        print(f"F1 on pages not trained on: {scores or 'there were none'}")
