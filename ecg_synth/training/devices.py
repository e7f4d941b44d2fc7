"""On what a run trains: one device, several of this machine, or the workers of a cluster."""

from __future__ import annotations

import functools
import json
import os

import tensorflow as tf

from ecg_synth.errors import InputError


# TensorFlow takes up its place in a cluster once a process.
@functools.cache
def strategy_for(devices: int) -> tf.distribute.Strategy:
    """Returns the strategy that shares each batch between `devices` devices.

    With TF_CONFIG in the environment each worker brings one device, as TensorFlow's multi-worker training has it.
    Otherwise the devices are this machine's GPUs, or where there are fewer, equal parts of its CPU. To be asked for
    before TensorFlow computes anything; asked for again, it is the same strategy.

    Args:
        devices: How many, over all workers.

    Raises:
        InputError: `devices` is not positive or not the number of workers in TF_CONFIG, or TensorFlow has begun to
            work in this process, when it is too late to divide the CPU; or TF_CONFIG is no JSON object.
    """
    if devices < 1:
        raise InputError(f"devices must be at least 1. Received: devices={devices!r}.")
    workers = _workers()
    if workers:
        if workers != devices:
            raise InputError(
                f"Each worker of TF_CONFIG brings one device. Received: devices={devices}, {workers} workers. "
                f"Pass --devices {workers}, or unset TF_CONFIG."
            )
        return tf.distribute.MultiWorkerMirroredStrategy()
    if devices == 1:
        return tf.distribute.get_strategy()
    if len(tf.config.list_physical_devices("GPU")) >= devices:
        return tf.distribute.MirroredStrategy([f"GPU:{number}" for number in range(devices)])
    _divide_cpu(devices)
    return tf.distribute.MirroredStrategy([f"CPU:{number}" for number in range(devices)])


def is_chief(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process is the one that writes the run folder."""
    resolver = strategy.cluster_resolver
    return resolver is None or not in_cluster() or resolver.task_id == 0


def meet(strategy: tf.distribute.Strategy) -> None:
    """Returns once every worker has come here: the run folder is then as the chief made it."""
    if in_cluster():
        strategy.run(lambda: tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, tf.zeros(1)))


def in_cluster() -> bool:
    """Whether TF_CONFIG makes this process a worker of a cluster."""
    return bool(_workers())


def _workers() -> int:
    text = os.environ.get("TF_CONFIG", "{}")
    try:
        return len(json.loads(text).get("cluster", {}).get("worker", ()))
    except (ValueError, AttributeError):
        raise InputError(
            f"TF_CONFIG must be a JSON object with cluster and task. Received: TF_CONFIG={text!r}. Mend or unset it."
        ) from None


def _divide_cpu(devices: int) -> None:
    cpu = tf.config.list_physical_devices("CPU")[0]
    try:
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * devices)
    except RuntimeError:
        if len(tf.config.list_logical_devices("CPU")) < devices:
            raise InputError(
                f"The CPU can be divided only before TensorFlow has computed anything. Received: devices={devices}. "
                f"Call strategy_for({devices}) first of all, in a fresh process."
            ) from None
