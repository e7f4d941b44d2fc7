"""Which settings can be trained with, asked before anything else happens."""

from __future__ import annotations

from ecg_synth.config import FlowGanConfig, TrainConfig
from ecg_synth.data.classes import with_classes
from ecg_synth.data.slice_set import SliceSet
from ecg_synth.errors import InputError, check_choice, check_seed
from ecg_synth.models.matched import check_teacher_given
from ecg_synth.training import callbacks as on
from ecg_synth.training import stopping
from ecg_synth.training.devices import in_cluster

_AT_LEAST_1 = ("epochs", "d_steps", "accumulate", "devices", "image_every", "checkpoint_every")


def check_settings(config: TrainConfig) -> None:
    """Raises `InputError` for settings that no data could be trained with."""
    check_seed(config.seed)
    for name in _AT_LEAST_1:
        if getattr(config, name) < 1:
            raise InputError(f"{name} must be at least 1. Received: {name}={getattr(config, name)!r}.")
    check_choice("on_trouble", config.on_trouble, on.ON_TROUBLE)
    check_choice("decay", config.optimizer.decay, tuple(on.DECAYS))
    stopping.check(config.stop)
    if config.max_minutes < 0:
        raise InputError(f"max_minutes must be at least 0. Received: max_minutes={config.max_minutes!r}.")
    if config.batch_size % (config.accumulate * config.devices):
        raise InputError(
            f"A batch is cut into equal shares, devices times accumulate of them. Received: "
            f"batch_size={config.batch_size}, devices={config.devices}, accumulate={config.accumulate}. Choose a "
            f"multiple of {config.accumulate * config.devices}."
        )
    if isinstance(config.model, FlowGanConfig):
        check_teacher_given(config.model.matching, bool(config.start_from))
    if config.devices > 1 and in_cluster():
        _check_cluster(config)


def _check_cluster(config: TrainConfig) -> None:
    """The first worker alone sees the record and the clock: if it stopped, the others would wait for it for ever."""
    if config.max_minutes:
        raise InputError(
            f"The workers of a cluster have no clock in common. Received: max_minutes={config.max_minutes!r} with "
            f"TF_CONFIG set. Set epochs instead."
        )
    if config.on_trouble == "stop" or config.stop.monitor:
        raise InputError(
            f"The workers of a cluster end together, after the last epoch. Received: on_trouble={config.on_trouble!r}, "
            f"monitor={config.stop.monitor!r} with TF_CONFIG set. Set on_trouble to 'warn', and no monitor."
        )


def check_judge(config: TrainConfig, judge: object) -> None:
    """Raises `InputError` when epochs are to be judged and there is nothing that judges them."""
    if config.evaluate_every and judge is None:
        raise InputError(
            f"Judging epochs needs a judge. Received: evaluate_every={config.evaluate_every!r}, judge=None. Pass "
            f"judge=ecg_synth.EvaluateEvery, or set evaluate_every to 0."
        )


def validation_for(config: TrainConfig, validation: SliceSet | None, conditional: bool) -> SliceSet | None:
    """Returns the validation images that the parallel classifier or the judge looks at; None where there is neither.

    Args:
        config: The settings.
        validation: Real images of other patients, if there are any.
        conditional: Whether the model is told classes.

    Raises:
        InputError: A classifier is asked for, and the model knows no classes; or there are no validation images.
    """
    for name in ("classify_every", "evaluate_every"):
        if getattr(config, name) < 0:
            raise InputError(f"{name} must be at least 0. Received: {name}={getattr(config, name)!r}.")
    if not config.classify_every and not config.evaluate_every:
        return None
    if config.classify_every and not conditional:
        raise InputError(
            f"The parallel classifier judges images of classes. Received: classify_every={config.classify_every!r} and "
            f"the model {config.model.name!r}, which knows none. Choose a model with classes, acgan for example."
        )
    if validation is None:
        name, who = ("classify_every", "parallel classifier") if config.classify_every else ("evaluate_every", "judge")
        raise InputError(
            f"The {who} needs validation images. Received: {name}={getattr(config, name)!r}, "
            f"validation=None. Pass a split that the model is not trained on, or set {name} to 0."
        )
    # A small split may lack a class; what it has is judged.
    return with_classes(validation, config.classes, complete=False)
