"""`ecg-synth plot`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from ecg_synth.cli.pictured import Choice, Pictured, alike, load_place
from ecg_synth.errors import InputError
from ecg_synth.files import check_writable

if TYPE_CHECKING:
    import numpy as np

Kind = Literal["paper", "overlay", "images"]
MOST_STRIPS = 120
"""More would not fit the 65,536 pixels that Matplotlib's canvas may be high."""
BEFORE, AFTER = 0.3, 0.5
"""Seconds of a beat around its R peak."""


@dataclass(frozen=True)
class Plot:
    """Draw ECGs, real and synthetic beside or over one another, or their images; each says which it is.

    'paper' draws slices on millimetre paper, 25 mm/s and 10 mm/mV, a column a place; 'overlay' the beats of all places
    over one another, at their R peaks; 'images' the images that the network sees.

    Attributes:
        of: Places to draw from: run folders, prepared datasets, folders of WFDB records, or records without extension.
        out: The PNG to write.
        kind: What is drawn.
        count: Slices, images or records of each place, drawn at random.
        leads: Leads to draw; by default those of the first place.
        seed: Seed of the draw, and of what a run generates.
        split: Of prepared datasets.
        class_: Class to draw, of runs and datasets that know classes.
        start: Of records: where to begin, in seconds.
        seconds: How much of each to draw.
        best: Of runs: take the weights that were best by --evaluate-every.
    """

    of: tuple[str, ...]
    out: str
    kind: Kind = "paper"
    count: int = 3
    leads: tuple[str, ...] = ()
    seed: int = 0
    split: str = "test"
    class_: Annotated[str | None, tyro.conf.arg(name="class")] = None
    start: float = 0.0
    seconds: float = 10.0
    best: bool = False

    def run(self) -> None:
        """Draws the picture and says where."""
        if not self.of:
            raise InputError("A picture is drawn of one place or more. Received: of=(). Name one with --of.")
        if not self.seconds > 0 or not self.start >= 0:
            raise InputError(
                f"A picture begins at 0 s or later and lasts longer than 0 s. "
                f"Received: start={self.start!r}, seconds={self.seconds!r}."
            )
        if self.count < 1:
            raise InputError(f"A picture shows one slice or more. Received: count={self.count!r}.")
        check_writable(self.out)
        choice = Choice(self.count, self.seed, self.split, self.start, self.seconds, self.class_, self.best)
        found = _named_apart([load_place(place, choice) for place in self.of])
        if self.kind == "images":
            self._images(found)
        else:
            {"paper": self._paper, "overlay": self._overlay}[self.kind](alike(found, self.leads, self.seconds))
        print(f"{'; '.join(map(str, found))}. Picture: {self.out}")

    def _paper(self, found: list[Pictured]) -> None:
        from ecg_synth.plots_signals import ecg_columns

        strips = len(_signals(found[0])) * len(found[0].leads)
        if strips > MOST_STRIPS:
            raise InputError(
                f"One picture holds {MOST_STRIPS} strips of paper. Received: {strips}, {len(found[0].leads)} leads of "
                f"each slice. Draw fewer with --count or --leads."
            )
        columns = [(f"{one.origin}\n{one.name}", _signals(one)) for one in found]
        ecg_columns(columns, found[0].fs, found[0].leads, self.out, f"ECGs drawn at random, seed {self.seed}")

    def _overlay(self, found: list[Pictured]) -> None:
        from ecg_synth.plots_overlay import MOST_SETS, overlay_figure

        if len(found) > MOST_SETS:
            raise InputError(f"An overlay takes up to {MOST_SETS} places. Received: {len(found)}. Draw fewer.")
        sets = {str(one): _beats(one) for one in found}
        if not any(map(len, sets.values())):
            raise InputError(
                f"An overlay needs a beat with {BEFORE:g} s before its R peak and {AFTER:g} s after it. "
                f"Received: none in {', '.join(sets)}. Draw more slices with --count, or choose --kind paper."
            )
        title = f"Beats at their R peaks, of {len(_signals(found[0]))} slices each, seed {self.seed}"
        overlay_figure(sets, found[0].fs, found[0].leads, BEFORE, self.out, title)

    def _images(self, found: list[Pictured]) -> None:
        import numpy as np

        from ecg_synth.plots_pictures import image_panels

        groups = {}
        for one in found:
            if one.images is None:
                raise InputError(
                    f"Records have no images. Received: {str(one)!r}. Choose --kind paper, or draw the images of a "
                    f"run or of a prepared dataset."
                )
            is_wide = one.images.dtype == np.uint16
            groups[f"{one.origin}\n{one.name}"] = (one.images >> 8).astype(np.uint8) if is_wide else one.images
        image_panels(groups, self.out, f"Images drawn at random, seed {self.seed}")


def _named_apart(found: list[Pictured]) -> list[Pictured]:
    """The same with names that differ: two runs may be called alike."""
    names = [str(one) for one in found]
    return [
        replace(one, name=f"{one.name} ({number + 1})") if names.count(str(one)) > 1 else one
        for number, one in enumerate(found)
    ]


def _signals(one: Pictured) -> np.ndarray:
    if one.signal_mv is None:
        raise AssertionError("`alike` has refused it")
    return one.signal_mv


def _beats(one: Pictured) -> np.ndarray:
    """(beats, samples, leads): those that lie within a slice as a whole."""
    import numpy as np

    from ecg_synth.signals.r_peaks import find_r_peaks

    before, after = round(BEFORE * one.fs), round(AFTER * one.fs)
    beats = []
    for part in np.nan_to_num(_signals(one)):
        peaks = find_r_peaks(part, one.fs)
        beats += [part[peak - before : peak + after] for peak in peaks if before <= peak <= len(part) - after]
    return np.stack(beats) if beats else np.zeros((0, before + after, len(one.leads)))
