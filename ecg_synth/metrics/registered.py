"""Imports every module that registers a metric, an extractor or a section: one line each."""

from ecg_synth.metrics import (
    clinic_section,  # noqa: F401
    clinical_metrics,  # noqa: F401
    discrepancy,  # noqa: F401
    divergence,  # noqa: F401
    frechet,  # noqa: F401
    giveaway,  # noqa: F401
    inception,  # noqa: F401
    lead_identities,  # noqa: F401
    lead_pairs,  # noqa: F401
    nearest,  # noqa: F401
    neighbors,  # noqa: F401
    pictures,  # noqa: F401
    power,  # noqa: F401
    rules_section,  # noqa: F401
    spectra,  # noqa: F401
    two_sample,  # noqa: F401
    use_section,  # noqa: F401
    warping,  # noqa: F401
)
