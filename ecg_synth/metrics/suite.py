"""All metrics of one candidate, each beside its floor, its ceiling and its interval."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ecg_synth.errors import InputError
from ecg_synth.metrics import registered  # noqa: F401 - fills METRICS
from ecg_synth.metrics.case import Judgement
from ecg_synth.metrics.interval import interval
from ecg_synth.metrics.metric import METRICS, Metric

REPLICATES = 100


def judge(
    judgement: Judgement,
    names: Sequence[str] | None = None,
    replicates: int = REPLICATES,
    progress: Callable[[Sequence[str]], Any] = list,
) -> dict[str, dict[str, Any]]:
    """Returns every metric's value, interval, floor and ceiling.

    Args:
        judgement: What is judged.
        names: Which metrics; None for all that the leads allow.
        replicates: Half-samples of each interval; 0 for none.
        progress: Wraps the list of names, to show how far it is.

    Returns:
        By name: `value`, `low`, `high`, `floor`, `floor_low`, `floor_high`, `ceiling`, `ceiling_is`, `seconds`, and the
        metric's `title`, `kind`, `better`, `bounds`, `unit` and `source`.

    Raises:
        InputError: There is no such metric, or it needs more leads.
    """
    leads = judgement.case.reference.leads
    chosen = list(names) if names is not None else [name for name, m in METRICS.items() if m.works_on(leads)]
    for name in chosen:
        if not METRICS[name].works_on(leads):
            named = METRICS[name].needs_leads
            needed = f"the leads {', '.join(named)}" if named else f"{METRICS[name].min_leads} leads"
            raise InputError(f"The metric {name!r} needs {needed}. Received: leads={leads!r}.")
    return {name: _one(METRICS[name], judgement, replicates) for name in progress(chosen)}


def _one(metric: Metric, judgement: Judgement, replicates: int) -> dict[str, Any]:
    start = time.perf_counter()
    reference = judgement.reference.view()
    found: dict[str, Any] = {}
    for prefix, judged in (("", judgement.candidate), ("floor_", judgement.floor)):
        view = judged.view()
        value, low, high = metric(reference, view), float("nan"), float("nan")
        if metric.bootstrap and replicates and np.isfinite(value):
            low, high = interval(metric, reference, view, value, metric.bounds, replicates, judgement.seed)
        found |= {prefix.rstrip("_") or "value": value, f"{prefix}low": low, f"{prefix}high": high}
    found["ceiling"] = metric(reference, judgement.broken(metric.ceiling).view())
    return {
        **found,
        "ceiling_is": metric.ceiling,
        "seconds": time.perf_counter() - start,
        "title": metric.title,
        "kind": metric.kind,
        "better": metric.better,
        "bounds": metric.bounds,
        "unit": metric.unit,
        "source": metric.source,
    }
