"""What the generator makes of the same noise, epoch after epoch (P1, figs. 5, 6, 10, 13, 15)."""

from __future__ import annotations

from pathlib import Path

from ecg_synth import plots
from ecg_synth.training.callbacks.every import EveryEpochs

COUNT = 25


class DrawImages(EveryEpochs):
    """Draws a grid of generated images from fixed latents.

    Args:
        folder: Where `epoch-NNNN.png` goes.
        every: Epochs between two grids.
        seed: Seed of the latents.
        trained_on: Name and origin of the training set, for the title.
    """

    def __init__(self, folder: Path, every: int, seed: int, trained_on: str):
        super().__init__(every)
        self.folder = folder
        self.seed = seed
        self.trained_on = trained_on

    def act(self, epoch: int) -> None:
        """Draws the grid of one epoch."""
        images = self.model.sample(COUNT, seed=self.seed)
        title = f"synthetic ECG images, epoch {epoch}\ntrained on {self.trained_on}"
        plots.image_grid(images, self.folder / f"epoch-{epoch:04d}.png", title)
