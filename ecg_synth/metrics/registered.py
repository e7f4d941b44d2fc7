"""Imports every module that registers a metric, an extractor or a section: one line each."""

from ecg_synth.metrics import (
    clinic_section,  # noqa: F401
    clinical_metrics,  # noqa: F401
    lead_identities,  # noqa: F401
    pictures,  # noqa: F401
    rocket,  # noqa: F401
    rules_section,  # noqa: F401
    spectra,  # noqa: F401
    use_section,  # noqa: F401
)
