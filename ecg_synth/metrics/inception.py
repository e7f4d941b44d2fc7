"""The inception score, on the encoder's classes."""

from __future__ import annotations

from typing import cast

import numpy as np

from ecg_synth.metrics.encoder import CLASSES, Encoder
from ecg_synth.metrics.judged import View
from ecg_synth.metrics.metric import metric


def inception_score(probabilities: np.ndarray) -> float:
    """Returns exp of the mean over slices of KL(p(class | slice) | mean p(class)).

    From 1 to the number of classes; higher: each slice is surely of one class, and all classes are there. Real slices
    of one class have 1 too, so that only the floor says what can be had (Salimans et al., NeurIPS 2016).

    Args:
        probabilities: `(n, classes)`, each row adding up to 1.
    """
    p = np.maximum(probabilities, 1e-12)
    mean = p.mean(axis=0)
    return float(np.exp((p * (np.log(p) - np.log(mean))).sum(axis=1).mean()))


@metric(
    "inception_score",
    "inception score, trained encoder",
    "variety",
    "higher",
    "Salimans et al., NeurIPS 2016",
    (1.0, np.inf),
    ceiling="collapse",
)
def _inception_score(reference: View, candidate: View) -> float:
    """NaN where the encoder was not trained on classes: every real slice is then of the one class 'whole'."""
    encoder = cast(Encoder, candidate.judged.extractors["encoder"])
    if encoder.task != CLASSES:
        return float("nan")
    return inception_score(encoder.class_probabilities(candidate.features("encoder")))
