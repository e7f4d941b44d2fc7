"""Config in, run folder out."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from ecg_synth.config import FlowConditionsConfig, TrainConfig
from ecg_synth.data.balance import balanced
from ecg_synth.data.classes import with_classes
from ecg_synth.data.conditions import Scales, condition_values, scales_of
from ecg_synth.data.crops import as_trained, windows
from ecg_synth.data.slice_set import SliceSet
from ecg_synth.models.build import build_gan
from ecg_synth.models.gan import Gan
from ecg_synth.training import callbacks as on
from ecg_synth.training import checkpoints
from ecg_synth.training.devices import is_chief, meet, strategy_for
from ecg_synth.training.fitting import check_fits
from ecg_synth.training.lock import locked
from ecg_synth.training.pipeline import epoch_batches, steps_per_epoch
from ecg_synth.training.run import CHECKPOINTS, Run
from ecg_synth.training.settings import check_judge, check_settings, validation_for

# (training images, validation images, epochs between two judgements, how, seed) -> a callback that adds a column
# `frechet` to an epoch's metrics. Rooms to the right of this one have it.
Judge = Callable[[SliceSet, SliceSet, int, str, int], keras.callbacks.Callback]


def train(
    config: TrainConfig,
    slice_set: SliceSet,
    run_dir: str | os.PathLike[str],
    preset: str | None = None,
    overwrite: bool = False,
    progress: bool = True,
    validation: SliceSet | None = None,
    judge: Judge | None = None,
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
        preset: Name of the preset that `config` began as; noted, and asked which data it is made for.
        overwrite: Begins anew where a run stands.
        progress: Shows a bar on stderr.
        validation: Real images of other patients, which `config.classify_every` and `config.evaluate_every` need and
            nothing else looks at.
        judge: What `config.evaluate_every` judges by: `ecg_synth.EvaluateEvery`.

    Returns:
        The run. One that is finished already is returned at once.

    Raises:
        InputError: The config cannot be trained, the data do not fit it, the set is smaller than a batch, the folder
            holds something else or is in use, or its checkpoint is of another model.
        StorageError: The disk is full or the folder is not writable; the last checkpoint is whole.
    """
    check_settings(config)
    check_judge(config, judge)
    slice_set = with_classes(slice_set, config.classes)
    check_fits(config, slice_set, preset)
    trained_on = balanced(slice_set, config.balance, config.seed)
    # The discriminator's steps each take a batch of their own.
    batch_size = config.batch_size * config.d_steps
    steps = steps_per_epoch(trained_on, batch_size)
    strategy = strategy_for(config.devices)
    keras.utils.set_random_seed(config.seed)
    # Free of charge on a CPU; on a GPU some gradients add in any order without it.
    tf.config.experimental.enable_op_determinism()
    # Before the folder is touched: a model that cannot be built leaves no run behind.
    codec, image_shape = as_trained(slice_set, config.crop)
    values, scales = _conditions(config, trained_on)
    with strategy.scope():
        gan = build_gan(config, image_shape, len(slice_set.class_names), codec, slice_set.bits, scales)
    validation = validation_for(config, validation, gan.conditional)
    writes = is_chief(strategy)
    judging = None
    if judge is not None and config.evaluate_every and validation is not None and writes:
        seen, judged = (windows(part, config.crop, config.seed) for part in (trained_on, validation))
        judging = judge(seen, judged, config.evaluate_every, config.evaluate_by, config.seed)
    with locked(run_dir) if writes else contextlib.nullcontext():
        started_from = _start(gan, config.start_from, run_dir, overwrite, progress)
        if writes:
            run = Run.create_or_resume(run_dir, config, slice_set, preset, overwrite, validation, started_from, scales)
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
                trained_on.labels if gan.conditional else values,
                config.crop,
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
            callbacks=_callbacks(run, gan, trained_on, validation, judging, steps, done, minutes, progress)
            if writes
            else [],
        )
    return run


def _conditions(config: TrainConfig, trained_on: SliceSet) -> tuple[np.ndarray | None, Scales | None]:
    """What the model is told of each slice, and of all of them; nothing for most models."""
    if not isinstance(config.model, FlowConditionsConfig):
        return None, None
    values = condition_values(trained_on, config.model.conditions)
    return values, scales_of(values, config.model.conditions, trained_on.class_names)


def _start(
    gan: Gan, start_from: str, run_dir: str | os.PathLike[str], overwrite: bool, progress: bool
) -> dict[str, Any] | None:
    """Gives a run that begins the weights it starts from; one that goes on has its own, and the others may be gone."""
    if not start_from or (not overwrite and checkpoints.epochs(Path(run_dir) / CHECKPOINTS)):
        return None
    source = Run.load(start_from)
    taken, total = gan.start_from(source.load_gan())
    if progress:
        print(f"Starting from {start_from}: {taken:,} of {total:,} weights fit")
    return source.provenance()


def _callbacks(
    run: Run,
    gan: Gan,
    trained_on: SliceSet,
    validation: SliceSet | None,
    judging: keras.callbacks.Callback | None,
    steps: int,
    done: int,
    minutes: float,
    progress: bool,
) -> list[keras.callbacks.Callback]:
    config = run.config
    clock = on.TimeLimit(config.max_minutes, minutes)
    record = on.WriteMetrics(run.metrics_path, done)
    names = tuple(run.data["class_names"]) if gan.conditional else ()
    source = f"{run.data['name']} ({run.data['origin']})"
    # What adds metrics comes before what records them, and what may stop the run before what acts at its end.
    seen = windows(trained_on, config.crop, config.seed)
    listed: list[keras.callbacks.Callback] = [
        clock,
        on.DecayRates(config.optimizer, config.epochs),
        on.MeasureSamples(seen, config.seed, gan.conditional),
    ]
    if config.classify_every and validation is not None:
        judged = windows(validation, config.crop, config.seed)
        listed.append(on.ClassifySamples(seen, judged, config.classify_every, config.seed))
    if judging is not None:
        listed.append(judging)
    listed += [
        record,
        on.WatchHealth(
            record, run.health_path, steps, gan.gan_loss.chance if gan.has_discriminator else None, config.on_trouble
        ),
        on.StopByMetric(record, config.stop),
        on.DrawImages(run.images_dir, config.image_every, config.seed, source, names),
        on.PlotLosses(record, run.health_path, run.images_dir / "losses.png", config.image_every),
        on.WriteTensorBoard(run.path / "tensorboard", run.images_dir),
    ]
    if judging is not None:
        listed.append(on.KeepBest(record, run.best_dir, run.checkpoints_dir, clock))
    listed.append(on.SaveCheckpoint(run.checkpoints_dir, config.checkpoint_every, clock))
    if progress:
        listed.append(on.ShowProgress(config.batch_size * config.d_steps, done))
    return listed
