"""Config in, run folder out."""

from __future__ import annotations

import contextlib
import os

import keras
import tensorflow as tf

from ecg_synth.config import TrainConfig
from ecg_synth.data.balance import balanced
from ecg_synth.data.classes import check_labels, with_classes
from ecg_synth.data.slice_set import SliceSet
from ecg_synth.errors import InputError, check_seed
from ecg_synth.models.build import build_gan
from ecg_synth.training import callbacks as on
from ecg_synth.training import checkpoints
from ecg_synth.training.devices import in_cluster, is_chief, meet, strategy_for
from ecg_synth.training.pipeline import epoch_batches, steps_per_epoch
from ecg_synth.training.run import Run, locked


def train(
    config: TrainConfig,
    slice_set: SliceSet,
    run_dir: str | os.PathLike[str],
    preset: str | None = None,
    overwrite: bool = False,
    progress: bool = True,
) -> Run:
    """Trains a GAN, or goes on with a run that was killed.

    A run killed at any moment and started again with the same arguments ends with the same bits as one that was not:
    weights, both optimizers, `metrics.csv` and images. That holds on one machine, with one number of threads and one
    version of TensorFlow; `tf.config.experimental.enable_op_determinism` is on from here to the end of the process.

    Args:
        config: The training config.
        slice_set: The training images; `config.classes` chooses among them, `config.balance` draws from those, and the
            run notes the fingerprint of what was chosen.
        run_dir: The run folder; see `ecg_synth.training.run`. The workers of a cluster (TF_CONFIG) all see it, and the
            first of them writes it.
        preset: Name of the preset that `config` began as; noted, nothing more.
        overwrite: Begins anew where a run stands.
        progress: Shows a bar on stderr.

    Returns:
        The run. One that is finished already is returned at once.

    Raises:
        InputError: The config cannot be trained, the set is smaller than a batch, the folder holds something else or
            is in use, or its checkpoint is of another model.
        StorageError: The disk is full or the folder is not writable; the last checkpoint is whole.
    """
    _check(config)
    slice_set = with_classes(slice_set, config.classes)
    trained_on = balanced(slice_set, config.balance, config.seed)
    # The discriminator's steps each take a batch of their own.
    batch_size = config.batch_size * config.d_steps
    steps = steps_per_epoch(trained_on, batch_size)
    strategy = strategy_for(config.devices)
    keras.utils.set_random_seed(config.seed)
    # Free of charge on a CPU; on a GPU some gradients add in any order without it.
    tf.config.experimental.enable_op_determinism()
    # Before the folder is touched: a model that cannot be built leaves no run behind.
    with strategy.scope():
        gan = build_gan(config, slice_set.image_shape, len(slice_set.class_names))
    if gan.conditional:
        check_labels(trained_on)
    writes = is_chief(strategy)
    with locked(run_dir) if writes else contextlib.nullcontext():
        if writes:
            run = Run.create_or_resume(run_dir, config, slice_set, preset, overwrite)
        meet(strategy)
        if not writes:
            run = Run.load(run_dir)
        checkpoint = run.newest_checkpoint()
        if run.is_finished(checkpoint):
            return run
        done, minutes = 0, 0.0
        if checkpoint is not None:
            checkpoints.restore(gan, checkpoint)
            done, minutes = checkpoint.epoch, checkpoint.minutes

        def batches(context: tf.distribute.InputContext | None = None) -> tf.data.Dataset:
            whole = epoch_batches(
                trained_on,
                batch_size,
                config.seed,
                done,
                config.epochs,
                gan.conditional,
                config.d_steps,
                config.devices,
            )
            return whole if context is None else whole.shard(context.num_input_pipelines, context.input_pipeline_id)

        gan.fit(
            batches() if config.devices == 1 else strategy.distribute_datasets_from_function(batches),
            steps_per_epoch=steps,
            initial_epoch=done,
            epochs=config.epochs,
            shuffle=False,
            verbose=0,
            callbacks=_callbacks(run, done, minutes, progress) if writes else [],
        )
    return run


def _callbacks(run: Run, done: int, minutes: float, progress: bool) -> list[keras.callbacks.Callback]:
    config = run.config
    clock = on.TimeLimit(config.max_minutes, minutes)
    listed: list[keras.callbacks.Callback] = [
        clock,
        on.WriteMetrics(run.metrics_path, done),
        on.WriteTensorBoard(run.path / "tensorboard"),
        on.DrawImages(run.images_dir, config.image_every, config.seed, f"{run.data['name']} ({run.data['origin']})"),
        on.PlotLosses(run.metrics_path, run.images_dir / "losses.png", config.image_every),
        on.SaveCheckpoint(run.checkpoints_dir, config.checkpoint_every, clock),
    ]
    if progress:
        listed.append(on.ShowProgress(config.batch_size * config.d_steps, done))
    return listed


def _check(config: TrainConfig) -> None:
    check_seed(config.seed)
    for name in ("epochs", "d_steps", "accumulate", "devices", "image_every", "checkpoint_every"):
        if getattr(config, name) < 1:
            raise InputError(f"{name} must be at least 1. Received: {name}={getattr(config, name)!r}.")
    if config.max_minutes < 0:
        raise InputError(f"max_minutes must be at least 0. Received: max_minutes={config.max_minutes!r}.")
    if config.max_minutes and config.devices > 1 and in_cluster():
        raise InputError(
            f"The workers of a cluster have no clock in common. Received: max_minutes={config.max_minutes!r} with "
            f"TF_CONFIG set. Set epochs instead."
        )
    if config.batch_size % (config.accumulate * config.devices):
        raise InputError(
            f"A batch is cut into equal shares, devices times accumulate of them. Received: "
            f"batch_size={config.batch_size}, devices={config.devices}, accumulate={config.accumulate}. Choose a "
            f"multiple of {config.accumulate * config.devices}."
        )
