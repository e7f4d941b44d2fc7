"""When a run has had enough, told from the record of its metrics: pure functions, so that a resumed run agrees."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ecg_synth.config import StopConfig
from ecg_synth.errors import InputError, check_choice, unknown_name

MODES = ("max", "min")


def check(config: StopConfig) -> None:
    """Raises `InputError` when the rule cannot be followed."""
    check_choice("mode", config.mode, MODES)
    if config.patience < 0 or config.after < 0:
        raise InputError(
            f"Epochs to wait are 0 or more. Received: patience={config.patience!r}, after={config.after!r}."
        )
    if not config.monitor and (config.patience or config.target is not None):
        raise InputError(
            f"A rule to stop by needs a metric. Received: monitor='', patience={config.patience!r}, "
            f"target={config.target!r}. Name a column of metrics.csv, for example --monitor accuracy_fake."
        )
    if config.monitor and not config.patience and config.target is None:
        raise InputError(
            f"A metric to stop by needs a target, a patience or both. Received: monitor={config.monitor!r}. "
            f"Give --target or --patience."
        )


def reason(columns: Mapping[str, np.ndarray], config: StopConfig) -> str | None:
    """Returns why training is to stop after the last epoch of the record, or None.

    Args:
        columns: `metrics.csv`: `epoch` and the metrics, `(epochs,)` each; an epoch in which the metric was not
            measured has NaN there and counts for nothing but the time that passes.
        config: The rule.

    Raises:
        InputError: There is no such metric.
    """
    if not config.monitor or not len(columns.get("epoch", ())):
        return None
    if config.monitor not in columns:
        raise unknown_name("monitor", config.monitor, set(columns) - {"epoch"}, where="metrics.csv")
    epochs = columns["epoch"]
    if epochs[-1] <= config.after:
        return None
    sign = 1.0 if config.mode == "max" else -1.0
    scores = sign * columns[config.monitor]
    counted = np.isfinite(scores) & (epochs > config.after)
    if not counted.any():
        return None
    best = int(np.argmax(np.where(counted, scores, -math.inf)))
    value = f"{config.monitor}={sign * scores[best]:.4g} in epoch {epochs[best]:.0f}"
    if config.target is not None and scores[best] >= sign * config.target:
        return f"{value} reached the target of {config.target:g}"
    if config.patience and epochs[-1] - epochs[best] >= config.patience:
        return f"{value} was not bettered for {config.patience} epochs"
    return None
