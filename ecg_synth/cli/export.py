"""`ecg-synth export`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True)
class Export:
    """Write a trained run as a SavedModel that needs TensorFlow and not this package.

    Attributes:
        run_dir: Run folder of 'ecg-synth train'.
        out: Folder to make.
        report: Folder of 'ecg-synth evaluate' on this run: its headline numbers go into the model card.
        best: Take the weights that were best by --evaluate-every, and not the newest.
        overwrite: Replace a folder that stands there.
    """

    run_dir: str
    out: str
    report: str | None = None
    best: bool = False
    overwrite: bool = False

    needs_tensorflow: ClassVar[bool] = True

    def run(self) -> None:
        """Writes the SavedModel and shows how to use it."""
        from ecg_synth.sampling.load import load_sampler
        from ecg_synth.serving.card import evaluation_of
        from ecg_synth.serving.export import CARD, export_saved_model

        sampler, facts = load_sampler(self.run_dir, self.best)
        if self.report is not None:
            facts["evaluation"] = evaluation_of(self.report, self.run_dir, facts)
        export_saved_model(sampler, facts, self.out, self.overwrite)
        card = json.loads((Path(self.out) / "assets.extra" / CARD).read_text(encoding="utf-8"))
        print(f"SavedModel with the signatures {', '.join(card['signatures'])}: {self.out}")
        for name, why in card["left_out"].items():
            print(f"No {name}: {why}")
        if card["started_from"]:
            print(f"Begun with {card['begun_with']}.")
        if sampler.class_names:
            print(f"Classes: {', '.join(f'{label} {name}' for label, name in enumerate(sampler.class_names))}.")
        print(
            f'Next: python -c "import tensorflow as tf; m = tf.saved_model.load({self.out!r}); '
            f"print(m.generate(tf.constant(2, tf.int64), tf.constant(0, tf.int64))"
            f"['{sampler.family.output or 'image'}'].shape)\""
        )
