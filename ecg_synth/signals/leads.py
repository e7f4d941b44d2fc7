"""Lead names, lead sets, and the identities that tie leads together.

Names are lower case as in PTB's headers; `normalize_lead` maps the spellings of other databases to them.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ecg_synth.errors import unknown_name

LIMB = ("i", "ii", "iii", "avr", "avl", "avf")
CHEST = ("v1", "v2", "v3", "v4", "v5", "v6")
STANDARD_12 = LIMB + CHEST
FRANK = ("vx", "vy", "vz")
PTB_15 = STANDARD_12 + FRANK

LEAD_SETS: dict[str, tuple[str, ...]] = {
    "limb": LIMB,
    "chest": CHEST,
    "standard12": STANDARD_12,
    "frank": FRANK,
    "ptb15": PTB_15,
}


def normalize_lead(name: str) -> str:
    """Returns the PTB spelling of a lead name: `"AVR"`, `"aVR"` and `"lead avr"` are all `"avr"`."""
    return name.strip().lower().removeprefix("lead").strip(" _-")


def check_leads(leads: Iterable[str], available: Iterable[str], where: str = "") -> tuple[str, ...]:
    """Returns `leads` in their normal spelling when every one is in `available`.

    Args:
        leads: The leads asked for, in any known spelling.
        available: The leads that there are.
        where: Named in the error, for example the record.

    Raises:
        InputError: A lead is not available; the message lists those that are.
    """
    have = [normalize_lead(name) for name in available]
    wanted = tuple(normalize_lead(name) for name in leads)
    for lead in wanted:
        if lead not in have:
            raise unknown_name("lead", lead, have, where)
    return wanted


def derive_limb_leads(i: np.ndarray, ii: np.ndarray) -> dict[str, np.ndarray]:
    """Computes the six limb leads from leads I and II.

    Einthoven: III = II - I. Goldberger: aVR = -(I + II)/2, aVL = I - II/2, aVF = II - I/2.

    Args:
        i: Lead I in mV, any shape.
        ii: Lead II in mV, the same shape.

    Returns:
        A dict of the six limb leads in mV, in the order of `LIMB`.
    """
    return {
        "i": i,
        "ii": ii,
        "iii": ii - i,
        "avr": -(i + ii) / 2,
        "avl": i - ii / 2,
        "avf": ii - i / 2,
    }
