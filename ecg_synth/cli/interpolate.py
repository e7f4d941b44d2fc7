"""`ecg-synth interpolate`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Interpolate:
    """Draw the way from one generated image to another, and from one class to another.

    Latents go along the sphere, class probabilities straight. With '--start 0 --end 0' only the class changes, or with
    --end-seed the seed.

    Attributes:
        run_dir: Run folder of 'ecg-synth train'.
        out: The PNG to write.
        best: Take the weights that were best by --evaluate-every, and not the newest.
        count: Steps, both ends included.
        seed: Seed of the latents to begin at.
        start: Number of the generated image to begin at.
        end: Number of the generated image to arrive at.
        start_class: Class of a conditional model to begin at; by default the one whose turn it is.
        end_class: Class to arrive at; by default the same.
        end_seed: Seed whose image '--end' is arrived at; by default the same.
    """

    run_dir: str
    out: str
    best: bool = False
    count: int = 8
    seed: int = 0
    start: int = 0
    end: int = 1
    start_class: str | None = None
    end_class: str | None = None
    end_seed: int | None = None

    needs_tensorflow: ClassVar[bool] = True

    def run(self) -> None:
        """Draws the picture and says where."""
        from ecg_synth.files import check_writable
        from ecg_synth.plots_pictures import interpolation_figure
        from ecg_synth.sampling.load import load_sampler

        check_writable(self.out)
        sampler, facts = load_sampler(self.run_dir, self.best)
        found = sampler.interpolate(
            self.count, self.seed, self.start, self.end, self.start_class, self.end_class, self.end_seed
        )
        of_seed = "" if self.end_seed in (None, self.seed) else f" of seed {self.end_seed}"
        ends = [f"image {self.start}", f"image {self.end}{of_seed}"]
        if sampler.class_names:
            ends = [
                f"{end}, {sampler.class_names[found.labels[place]]}" for end, place in zip(ends, (0, -1), strict=True)
            ]
        title = f"synthetic, seed {self.seed}: from {ends[0]} to {ends[1]}\ntrained on {facts['trained_on']}"
        signals = (found.decoded, sampler.codec.fs) if sampler.family.noun == "slice" else None
        interpolation_figure(found.images, self.out, title, signals)
        print(f"Interpolation in {self.count} steps: {self.out}")
