"""`ecg-synth score-digitizer`."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ecg_synth.cli.show import bar, table
from ecg_synth.config import DigitizeConfig

if TYPE_CHECKING:
    from ecg_synth.digitizing.score import PageScore


@dataclass(frozen=True)
class ScoreDigitizer:
    """Read the pages of 'ecg-synth paper' back, told nothing of their truth, and compare: SNR, coverage, names.

    Attributes:
        pages: Folder of 'ecg-synth paper'.
        out: File to write the figures to, .json.
        count: Pages to read, spread over the folder; 0 for all.
        overwrite: Replace a file that stands there.
        settings: How they are read.
    """

    pages: str
    out: str = ""
    count: int = 0
    overwrite: bool = False
    settings: DigitizeConfig = field(default_factory=DigitizeConfig)

    needs_tensorflow: ClassVar[bool] = True

    def run(self) -> None:
        """Reads, prints the table, writes the figures."""
        from ecg_synth.digitizing.score import summary
        from ecg_synth.digitizing.score_folder import pages_in, score_pages, write_scores

        pages = pages_in(self.pages, self.count, self.out, self.overwrite)
        scores = score_pages(bar("Reading", "page")(pages), self.settings)
        rows = summary(scores)
        print(table(HEADER, [line_of(row) for row in rows]))
        print("SNR as in the 2024 PhysioNet Challenge, over what was read; 'aligned' after its shift of at most 0.5 s")
        print("and 1 mV. Coverage is the share of all leads' samples that were read, apart from the SNR.")
        intervals = intervals_of(scores)
        if intervals:
            print(table(INTERVAL_HEADER, [interval_line(row) for row in intervals]))
            print(
                "Of leads shown for 5 s or more: the truth, and what was read of it, by one program (docs/clinic.md)."
            )
        if self.out:
            write_scores(self.out, rows, scores, self.settings, Path(self.pages), intervals)
            print(f"Figures: {self.out}")


INTERVAL_HEADER = ("preset", "dpi", "interval", "leads", "read", "bias", "median error", "90 %", "")


def intervals_of(scores: Sequence[PageScore]) -> list[dict[str, Any]]:
    """Errors of intervals by preset and dpi; none where no lead is shown for long, or NeuroKit2 is not there."""
    if importlib.util.find_spec("neurokit2") is None:
        return []
    from ecg_synth.metrics.interval_errors import interval_errors

    found = []
    for preset, dpi in dict.fromkeys((score.preset, score.dpi) for score in scores):
        longs = [one for score in scores if (score.preset, score.dpi) == (preset, dpi) for one in score.long]
        for fs in dict.fromkeys(one.fs for one in longs):
            pairs = [(one.reference_mv, one.estimate_mv) for one in longs if one.fs == fs]
            found += [{"preset": preset, "dpi": dpi, **row} for row in interval_errors(pairs, fs)]
    return found


def interval_line(row: dict[str, Any]) -> list[str]:
    """Returns a row of `intervals_of` as the table shows it."""
    errors = ["-" if row[key] is None else f"{row[key]:.1f}" for key in ("bias", "median", "p90")]
    return [row["preset"], str(row["dpi"]), row["title"], str(row["of"]), str(row["both"]), *errors, row["unit"]]


HEADER = (
    "preset", "dpi", "pages", "SNR dB", "sd", "median", ">= 20 dB", "aligned", "median",
    "coverage", "names", "layouts", "mesh px", "95 %", "failed", "s/page",
)  # fmt: skip


def line_of(row: dict[str, Any]) -> list[str]:
    """Returns a row of `summary` as the table shows it."""

    def shown(value: float | None, form: str) -> str:
        return "-" if value is None else format(value, form)

    plain, aligned, mesh = row["snr_db"], row["aligned_db"], row["geometry_px"]
    failed = ", ".join(f"{count} {kind}" for kind, count in row["failures"].items())
    return [
        row["preset"],
        str(row["dpi"]),
        str(row["pages"]),
        *(shown(plain[key], ".1f") for key in ("mean", "sd", "median")),
        shown(plain["above_20_db"], ".0%"),
        *(shown(aligned[key], ".1f") for key in ("mean", "median")),
        shown(row["coverage"], ".1%"),
        shown(row["names_right"], ".1%"),
        shown(row["layouts_right"], ".0%"),
        *(shown(mesh[key], ".2f") for key in ("median", "p95")),
        failed or "0",
        shown(row["seconds_a_page"], ".1f"),
    ]
