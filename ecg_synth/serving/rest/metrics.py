"""What Prometheus is told."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counters of one server; a registry of its own, so that two servers in a process do not add up."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        of = self.registry
        self.requests = Counter("ecg_synth_requests", "Requests answered.", ("route", "status"), registry=of)
        self.seconds = Histogram(
            "ecg_synth_request_seconds",
            "From a request's first byte to its answer's last.",
            ("route",),
            buckets=SECONDS,
            registry=of,
        )
        self.slices = Counter("ecg_synth_slices", "Slices in the answers of predictions.", registry=of)
        self.pending = Gauge("ecg_synth_pending_requests", "Predictions taken in and not yet answered.", registry=of)
        self.version = Gauge("ecg_synth_model_version", "The version that serves; 0 before the first.", registry=of)
        self.loads = Counter("ecg_synth_model_loads", "Versions loaded, or not.", ("result",), registry=of)

    def loaded(self, succeeded: bool) -> None:
        """Counts an attempt to load a version."""
        self.loads.labels("success" if succeeded else "failure").inc()

    def text(self, version: int | None) -> bytes:
        """Returns all figures in Prometheus's text format."""
        self.version.set(version or 0)
        return generate_latest(self.registry)
