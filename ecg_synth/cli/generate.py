"""`ecg-synth generate`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ecg_synth.cli.show import bar


@dataclass(frozen=True)
class Generate:
    """Generate slices with a trained run and write them as WFDB records, each marked synthetic.

    Attributes:
        run_dir: Run folder of 'ecg-synth train'.
        out: Folder to make.
        count: Number of records.
        seed: Seed of the latents; the same seed gives the same bytes.
        overwrite: Replace a folder that stands there.
    """

    run_dir: str
    out: str
    count: int = 10
    seed: int = 0
    overwrite: bool = False

    needs_tensorflow: ClassVar[bool] = True

    def run(self) -> None:
        """Writes the records and says where."""
        from ecg_synth.serving.records import write_synthetic_records
        from ecg_synth.serving.sampler import load_sampler

        sampler, facts = load_sampler(self.run_dir)
        write_synthetic_records(
            sampler, facts, self.count, self.seed, self.out, self.overwrite, bar("Generating", "slice")
        )
        print(f"{self.count} synthetic WFDB records: {self.out}")
        print("They are marked synthetic. Their privacy has not been audited, and they are not for clinical use.")
