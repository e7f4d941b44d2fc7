"""Splits by patient: two slices of one patient never stand on two sides."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ecg_synth.config import SplitConfig
from ecg_synth.errors import InputError, check_seed

SPLITS = ("train", "validation", "test")


def split_patients(diagnosis_of_patient: Mapping[str, str], config: SplitConfig) -> dict[str, tuple[str, ...]]:
    """Draws which patients belong to which split, stratified by class.

    Within each class the patients are shuffled by the seed; then, class after class, each patient goes to the split
    that is furthest behind its share. So every class is divided as nearly as whole patients allow. With three
    patients or more no split with a positive share is empty.

    Args:
        diagnosis_of_patient: Class name by patient.
        config: Shares and seed.

    Returns:
        The patients of each split, sorted; a split without patients has an empty tuple.

    Raises:
        InputError: The shares are negative or do not sum to 1, there is no patient, or the seed is out of range.
    """
    shares = np.array([config.train, config.validation, config.test])
    if (shares < 0).any() or abs(shares.sum() - 1) > 1e-9:
        raise InputError(
            f"The shares of the splits must be at least 0 and sum to 1. "
            f"Received: train={config.train}, validation={config.validation}, test={config.test}."
        )
    if not diagnosis_of_patient:
        raise InputError("There is no patient to split. Received: 0 patients.")
    rng = np.random.default_rng(check_seed(config.seed))
    members: list[list[str]] = [[], [], []]
    served = 0
    for diagnosis in sorted(set(diagnosis_of_patient.values())):
        patients = sorted(name for name, found in diagnosis_of_patient.items() if found == diagnosis)
        for index in rng.permutation(len(patients)):
            served += 1
            behind = shares * served - [len(group) for group in members]
            members[int(np.argmax(behind))].append(patients[index])
    _fill_empty(members, shares)
    return {split: tuple(sorted(group)) for split, group in zip(SPLITS, members, strict=True)}


def _fill_empty(members: list[list[str]], shares: np.ndarray) -> None:
    for index in np.flatnonzero(shares > 0):
        largest = max(members, key=len)
        if not members[index] and len(largest) > 1:
            members[index].append(largest.pop())
