"""`ecg-synth show`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from ecg_synth.cli.show import bar, table
from ecg_synth.data.quiet import quiet_tfds
from ecg_synth.errors import InputError
from ecg_synth.files import check_writable

if TYPE_CHECKING:
    import numpy as np

    from ecg_synth.codec import EcgImageCodec
    from ecg_synth.data.prepared import Prepared

QUANTILES = (0.01, 0.25, 0.5, 0.75, 0.99)


@dataclass(frozen=True)
class Show:
    """Draw slices of a prepared dataset beside their images in every arrangement, and the dataset's statistics.

    Attributes:
        data_dir: Where TFDS datasets stand.
        out: The picture of slices and images, a PNG.
        dataset: Config to show when the data folder holds several.
        split: Split to draw from.
        count: Number of slices, drawn at random.
        seed: Seed of the draw.
        stats: Draw the statistics too, into this PNG: classes by split, amplitudes by lead; their tables are printed.
    """

    data_dir: str
    out: str
    dataset: str | None = None
    split: str = "train"
    count: int = 3
    seed: int = 0
    stats: str | None = None

    needs_tensorflow: ClassVar[bool] = True

    def run(self) -> None:
        """Draws, prints the tables, and says where the pictures are."""
        from ecg_synth.data.prepared import open_prepared

        if self.stats is not None and os.path.abspath(self.stats) == os.path.abspath(self.out):
            raise InputError(
                f"The two pictures need two files. Received: out={self.out!r}, stats={self.stats!r}. Name another."
            )
        for path in filter(None, (self.out, self.stats)):
            check_writable(path)
        quiet_tfds()
        prepared = open_prepared(self.data_dir, self.dataset)
        _draw_slices(prepared, self.split, self.count, self.seed, self.out)
        print(f"{self.count} {prepared.origin} slices in every arrangement: {self.out}")
        if self.stats is not None:
            _draw_statistics(prepared, self.split, self.stats)
            print(f"Statistics: {self.stats}")


def _draw_slices(prepared: Prepared, split: str, count: int, seed: int, out: str) -> None:
    from ecg_synth.codec import ARRANGEMENTS
    from ecg_synth.data.decoded import draw_decoded
    from ecg_synth.plots_codec import arrangement_figure
    from ecg_synth.signals.r_peaks import find_r_peaks

    signal_mv, labels = draw_decoded(prepared, split, count, seed)
    r_peaks = [find_r_peaks(of_slice, prepared.codec.fs) for of_slice in signal_mv]
    codecs = {name: _rearranged(prepared.codec, name) for name in ARRANGEMENTS}
    names = prepared.class_names
    arrangement_figure(
        signal_mv,
        {name: codec.encode_slices(signal_mv, r_peaks).images for name, codec in codecs.items()},
        {name: _times(codec, r_peaks[0]) for name, codec in codecs.items()},
        [f"{prepared.origin}: {_class(names, label)}" for label in labels],
        prepared.codec.fs,
        prepared.codec.leads,
        out,
        f"{prepared.name} ({prepared.origin}), split {split}: slices and their images",
    )


def _rearranged(codec: EcgImageCodec, arrangement: str) -> EcgImageCodec:
    """The codec with another arrangement, and the image shape and lowest level that this one needs."""
    from ecg_synth.codec.variants import varied

    same_shape = (arrangement == "beats") == (codec.arrangement == "beats")
    return varied(codec, arrangement=arrangement, image_shape=list(codec.image_shape) if same_shape else None)


def _times(codec: EcgImageCodec, r_peaks: Sequence[int] | np.ndarray = ()) -> np.ndarray | None:
    """Which moment each pixel holds, (height, width) in [0, 1]: where the codec puts the samples of one lead's ramp.

    `r_peaks` are those of the slice whose pixels are asked for.

    NaN where a pixel holds no sample; None when the image of a ramp does not hold the ramp's levels, because pixels
    hold mixtures of samples.
    """
    import numpy as np

    from ecg_synth.codec import EcgImageCodec

    if codec.domain.name != "time":
        return None
    # Codecs whose images have NULL pixels keep level 0 for them.
    lowest = getattr(codec.standardization, "a", 0)
    levels_of_ramp = {"name": "minmax", "lower": [0], "upper": [1], **({"a": lowest} if lowest else {})}
    config = {key: codec.get_config()[key] for key in ("arrangement", "length", "fs", "image_shape", "r_peak_at")}
    ruler = EcgImageCodec.from_config({**config, "leads": ["i"], "standardization": levels_of_ramp})
    ramp = np.linspace(0, 1, codec.length)[None, :, None]
    levels, image = (
        ruler.standardization.encode(ramp).levels,
        ruler.encode_slices(ramp, [np.array(r_peaks, np.int64)]).images[0, ..., 0],
    )
    holds = image >= lowest
    if not np.array_equal(np.sort(image[holds]), np.sort(levels, axis=None)):
        return None
    return np.where(holds, (image - float(lowest)) / (255 - lowest), np.nan)


def _draw_statistics(prepared: Prepared, split: str, out: str) -> None:
    import numpy as np

    from ecg_synth.codec.histogram import BIN_MV, LIMIT_MV, AmplitudeHistogram
    from ecg_synth.codec.standardize import Adapted
    from ecg_synth.data.decoded import iter_decoded
    from ecg_synth.plots_statistics import statistics_figure

    names, leads = prepared.class_names, prepared.codec.leads
    histogram = AmplitudeHistogram(len(leads))
    minima: list[np.ndarray] = []
    counts: dict[str, dict[str, int]] = {}
    for part in prepared.splits:
        labels: list[np.ndarray] = []
        for batch in bar(f"Reading {part}", "batch")(iter_decoded(prepared, part)):
            labels.append(batch.labels)
            if part == split:
                histogram.add(batch.signal_mv)
                minima.append(batch.signal_mv.min(axis=1))
        counts[part] = _count(names, np.concatenate(labels))
    print(
        table(("class", *counts), ((name, *(of[name] for of in counts.values())) for name in _classes(names, counts)))
    )
    values = np.stack([histogram.quantile(q) for q in QUANTILES], axis=1)
    header = (f"mV, split {split}", *(f"{q:.0%}" for q in QUANTILES))
    print(table(header, ((lead, *(f"{x:.3f}" for x in row)) for lead, row in zip(leads, values, strict=True))))
    print(table(("split", "slices", "saturated", "share"), _saturated(prepared)))
    lowest = np.median(np.concatenate(minima), axis=0)
    range_mv = getattr(prepared.codec.standardization, "range_mv", Adapted().range_mv)
    statistics_figure(
        {part: {name: of[name] for name in _classes(names, counts)} for part, of in counts.items()},
        np.arange(histogram.counts.shape[1]) * BIN_MV - LIMIT_MV,
        histogram.counts,
        values[:, [0, -1]],
        np.stack([lowest, lowest + range_mv], axis=1),
        leads,
        out,
        f"{prepared.name} ({prepared.origin}): classes by split, and amplitudes of the split {split}",
    )


def _class(names: tuple[str, ...], label: int) -> str:
    return names[label] if label >= 0 else "unknown"


def _count(names: tuple[str, ...], labels: np.ndarray) -> dict[str, int]:
    return {name: int((labels == label).sum()) for label, name in [*enumerate(names), (-1, "unknown")]}


def _classes(names: tuple[str, ...], counts: dict[str, dict[str, int]]) -> list[str]:
    """The classes, and 'unknown' where there is such a slice."""
    return [*names, *(["unknown"] if any(of["unknown"] for of in counts.values()) else [])]


def _saturated(prepared: Prepared) -> Iterable[tuple[Any, ...]]:
    for part, report in prepared.metadata.get("report", {}).items():
        yield part, report["total"], report["saturated"], f"{report['saturated'] / max(1, report['total']):.1%}"
