"""Imports every module that registers a metric, an extractor or a section: one line each."""

from ecg_synth.metrics import (
    rocket,  # noqa: F401
    spectra,  # noqa: F401
    use_section,  # noqa: F401
)
