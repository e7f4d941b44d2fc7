"""Storing only the independent leads: of the six limb leads two are enough, the other four are computed from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ecg_synth.errors import InputError
from ecg_synth.signals.leads import LIMB, derive_limb_leads

SOURCES = ("i", "ii")
DERIVED = tuple(lead for lead in LIMB if lead not in SOURCES)


def independent_leads(leads: Sequence[str]) -> tuple[str, ...]:
    """Returns the leads that must be stored so that all of `leads` can be given back, in their order.

    Args:
        leads: Names in the normal spelling, for example the 12 standard leads: 8 of them are independent.

    Raises:
        InputError: A lead derived from I and II is asked for, and one of the two is not.
    """
    derived = [lead for lead in leads if lead in DERIVED]
    missing = [lead for lead in SOURCES if lead not in leads]
    if derived and missing:
        raise InputError(
            f"With independent=True, {', '.join(derived)} are computed from i and ii, so both must be among the leads. "
            f"Received: leads={tuple(leads)!r}. Add {' and '.join(missing)}, or store every lead with "
            f"independent=False."
        )
    return tuple(lead for lead in leads if lead not in DERIVED)


def restore_leads(signals: Iterable[Any], stored: Sequence[str], leads: Sequence[str]) -> list[Any]:
    """Computes the derived leads, by the same operations in the same order for NumPy arrays and TensorFlow tensors.

    III = II - I then holds to the bit, and so do Goldberger's equations.

    Args:
        signals: One float32 (slices, length) in mV for each stored lead, absolute or centered.
        stored: Their names.
        leads: The leads wanted.

    Returns:
        One (slices, length) in mV for each of `leads`, in their order.
    """
    by_lead = dict(zip(stored, signals, strict=True))
    derived = derive_limb_leads(by_lead["i"], by_lead["ii"]) if set(SOURCES) <= set(stored) else {}
    return [by_lead[lead] if lead in by_lead else derived[lead] for lead in leads]
