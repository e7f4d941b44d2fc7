"""Imports every module that registers a metric, an extractor or a section: one line each."""

from ecg_synth.metrics import clinic_section  # noqa: F401
from ecg_synth.metrics import clinical_metrics  # noqa: F401
from ecg_synth.metrics import lead_identities  # noqa: F401
from ecg_synth.metrics import rules_section  # noqa: F401
from ecg_synth.metrics import spectra  # noqa: F401
