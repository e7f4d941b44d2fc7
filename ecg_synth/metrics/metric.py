"""What a metric is, and the table of all of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ecg_synth.errors import check_choice
from ecg_synth.metrics.judged import View
from ecg_synth.registry import Registry

BETTER = ("lower", "higher")
KINDS = ("fidelity", "variety", "leads", "clinic", "paired")


@dataclass(frozen=True)
class Metric:
    """A number that compares candidate slices with real ones, and what a reader must know of it.

    Attributes:
        name: Its key in `metrics.json`.
        title: What it is called in the report.
        kind: `"fidelity"`, `"variety"`, `"leads"`, `"clinic"`, or `"paired"`: distances of a synthetic slice to a real
            one, on which a set of copies scores best.
        better: `"lower"` or `"higher"`.
        bounds: Smallest and largest value that it can have.
        source: The paper or the library.
        function: (reference, candidate) -> the number.
        unit: Unit, empty where it has none.
        ceiling: The fault, a name in `FAULTS`, whose value stands beside it as what bad looks like.
        bootstrap: Whether an interval is worked out by drawing half of the slices again and again.
        min_leads: Leads that it needs.
        needs_leads: Names of leads that it needs.
    """

    name: str
    title: str
    kind: str
    better: str
    bounds: tuple[float, float]
    source: str
    function: Callable[[View, View], float]
    unit: str = ""
    ceiling: str = "noise"
    bootstrap: bool = True
    min_leads: int = 1
    needs_leads: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_choice("better", self.better, BETTER)
        check_choice("kind", self.kind, KINDS)

    def __call__(self, reference: View, candidate: View) -> float:
        """Returns the metric of `candidate` against `reference`."""
        return float(self.function(reference, candidate))

    def works_on(self, leads: tuple[str, ...]) -> bool:
        """Returns whether slices with these leads have what it needs."""
        return self.min_leads <= len(leads) and set(self.needs_leads) <= set(leads)


METRICS: Registry[Metric] = Registry("metric")


def metric(
    name: str,
    title: str,
    kind: str,
    better: str,
    source: str,
    bounds: tuple[float, float] = (0.0, math.inf),
    unit: str = "",
    ceiling: str = "noise",
    bootstrap: bool = True,
    min_leads: int = 1,
    needs_leads: tuple[str, ...] = (),
) -> Callable[[Callable[[View, View], float]], Callable[[View, View], float]]:
    """Returns a decorator that registers a function (reference, candidate) -> number; see `Metric`."""

    def add(function: Callable[[View, View], float]) -> Callable[[View, View], float]:
        made = Metric(
            name, title, kind, better, bounds, source, function, unit, ceiling, bootstrap, min_leads, needs_leads
        )
        METRICS.register(name)(made)
        return function

    return add
