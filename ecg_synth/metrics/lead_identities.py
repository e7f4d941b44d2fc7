"""Whether the limb leads are what Einthoven and Goldberger say of each other: III = II - I and its kin, in mV."""

from __future__ import annotations

import numpy as np

from ecg_synth.metrics.extractors import EXTRACTORS
from ecg_synth.metrics.judged import View
from ecg_synth.metrics.metric import metric
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.signals.leads import derive_limb_leads

EINTHOVEN = ("iii",)
CHUNK = 256
GOLDBERGER = ("avr", "avl", "avf")


def identity_residuals(signal_mv: np.ndarray, leads: tuple[str, ...], derived: tuple[str, ...]) -> np.ndarray:
    """Returns by how much leads differ from what leads I and II make of them.

    mean over samples and leads of |lead - derived - median(lead - derived)|: each lead's level is its own choice.

    Args:
        signal_mv: (n, length, leads) in mV.
        leads: Names of the leads; I, II and `derived` are among them.
        derived: Which leads are held to I and II.

    Returns:
        float64 (n,) in mV.
    """
    by_name = {lead: signal_mv[:, :, number].astype(np.float64) for number, lead in enumerate(leads)}
    expected = derive_limb_leads(by_name["i"], by_name["ii"])
    residuals = np.stack([by_name[lead] - expected[lead] for lead in derived], axis=2)
    residuals -= np.median(residuals, axis=1, keepdims=True)
    return np.abs(residuals).mean(axis=(1, 2))


class IdentityExtractor:
    """Einthoven's and Goldberger's residual of each slice in mV, NaN where leads are lacking; nothing to fit."""

    name = "lead_identities"

    def __call__(self, signals: SignalSet) -> np.ndarray:
        """Returns float64 (n, 2)."""
        found = np.full((len(signals), 2), np.nan)
        for column, derived in enumerate((EINTHOVEN, GOLDBERGER)):
            if {"i", "ii", *derived} <= set(signals.leads):
                # Float64 copies of a few slices at a time.
                for start in range(0, len(signals), CHUNK):
                    some = slice(start, start + CHUNK)
                    found[some, column] = identity_residuals(signals.signal_mv[some], signals.leads, derived)
        return found


@EXTRACTORS.register("lead_identities")
def _identities(train: SignalSet, seed: int) -> IdentityExtractor:
    return IdentityExtractor()


@metric(
    "einthoven_mv",
    "Einthoven residual, III - (II - I)",
    "leads",
    "lower",
    "mean |III - (II - I)| of the candidate, medians removed; Einthoven 1908",
    unit="mV",
    needs_leads=("i", "ii", *EINTHOVEN),
)
def _einthoven(reference: View, candidate: View) -> float:
    return float(candidate.features("lead_identities")[:, 0].mean())


@metric(
    "goldberger_mv",
    "Goldberger residual, aVR, aVL and aVF",
    "leads",
    "lower",
    "mean |aVR + (I + II)/2|, |aVL - I + II/2| and |aVF - II + I/2| of the candidate, medians removed; Goldberger 1942",
    unit="mV",
    needs_leads=("i", "ii", *GOLDBERGER),
)
def _goldberger(reference: View, candidate: View) -> float:
    return float(candidate.features("lead_identities")[:, 1].mean())
