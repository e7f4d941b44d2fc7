"""Prepared datasets, and the part of one that a model trains on."""

from ecg_synth.data.slice_set import ORIGINS, UNKNOWN_LABEL, SliceSet

__all__ = ["ORIGINS", "UNKNOWN_LABEL", "SliceSet"]
