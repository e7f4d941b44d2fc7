"""Splits by patient: two slices of one patient never stand on two sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ecg_synth.config import FoldConfig, SplitConfig
from ecg_synth.errors import InputError, check_seed
from ecg_synth.sources.source import Entry

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


def split_folds(entries: Iterable[Entry], config: FoldConfig) -> dict[str, tuple[Entry, ...]]:
    """Divides records by the folds that they bring along, as PTB-XL's do.

    Args:
        entries: Records with their `fold`.
        config: Which folds make which split; folds in none of them are left out.

    Returns:
        The records of each split, in their order; a split none of whose folds is there has an empty tuple.

    Raises:
        InputError: A fold is not 1 to 10 or in two splits, there is no record to train on, or a patient is in two
            splits.
    """
    folds = dict(zip(SPLITS, (config.train_folds, config.validation_folds, config.test_folds), strict=True))
    split_of: dict[int, str] = {}
    for split, members in folds.items():
        for fold in members:
            if fold not in range(1, 11):
                raise InputError(f"A fold must be a number from 1 to 10. Received: {split}_folds={members}.")
            if split_of.setdefault(fold, split) != split:
                raise InputError(
                    f"A fold must be in one split only. Received: fold {fold} in {split_of[fold]}_folds and "
                    f"{split}_folds."
                )
    groups: dict[str, list[Entry]] = {split: [] for split in SPLITS}
    home: dict[str, Entry] = {}
    for entry in entries:
        target = split_of.get(entry.fold or 0)
        if target is None:
            continue
        first = home.setdefault(entry.patient, entry)
        if split_of[first.fold or 0] != target:
            raise InputError(
                f"A patient must be in one split only. Received: patient {entry.patient} with record "
                f"{first.record_name} in {split_of[first.fold or 0]} (fold {first.fold}) and record "
                f"{entry.record_name} in {target} (fold {entry.fold}). Put both folds into one split, or mend the "
                f"table's patient_id."
            )
        groups[target].append(entry)
    if not groups["train"]:
        raise InputError(
            f"There must be records to train on. Received: train_folds={config.train_folds}, in which this copy has "
            f"no record. Choose folds that are there."
        )
    return {split: tuple(members) for split, members in groups.items()}
