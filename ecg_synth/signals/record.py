"""One recording in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from ecg_synth.errors import InputError
from ecg_synth.signals.leads import check_leads

Origin = Literal["measured", "simulated", "synthetic"]
SEXES = ("male", "female")


@dataclass(frozen=True, eq=False)
class EcgRecord:
    """One ECG recording in physical units, with WFDB's words for its fields.

    Attributes:
        record_name: Name within its database, without an extension, for example `"patient001/s0010_re"`.
        p_signal: float array (samples, leads) in mV; NaN where WFDB marks a sample invalid.
        fs: Sampling rate in Hz.
        sig_name: Lead names in PTB's spelling, one a column of `p_signal`.
        patient: Identifier of the patient; splits never separate two records of one patient.
        diagnosis: One of `diagnoses.DIAGNOSES`, or None when the record states none.
        age: Age in years, or None.
        sex: `"female"`, `"male"` or None.
        comments: The header's comment lines without the `#`.
        origin: `"measured"` on a patient, `"simulated"` by a model of the heart, `"synthetic"` from a trained network.
        missing_leads: Leads that the header lists but whose signal file is absent.
        resampled_from: The file's own rate in Hz when the signal was resampled, else None.
    """

    record_name: str
    p_signal: np.ndarray
    fs: float
    sig_name: tuple[str, ...]
    patient: str
    diagnosis: str | None = None
    age: float | None = None
    sex: str | None = None
    comments: tuple[str, ...] = ()
    origin: Origin = "measured"
    missing_leads: tuple[str, ...] = field(default=())
    resampled_from: float | None = None

    def __post_init__(self) -> None:
        if self.p_signal.ndim != 2 or self.p_signal.shape[1] != len(self.sig_name):
            raise InputError(
                f"p_signal must have the shape (samples, leads) with one column a lead. "
                f"Received: p_signal.shape={self.p_signal.shape}, sig_name={self.sig_name}."
            )
        if not self.fs > 0:
            raise InputError(f"The sampling rate must be positive. Received: fs={self.fs!r} Hz.")

    @property
    def units(self) -> str:
        """Physical unit of `p_signal`: always mV."""
        return "mV"

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.p_signal.shape[0] / self.fs

    def select(self, leads: tuple[str, ...] | list[str]) -> np.ndarray:
        """Returns the columns of `leads` in that order: (samples, len(leads)) in mV.

        Raises:
            InputError: A lead is not in this record.
        """
        wanted = check_leads(leads, self.sig_name, where=f"record {self.record_name}")
        return self.p_signal[:, [self.sig_name.index(lead) for lead in wanted]]
