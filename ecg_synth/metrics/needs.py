"""What a fitted extractor needs of the slices that it is given."""

from __future__ import annotations

from dataclasses import dataclass

from ecg_synth.errors import InputError
from ecg_synth.metrics.signal_set import SignalSet


@dataclass(frozen=True)
class Needs:
    """Leads, rate and length of the slices that an extractor was fitted on.

    Attributes:
        leads: Names of the leads, in their order.
        fs: Sampling rate in Hz.
        length: Samples a slice.
    """

    leads: tuple[str, ...]
    fs: float
    length: int

    @classmethod
    def of(cls, signals: SignalSet) -> Needs:
        """Returns what an extractor needs that was fitted on these slices."""
        return cls(signals.leads, float(signals.fs), signals.length)

    def check(self, signals: SignalSet, extractor: str) -> None:
        """Raises `InputError` when the slices are other than the extractor was fitted on."""
        received = Needs.of(signals)
        if received != self:
            raise InputError(
                f"The extractor {extractor!r} was fitted on slices of {self.length} samples at {self.fs:g} Hz, leads "
                f"{self.leads!r}, and can judge no others. Received: {received.length} samples at {received.fs:g} Hz, "
                f"leads {received.leads!r} in {signals.name!r}. Prepare them alike, or fit another one."
            )
