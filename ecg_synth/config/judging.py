"""Settings of a judgement."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class JudgeConfig:
    """What is judged against what, and how carefully.

    Attributes:
        dataset: Which real dataset, when the data folder holds several. Empty: the one that a run was trained on, or
            the only one there is.
        train_split: Real slices that feature networks and classifiers are trained on.
        floor_split: Real slices of other patients, judged as the candidate is: as good as anything can be.
        reference_split: Real slices of still other patients, which everything is compared with.
        candidate_split: The split that is judged, where the candidate is a prepared dataset.
        classes: Classes to keep, as in training. Empty: those that a run was trained on, else all.
        count: Synthetic slices; 0 for as many as the training split has.
        metrics: Names of metrics; empty for all.
        sections: Names of sections; empty for all, "none" for none.
        replicates: Half-samples of each interval; 0 for no intervals.
        encoder: File of a feature network of 'ecg-synth fit-encoder', or encoder.npz of another report, for figures
            that can be compared; empty trains one on the training split. The report keeps it either way.
        best: Of a run, judge the weights that were best by '--evaluate-every', not the last.
        seed: Seed of sampling, draws and classifiers.
    """

    dataset: str = ""
    train_split: str = "train"
    floor_split: str = "validation"
    reference_split: str = "test"
    candidate_split: str = "train"
    classes: tuple[str, ...] = ()
    count: int = 0
    metrics: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    replicates: int = 100
    encoder: str = ""
    best: bool = False
    seed: int = 0
