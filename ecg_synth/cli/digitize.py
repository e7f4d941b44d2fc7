"""`ecg-synth digitize`."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar

import tyro

from ecg_synth.cli.show import table
from ecg_synth.config import DigitizeConfig
from ecg_synth.errors import InputError


@dataclass(frozen=True)
class Digitize:
    """Read pictures of ECGs on millimetre paper back into millivolts: WFDB records, what was found, and overlays.

    Nothing is told but the picture; of a scan without a grid --dpi tells the scale, where its calibration pulses do
    not. Writes NAME.hea and .dat (NaN where nothing could be read), NAME.json (confidence of every lead, what was
    assumed) and NAME_overlay.png, to be looked at. Not for clinical use.

    Attributes:
        images: Pictures: PNG, JPEG, TIFF.
        out: Folder for the files; it is made.
        overwrite: Replace what was written for a picture of the same name.
        settings: How they are read.
    """

    images: Annotated[tuple[str, ...], tyro.conf.Positional]
    out: str
    overwrite: bool = False
    settings: DigitizeConfig = field(default_factory=DigitizeConfig)

    needs_tensorflow: ClassVar[bool] = True

    def run(self) -> None:
        """Reads one after the other; a picture that cannot be read does not keep the others from it."""
        from ecg_synth.digitizing.digitize import digitize
        from ecg_synth.digitizing.write import read_picture, record_name, scale_is, write_digitized
        from ecg_synth.files import check_writable

        if not self.images:
            raise InputError("There must be at least one picture. Received: images=(). Name the files to read.")
        names = [record_name(image) for image in self.images]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(
                f"Records are named after their pictures, so no two may have one name. Received: {', '.join(twice)}. "
                f"Rename one, or write to another folder."
            )
        there = [name for name in names if (Path(self.out) / f"{name}.json").exists()]
        if there and not self.overwrite:
            raise InputError(
                f"The output folder holds records of these names, and nothing was changed. Received: "
                f"out={self.out!r} with {', '.join(there[:3])}. Choose another folder, or pass --overwrite."
            )
        check_writable(Path(self.out) / names[0])
        rows, failed = [], 0
        for image in self.images:
            try:
                picture, origin = read_picture(image)
                read = digitize(picture, self.settings)
            except InputError as error:
                if len(self.images) == 1:
                    raise
                failed += 1
                print(f"{image}: {error}", file=sys.stderr)
                continue
            written = write_digitized(read, picture, Path(image).name, self.out, self.settings, origin)
            for lead, one in zip(read.layout.leads, read.readings, strict=True):
                share = float((one.signal_mv == one.signal_mv).mean()) if len(one.signal_mv) else 0.0
                seconds = f"{lead.start_s:.2f} to {lead.start_s + len(one.signal_mv) / read.fs:.2f}"
                rows.append((written.stem, lead.name, seconds, f"{share:.2f}", f"{one.confidence:.2f}"))
            known = "by its pulse" if read.layout.gain_known else "assumed"
            gain = "given" if self.settings.mm_per_mv else known
            print(
                f"{image}: {read.layout.name}, {read.layout.mm_per_mv:g} mm/mV ({gain}), "
                f"{read.layout.mm_per_s:g} mm/s (assumed), {read.grid.px_per_mm:.2f} px/mm "
                f"({scale_is(read, self.settings)}): {written}"
            )
        if rows:
            print(table(("record", "lead", "seconds", "read", "confidence"), rows))
        if failed:
            raise InputError(f"{failed} of {len(self.images)} pictures could not be read; why stands above.")
