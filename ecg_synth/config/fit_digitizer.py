"""Settings of the training of the digitizer's network."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FitDigitizerConfig:
    """On what, and for how long, the network that tells traces from text and grid is trained.

    Attributes:
        pages: Pages drawn, each of another layout, color, resolution and distortion; one in 16 is kept for judging.
        crops: Crops cut from a page.
        crop_px: Side of a crop in pixels of 1/8 mm, a multiple of 32.
        batch: Crops of one update.
        steps: Updates.
        minutes: Stop training after so long, drawing the pages not counted; 0 for no limit. Within a limit the same
            seed does not give the same weights: how many updates there are depends on the machine.
        learning_rate: At the beginning; it falls to 0 along half a cosine.
        seed: Of pages, weights and batches.
    """

    pages: int = 480
    crops: int = 10
    crop_px: int = 256
    batch: int = 8
    steps: int = 6000
    minutes: float = 0.0
    learning_rate: float = 2e-3
    seed: int = 0
