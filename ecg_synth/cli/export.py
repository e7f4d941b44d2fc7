"""`ecg-synth export`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Export:
    """Write a trained run as a SavedModel that needs TensorFlow and not this package.

    Attributes:
        run_dir: Run folder of 'ecg-synth train'.
        out: Folder to make.
        best: Take the weights that were best by --evaluate-every, and not the newest.
        overwrite: Replace a folder that stands there.
    """

    run_dir: str
    out: str
    best: bool = False
    overwrite: bool = False

    needs_tensorflow: ClassVar[bool] = True

    def run(self) -> None:
        """Writes the SavedModel and shows how to use it."""
        from ecg_synth.sampling.sampler import load_sampler
        from ecg_synth.serving.export import export_saved_model

        sampler, facts = load_sampler(self.run_dir, self.best)
        export_saved_model(sampler, facts, self.out, self.overwrite)
        output = sampler.family.output
        print(f"SavedModel with the signatures generate, interpolate{' and decode' if output else ''}: {self.out}")
        labels = ", ".join(f"{label} {name}" for label, name in enumerate(sampler.class_names))
        if labels:
            print(f"Labels: {labels}; -1 takes them in turn.")
        arguments = ", ".join(f"tf.constant({value}, tf.int64)" for value in (2, 0, *([-1] if labels else [])))
        print(
            f'Next: python -c "import tensorflow as tf; m = tf.saved_model.load({self.out!r}); '
            f"print(m.generate({arguments})['{output or 'image'}'].shape)\""
        )
