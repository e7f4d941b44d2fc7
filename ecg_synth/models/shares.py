"""A batch cut into equal shares: one after the other to save memory, or side by side on several devices.

All shares together learn what the whole batch would: each draws its own rows of the whole batch's noise, and the
gradients of a mean are the mean of the shares' gradients. Batch normalization alone sees a difference, for its
statistics are the share's own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any

import tensorflow as tf

# Which share of how many is being computed; the replicas of a strategy run in threads, which do not see each other's.
_SHARE: ContextVar[tuple[Any, int]] = ContextVar("share", default=(0, 1))


def rows(draw: Callable[..., Any], shape: Sequence[Any], seed: Any) -> Any:
    """Returns what `draw` gives the current share of the batch.

    Args:
        draw: A stateless random operation of TensorFlow: `(shape, seed)` to a tensor.
        shape: Of the share; the first axis is the batch.
        seed: Key of the whole batch, int64 `(2,)`.
    """
    index, count = _SHARE.get()
    if count == 1:
        return draw(shape, seed)
    whole = draw((shape[0] * count, *shape[1:]), seed)
    return whole[index * shape[0] : (index + 1) * shape[0]]


@contextlib.contextmanager
def replica() -> Iterator[None]:
    """Inside, the batch is this device's share of the batch of all devices."""
    with _share(0, 1):
        yield


def mean_gradients(gradients_of: Callable[..., list[Any]], count: int, *batch: Any) -> list[Any]:
    """Returns the mean of the gradients of `count` shares of a batch, which are in memory one at a time.

    Args:
        gradients_of: From a share of each of `batch` to gradients.
        count: Shares; it divides the batch.
        *batch: Tensors that are cut along their first axis; None stays None.
    """
    parts = zip(*([None] * count if whole is None else tf.split(whole, count) for whole in batch), strict=True)
    totals: list[Any] = []
    for number, part in enumerate(parts):
        # TensorFlow computes what does not wait for anything at the same time, and would hold all shares at once.
        waits_for = [total for total in totals if total is not None]
        with tf.control_dependencies(waits_for), _share(number, count):
            gradients = gradients_of(*part)
            totals = [_sum(*pair) for pair in zip(totals, gradients, strict=True)] if totals else gradients
    return totals if count == 1 else [None if total is None else total / count for total in totals]


def mean_over_replicas(gradients: list[Any]) -> list[Any]:
    """Returns the mean of the gradients of all devices, the same on each."""
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return gradients
    connected = iter(context.all_reduce(tf.distribute.ReduceOp.MEAN, [g for g in gradients if g is not None]))
    return [None if gradient is None else next(connected) for gradient in gradients]


def for_keras(gradients: list[Any]) -> list[Any]:
    """Returns what an optimizer of Keras needs to be given, for it adds up what the replicas give it."""
    count = tf.distribute.get_strategy().num_replicas_in_sync
    return gradients if count == 1 else [None if gradient is None else gradient / count for gradient in gradients]


def logs(results: dict[str, Any]) -> dict[str, Any]:
    """Returns what `train_step` may: Keras averages several workers' metrics along an axis that a scalar has not."""
    if not isinstance(tf.distribute.get_strategy(), tf.distribute.MultiWorkerMirroredStrategy):
        return results
    return {name: tf.reshape(value, (1,)) for name, value in results.items()}


@contextlib.contextmanager
def _share(number: int, count: int) -> Iterator[None]:
    context = tf.distribute.get_replica_context()
    index, of = (0, 1) if context is None else (context.replica_id_in_sync_group, context.num_replicas_in_sync)
    token = _SHARE.set((number if of == 1 else index * count + number, of * count))
    try:
        yield
    finally:
        _SHARE.reset(token)


def _sum(total: Any, gradient: Any) -> Any:
    return gradient if total is None else total if gradient is None else total + gradient
