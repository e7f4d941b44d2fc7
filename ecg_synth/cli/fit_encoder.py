"""`ecg-synth fit-encoder`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ecg_synth.config import JudgeConfig
from ecg_synth.files import check_free


@dataclass(frozen=True)
class FitEncoder:
    """Train the feature network that the judge measures distances in, on real training slices and their classes.

    Attributes:
        real: Where TFDS datasets of real ECGs stand.
        out: File to write, .npz; 'ecg-synth evaluate --encoder FILE' uses it.
        dataset: Which of them, when the data folder holds several.
        split: Real slices that it is trained on.
        classes: Classes to keep, as in training; empty for all.
        seed: Seed of its weights and batches.
        overwrite: Replace a file that stands there.
    """

    real: str
    out: str
    dataset: str | None = None
    split: str = JudgeConfig.train_split
    classes: tuple[str, ...] = ()
    seed: int = JudgeConfig.seed
    overwrite: bool = False

    needs_tensorflow: ClassVar[bool] = True

    def run(self) -> None:
        """Trains, writes, and says how well it tells the classes of slices that it was trained on and of others."""

        from ecg_synth.data.prepared import open_prepared
        from ecg_synth.errors import check_seed
        from ecg_synth.metrics.encoder import Encoder
        from ecg_synth.metrics.loading import real_set

        check_free(self.out, self.overwrite)
        prepared = open_prepared(self.real, self.dataset)
        encoder = Encoder.fit(real_set(prepared, self.split, self.classes), check_seed(self.seed))
        encoder.save(self.out)
        print(f"Encoder that tells {encoder.task} apart ({', '.join(encoder.class_names)}): {self.out}")
        if encoder.task == "classes":
            for split in prepared.splits:
                accuracy = encoder.accuracy(real_set(prepared, split, self.classes))
                chance = 1 / len(encoder.class_names)
                print(f"mean accuracy over classes, {split}: {accuracy:.3f} (chance {chance:.3f})")
