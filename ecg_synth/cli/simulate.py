"""`ecg-synth simulate`."""

from __future__ import annotations

from dataclasses import dataclass, field

from ecg_synth.cli.show import bar
from ecg_synth.config import SimulateConfig


@dataclass(frozen=True)
class Simulate:
    """Write a simulated database in PTB's own layout: WFDB records of 15 leads, marked simulated.

    Attributes:
        out: Folder to make.
        overwrite: Replace a folder that stands there.
        settings: What to simulate.
    """

    out: str
    overwrite: bool = False
    settings: SimulateConfig = field(default_factory=SimulateConfig)

    def run(self) -> None:
        """Writes the database and says where."""
        from ecg_synth.signals.simulate import write_simulated_database

        path = write_simulated_database(self.out, self.settings, self.overwrite, bar("Simulating", "patient"))
        print(f"Simulated database of {self.settings.patients} patients: {path}")
        print(f"Next: ecg-synth prepare --source-dir {path} --data-dir data")
