"""Correlation and mutual information between leads."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ecg_synth.metrics.extractors import EXTRACTORS
from ecg_synth.metrics.judged import View
from ecg_synth.metrics.metric import metric
from ecg_synth.metrics.signal_set import SignalSet

BINS = 8


def lead_correlations(signal_mv: np.ndarray) -> np.ndarray:
    """Returns Pearson's correlation of every two leads of every slice, -1 to 1; 0 where a lead is flat.

    Args:
        signal_mv: `(n, length, leads)` in mV.

    Returns:
        float64 `(n, pairs)`.
    """
    centered = signal_mv - signal_mv.mean(axis=1, keepdims=True, dtype=np.float64)
    norms = np.linalg.norm(centered, axis=1, keepdims=True)
    unit = np.divide(centered, norms, out=np.zeros_like(centered), where=norms > 0)
    pairs = _pairs(unit.shape[2])
    found = np.empty((len(unit), len(pairs)))
    for number, (a, b) in enumerate(pairs):
        found[:, number] = (unit[..., a] * unit[..., b]).sum(axis=1)
    return found


def lead_information(signal_mv: np.ndarray) -> np.ndarray:
    """Returns the mutual information of every two leads of every slice in nats, from 0 to ln 8.

    sum p(a, b) ln(p(a, b) / p(a) p(b)) over 8 x 8 bins, each lead's bins holding as many of its slice's samples: what
    leads share, whatever their gains.

    Args:
        signal_mv: `(n, length, leads)` in mV.

    Returns:
        float64 `(n, pairs)`.
    """
    count, length, leads = signal_mv.shape
    order = np.argsort(signal_mv, axis=1, kind="stable")
    bins = np.empty(signal_mv.shape, np.int64)
    np.put_along_axis(bins, order, (np.arange(length) * BINS // length)[None, :, None], axis=1)
    share = np.bincount(np.arange(length) * BINS // length, minlength=BINS) / length
    expected = np.outer(share, share).ravel()
    start = BINS * BINS * np.arange(count)[:, None]
    pairs = _pairs(leads)
    found = np.empty((count, len(pairs)))
    for number, (a, b) in enumerate(pairs):
        joint = np.bincount((bins[..., a] * BINS + bins[..., b] + start).ravel(), minlength=BINS * BINS * count)
        p = joint.reshape(count, -1) / length
        ratio = np.divide(p, expected, out=np.ones_like(p), where=(p > 0) & (expected > 0))
        found[:, number] = (p * np.log(ratio)).sum(axis=1)
    return found


def _pairs(leads: int) -> list[tuple[int, int]]:
    return list(combinations(range(leads), 2))


class CorrelationExtractor:
    """`lead_correlations` as features; nothing to fit."""

    name = "lead_correlations"

    def __call__(self, signals: SignalSet) -> np.ndarray:
        """Returns `lead_correlations` of the slices."""
        return lead_correlations(signals.signal_mv)


class InformationExtractor:
    """`lead_information` as features; nothing to fit."""

    name = "lead_information"

    def __call__(self, signals: SignalSet) -> np.ndarray:
        """Returns `lead_information` of the slices."""
        return lead_information(signals.signal_mv)


@EXTRACTORS.register("lead_correlations")
def _lead_correlations(train: SignalSet, seed: int) -> CorrelationExtractor:
    return CorrelationExtractor()


@EXTRACTORS.register("lead_information")
def _lead_information(train: SignalSet, seed: int) -> InformationExtractor:
    return InformationExtractor()


def mean_difference(features: np.ndarray, other: np.ndarray) -> float:
    """Returns the mean over features of |mean of one set - mean of the other|; from 0, lower is nearer, symmetric.

    Args:
        features: `(n, d)`.
        other: `(m, d)`.
    """
    return float(np.abs(features.mean(axis=0) - other.mean(axis=0)).mean())


@metric(
    "lead_correlation",
    "error of the correlation between leads",
    "leads",
    "lower",
    "mean over pairs of leads of |mean Pearson r, real - synthetic|",
    (0.0, 2.0),
    min_leads=2,
)
def _correlation(reference: View, candidate: View) -> float:
    return mean_difference(reference.features("lead_correlations"), candidate.features("lead_correlations"))


@metric(
    "lead_information",
    "error of the mutual information between leads",
    "leads",
    "lower",
    "mean over pairs of leads of |mean mutual information, real - synthetic|",
    (0.0, float(np.log(BINS))),
    unit="nat",
    min_leads=2,
)
def _information(reference: View, candidate: View) -> float:
    return mean_difference(reference.features("lead_information"), candidate.features("lead_information"))
