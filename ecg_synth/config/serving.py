"""Settings of the REST server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ServeConfig:
    """Where a server listens and what it lets a request ask for.

    Memory stays below about `threads * max_count * (what a slice takes) + max_pending * max_body_mb`: a slice of one
    lead and 2025 samples takes about 80 kB as arrays and as JSON together.

    Attributes:
        host: Address to listen on; 0.0.0.0 for all of the machine's.
        port: Port to listen on; 0 for any that is free.
        name: Name of the model in the paths.
        max_count: Slices that one request may ask for or send.
        max_body_mb: Megabytes that a request's body may have.
        timeout: Seconds from a request's first byte to the last of its answer.
        threads: Requests computed at the same time.
        max_pending: Requests taken in at the same time, waiting ones included; more are answered 503.
        poll: Seconds between two looks at the folder for a new version.
        grace: Seconds that requests have to finish after SIGTERM.
    """

    host: str = "127.0.0.1"
    port: int = 8501
    name: str = "ecg_synth"
    max_count: int = 1000
    max_body_mb: float = 8.0
    timeout: float = 60.0
    threads: int = 2
    max_pending: int = 128
    poll: float = 1.0
    grace: float = 30.0
