"""What encoding and decoding costs a signal: the round-trip error of every way to make levels, in microvolts.

    python benchmarks/codec_error.py               # real PTB-XL where ../shared has it, else simulated records
    python benchmarks/codec_error.py --records 20

Bounds, knots and scales are fitted on four fifths of the records; errors are measured on the rest, over every sample of
its leads i, ii and v2, decoded with the stored offset. "Within" are slices of which no value was cut to the range.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from machine import describe
from tabulate import tabulate

from ecg_synth.codec import COLORS, STANDARDIZATIONS, EcgImageCodec
from ecg_synth.config import SimulateConfig, SourceConfig
from ecg_synth.signals.simulate import write_simulated_database
from ecg_synth.signals.slicing import cut
from ecg_synth.sources.databases import open_source

LEADS = ("i", "ii", "v2")
PTBXL = Path(__file__).resolve().parents[2] / "shared" / "data" / "ptbxl"


def choices() -> Iterator[dict[str, str | int]]:
    """The combinations that make sense: every color of every standardization, and frequencies with fitted bounds."""
    for bits in (8, 16):
        for standardization in STANDARDIZATIONS:
            for color in COLORS:
                yield {"standardization": standardization, "color": color, "domain": "time", "bits": bits}
        for standardization in ("minmax", "equalized"):
            yield {"standardization": standardization, "color": "rgb", "domain": "dct", "bits": bits}


def slices_of(kind: str, folder: Path, records: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Slices of the first records, (slices, length, leads) in mV at 1000 Hz: those to fit on, and the others."""
    source = open_source(kind, folder, SourceConfig())
    entries = source.entries[:records]
    parts = [cut(source.read(entry, LEADS, 1000.0).p_signal, length).signal_mv for entry in entries]
    last = -(-len(parts) // 5)
    return np.concatenate(parts[:-last]), np.concatenate(parts[-last:])


def measure(choice: dict[str, str | int], fit_on: np.ndarray, test_on: np.ndarray) -> list[float]:
    """Median, 99 % and largest error within the range in uV, the share of slices cut in %, and their largest error."""
    codec = EcgImageCodec(LEADS, length=fit_on.shape[1], **choice).fit([fit_on])  # type: ignore[arg-type]
    images, offset, saturated = codec.encode_slices(test_on)
    error = np.abs(codec.decode(images, offset) - test_on) * 1000
    within, beyond = error[~saturated], error[saturated]
    quantiles = np.quantile(within, (0.5, 0.99, 1.0)).tolist() if within.size else 3 * [float("nan")]
    return [*quantiles, 100 * saturated.mean(), beyond.max() if beyond.size else float("nan")]


def main(argv: Sequence[str] | None = None) -> None:
    """Prints the round-trip error of each standardization, color space, domain and number of bits, in microvolts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=353, help="records to read")
    parser.add_argument("--length", type=int, default=2025)
    parser.add_argument("--simulated", action="store_true", help="simulated records even where real ones are there")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    print(describe(options.seed))
    if PTBXL.is_dir() and not options.simulated:
        print("records: PTB-XL (measured)")
        fit_on, test_on = slices_of("ptbxl", PTBXL, options.records, options.length)
    else:
        print("records: simulated")
        with tempfile.TemporaryDirectory() as folder:
            config = SimulateConfig(patients=options.records, duration=10.0, seed=options.seed)
            database = write_simulated_database(Path(folder) / "db", config)
            fit_on, test_on = slices_of("ptb", database, options.records, options.length)
    print(f"fitted on {len(fit_on)} slices, measured on {len(test_on)} of other records; leads {', '.join(LEADS)}")
    rows = [[*choice.values(), *measure(choice, fit_on, test_on)] for choice in choices()]
    header = ["standardization", "color", "domain", "bits", "median, uV", "99 %, uV", "largest, uV", "slices cut, %"]
    header.append("largest of those cut, uV")
    print(tabulate(rows, headers=header, floatfmt=("", "", "", "", ".3f", ".3f", ".3f", ".1f", ",.0f"), missingval="-"))


if __name__ == "__main__":
    main()
