"""How far clinical features of synthetic slices are from those of real ones, in the features' own units."""

from __future__ import annotations

import numpy as np

from ecg_synth.metrics.clinical import COLUMN, FEATURES
from ecg_synth.metrics.divergence import jensen_shannon
from ecg_synth.metrics.impossible import impossible_in
from ecg_synth.metrics.judged import View
from ecg_synth.metrics.metric import metric

# Of fewer measured values no distance is given.
LEAST_VALUES = 10
# Name of a headline and the feature that it is about.
HEADLINES = ("heart_rate", "rmssd", "pr", "qrs", "qt", "r_mv", "t_mv")
RR_EDGES_MS = np.arange(200, 2001, 100.0)


def column(view: View, name: str) -> np.ndarray:
    """Returns one clinical feature of every slice, float64 (n,), NaN where it is missing."""
    return view.features("clinical")[:, COLUMN[name]]


def measured(values: np.ndarray) -> np.ndarray:
    """Returns the values that are there."""
    return values[np.isfinite(values)]


def wasserstein(left: np.ndarray, right: np.ndarray) -> float:
    """Returns the Wasserstein-1 distance of two samples in their unit, NaN of fewer than 10 values."""
    from scipy.stats import wasserstein_distance

    left, right = measured(left), measured(right)
    return float(wasserstein_distance(left, right)) if min(len(left), len(right)) >= LEAST_VALUES else float("nan")


def kolmogorov_smirnov(left: np.ndarray, right: np.ndarray) -> float:
    """Returns the largest distance of two empirical distribution functions, NaN of fewer than 10 values."""
    from scipy.stats import ks_2samp

    left, right = measured(left), measured(right)
    return (
        float(ks_2samp(left, right, method="asymp").statistic)
        if min(len(left), len(right)) >= LEAST_VALUES
        else float("nan")
    )


def rr_jensen_shannon(left: np.ndarray, right: np.ndarray) -> float:
    """Returns the Jensen-Shannon divergence of two histograms of RR intervals.

    Args:
        left: Heart rates a minute; histograms have bins of 100 ms from 200 to 2,000 ms, beyond which values are cut.
        right: The same.

    Returns:
        From 0, the same, to 1, nothing in common (base 2); NaN of fewer than 10 values.
    """
    left, right = measured(left), measured(right)
    if min(len(left), len(right)) < LEAST_VALUES:
        return float("nan")
    first, last = RR_EDGES_MS[[0, -1]]
    counts = [np.histogram(np.clip(60_000 / rates, first, last), RR_EDGES_MS)[0] for rates in (left, right)]
    return jensen_shannon(counts[0][None], counts[1][None])


def _register(name: str) -> None:
    feature = FEATURES[COLUMN[name]]

    @metric(
        f"clinic_{name}",
        f"{feature.title}, Wasserstein distance",
        "clinic",
        "lower",
        "integral of |F real - F synthetic| (scipy); NeuroKit2, XQRS and slope, see docs/clinic.md",
        unit=feature.unit,
    )
    def _distance(reference: View, candidate: View) -> float:
        return wasserstein(column(reference, name), column(candidate, name))


for _name in HEADLINES:
    _register(_name)


@metric(
    "clinic_rr",
    "RR intervals, Jensen-Shannon divergence",
    "clinic",
    "lower",
    "Jensen-Shannon divergence, base 2, of histograms of a slice's median RR, bins of 100 ms (scipy)",
    bounds=(0.0, 1.0),
)
def _rr(reference: View, candidate: View) -> float:
    return rr_jensen_shannon(column(reference, "heart_rate"), column(candidate, "heart_rate"))


@metric(
    "clinic_no_beat",
    "share of slices without a beat",
    "clinic",
    "lower",
    "share of the candidate's slices in which XQRS finds no beat",
    bounds=(0.0, 1.0),
)
def _no_beat(reference: View, candidate: View) -> float:
    return float((column(candidate, "beats") == 0).mean())


def _missing_gap(reference: View, candidate: View, name: str) -> float:
    shares = [measured(column(view, name)) for view in (reference, candidate)]
    return abs(float(shares[0].mean() - shares[1].mean())) if all(map(len, shares)) else float("nan")


for _wave in ("P", "T"):

    @metric(
        f"clinic_missing_{_wave.lower()}",
        f"beats without a {_wave} wave, difference of the shares",
        "clinic",
        "lower",
        f"|share of beats without a {_wave} wave, real - synthetic|, NeuroKit2's delineation",
        bounds=(0.0, 1.0),
    )
    def _missing(reference: View, candidate: View, name: str = f"missing_{_wave.lower()}") -> float:
        return _missing_gap(reference, candidate, name)


@metric(
    "clinic_impossible",
    "share of physiologically impossible slices",
    "clinic",
    "lower",
    "share of the candidate's slices that break a limit of metrics/impossible.py",
    bounds=(0.0, 1.0),
)
def _impossible(reference: View, candidate: View) -> float:
    return len({one.index for one in impossible_in(candidate)}) / len(candidate)
