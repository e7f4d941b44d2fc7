"""Settings of the digitizer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DigitizeConfig:
    """How a picture is read back into millivolts.

    Attributes:
        fs: Samples a second of what is written.
        mm_per_s: Paper speed; no picture says it but in print, which is not read.
        mm_per_mv: Gain; 0 takes what the calibration pulse says, and 10 where there is none.
        dpi: Resolution of a scan without a grid; 0 finds it by the calibration pulses. A grid tells it itself.
        turned: Where the names of leads are not found, try the page upside down and on its sides.
        einthoven: Make simultaneous limb leads agree with Einthoven's and Goldberger's laws, where they nearly do.
        weights: File of 'ecg-synth fit-digitizer'; empty for the weights that the package brings.
    """

    fs: float = 500.0
    mm_per_s: float = 25.0
    mm_per_mv: float = 0.0
    dpi: float = 0.0
    turned: bool = True
    einthoven: bool = False
    weights: str = ""
