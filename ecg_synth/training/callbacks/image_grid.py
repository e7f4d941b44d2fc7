"""What the generator makes of the same noise, epoch after epoch (P1, figs. 5, 6, 10, 13, 15)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ecg_synth import plots
from ecg_synth.training.callbacks.every import EveryEpochs

COUNT = 25
A_ROW = 8
"""Images of one class in the grid of a model with classes."""


class DrawImages(EveryEpochs):
    """Draws a grid of generated images from fixed latents.

    Args:
        folder: Where `epoch-NNNN.png` goes.
        every: Epochs between two grids.
        seed: Seed of the latents.
        trained_on: Name and origin of the training set, for the title.
        class_names: Of a model with classes: each gets a row, and all rows the same latents.
    """

    def __init__(self, folder: Path, every: int, seed: int, trained_on: str, class_names: Sequence[str] = ()):
        super().__init__(every)
        self.folder = folder
        self.seed = seed
        self.trained_on = trained_on
        self.class_names = tuple(class_names)

    def act(self, epoch: int) -> None:
        """Draws the grid of one epoch."""
        title = f"synthetic images, epoch {epoch}\ntrained on {self.trained_on}"
        plots.image_grid(self._images(), self.folder / f"epoch-{epoch:04d}.png", title, self.class_names)

    def _images(self) -> np.ndarray:
        if not self.class_names:
            return self.model.sample(COUNT, seed=self.seed)
        # What differs from row to row is then the class alone.
        rows = [
            self.model.sample(A_ROW, seed=self.seed, classes=np.full(A_ROW, label))
            for label in range(len(self.class_names))
        ]
        return np.concatenate(rows)
