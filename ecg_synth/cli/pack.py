"""`ecg-synth pack`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Pack:
    """Write a run's weights to a small folder to share: half precision, and without what training needs.

    Wherever a run folder is asked for, but to go on with training, a packed one will do.

    Attributes:
        run_dir: Run folder.
        out: Folder to make.
        best: Take the weights that were best by --evaluate-every, not the last.
        overwrite: Replace a packed run that stands there.
        discriminator: Pack a GAN's discriminator too, for others to train on from. It tells who it learnt from: whoever
            has it can ask whether a record was among them.
    """

    run_dir: str
    out: str
    best: bool = False
    overwrite: bool = False
    discriminator: bool = False

    needs_tensorflow: ClassVar[bool] = True

    def run(self) -> None:
        """Packs, and says how large it is."""
        from ecg_synth.training.packing import PACKED
        from ecg_synth.training.run import Run

        packed = Run.load(self.run_dir).pack(self.out, self.best, self.overwrite, self.discriminator)
        size = (packed.path / PACKED).stat().st_size / 1e6
        print(f"Packed epoch {packed.checkpoint().epoch}: {packed.path}, {size:.1f} MB")
        print("Nobody has audited it for privacy: whoever has the weights may learn of the patients behind them.")
        print(f"Next: ecg-synth generate --run-dir {packed.path} --count 10 --out synthetic")
