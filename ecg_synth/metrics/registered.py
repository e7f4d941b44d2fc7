"""Imports every module that registers a metric, an extractor or a section: one line each."""

from ecg_synth.metrics import spectra  # noqa: F401
