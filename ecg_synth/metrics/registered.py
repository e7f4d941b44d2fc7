"""Imports every module that registers a metric, an extractor or a section: one line each."""

from ecg_synth.metrics import pictures, spectra  # noqa: F401
