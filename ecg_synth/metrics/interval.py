"""Intervals by half-samples: how much a metric would differ with other patients and other draws.

A bootstrap draws with replacement, and a slice drawn twice is its own nearest neighbor. Half of the groups, drawn
without replacement, hold nothing twice, and the spread of a mean over half-samples is that of the mean over all:
sigma^2 / m (1 - m / n) = sigma^2 / n for m = n / 2 (McCarthy, Rev. Int. Statist. Inst. 37, 1969; Politis and Romano,
Ann. Statist. 22, 1994). What half as many slices add to a metric itself, a Frechet distance grows by it, is taken off
with the mean.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ecg_synth.metrics.judged import View

SHARE = 0.95


def half(view: View, stream: np.random.Generator) -> View:
    """Returns the slices of half of the groups; of fewer than 4 groups, half of the slices."""
    groups, number = np.unique(view.groups, return_inverse=True)
    if len(groups) < 4:
        return view.take(np.sort(stream.choice(len(view), max(1, len(view) // 2), replace=False)))
    chosen = stream.choice(len(groups), len(groups) // 2, replace=False)
    return view.take(np.isin(number, chosen))


def interval(
    function: Callable[[View, View], float],
    reference: View,
    candidate: View,
    value: float,
    bounds: tuple[float, float],
    replicates: int,
    seed: int,
) -> tuple[float, float]:
    """Returns the 95 % interval of `value`, `function(reference, candidate)`.

    Args:
        function: The metric.
        reference: Real slices; halves keep each patient together.
        candidate: The slices that are judged, halved too.
        value: The metric of all of them.
        bounds: The metric's own; the interval is cut to them.
        replicates: Half-samples to draw.
        seed: Seed of the draws.

    Returns:
        Lower and upper end; NaN where the metric of more than half of the half-samples is NaN.
    """
    stream = np.random.default_rng(seed)
    drawn = np.array([function(half(reference, stream), half(candidate, stream)) for _ in range(replicates)])
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) <= replicates // 2:
        return float("nan"), float("nan")
    tail = (1 - SHARE) / 2
    low, high = value + np.quantile(drawn - drawn.mean(), [tail, 1 - tail])
    return float(np.clip(low, *bounds)), float(np.clip(high, *bounds))
