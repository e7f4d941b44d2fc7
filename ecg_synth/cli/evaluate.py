"""`ecg-synth evaluate`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from ecg_synth.cli.show import bar, table
from ecg_synth.config import JudgeConfig


@dataclass(frozen=True)
class Evaluate:
    """Judge synthetic ECGs against real ones: an HTML report, and metrics.json; each figure beside floor and ceiling.

    Attributes:
        real: Where TFDS datasets of real ECGs stand, prepared by 'ecg-synth prepare' with three splits.
        synthetic: A run folder; a folder of WFDB records; a prepared dataset's folder; or a .npy file, in mV and of the
            shape (slices, samples, leads).
        out: Folder to make: report.html and metrics.json.
        judge: What is judged against what.
        overwrite: Replace a folder that stands there.
    """

    real: str
    synthetic: str
    out: str
    judge: JudgeConfig = field(default_factory=JudgeConfig)
    overwrite: bool = False

    needs_tensorflow: ClassVar[bool] = True

    def run(self) -> None:
        """Judges, writes the report and prints the metrics."""
        from ecg_synth.metrics.evaluate import evaluate
        from ecg_synth.metrics.report import PAGE, number
        from ecg_synth.metrics.verdict import summary, verdict

        found = evaluate(self.real, self.synthetic, self.out, self.judge, self.overwrite, bar("Judging", "part"))
        rows = [
            (
                name,
                entry["unit"],
                number(entry["value"]),
                f"{number(entry['low'])} to {number(entry['high'])}",
                number(entry["floor"]),
                number(entry["ceiling"]),
                verdict(entry),
            )
            for name, entry in found["metrics"].items()
        ]
        facts = found["facts"]
        print(
            f"{facts['candidate']['name']} ({facts['candidate']['origin']}) against {facts['reference']['name']} "
            f"({facts['reference']['origin']}), {facts['judged']} slices:"
        )
        print(table(("metric", "unit", "value", "95 %", "floor", "ceiling", ""), rows))
        for sentence in summary(found["metrics"]):
            print(sentence)
        print(f"Report: {Path(self.out) / PAGE}")
        print("Privacy has not been audited: no figure above says whether training slices were copied.")
