"""How WFDB holds decoded slices without rounding them further."""

from __future__ import annotations

from ecg_synth.codec.standardization import Standardization


def adc_gain(standardization: Standardization, computes_leads: bool) -> float:
    """Returns the units per mV at which WFDB of `wfdb_format` holds a decoded generated slice.

    Decoded values of the adapted range, centered at their median, are multiples of half a level, and Goldberger's
    leads, where they are computed, of a quarter. Other standardizations have no such step: what 8-bit images decode to
    is rounded to PTB's half a microvolt, 16-bit ones to a nanovolt.
    """
    range_mv = getattr(standardization, "range_mv", None)
    if not range_mv:
        return 2000.0 if standardization.bits == 8 else 1e6
    return (4 if computes_leads else 2) * standardization.steps / range_mv


def wfdb_format(bits: int) -> str:
    """Returns WFDB's format 16 for 8-bit images, and 32 for 16-bit ones: 16 bits would end at 0.6 mV at their gain."""
    return "16" if bits == 8 else "32"
