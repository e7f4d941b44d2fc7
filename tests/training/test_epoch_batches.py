import numpy as np
import pytest

from ecg_synth.data import SliceSet
from ecg_synth.errors import InputError
from ecg_synth.training.pipeline import epoch_batches, steps_per_epoch


def numbered(count):
    """Every image holds its own number."""
    images = np.broadcast_to(np.arange(count, dtype=np.uint8)[:, None, None, None], (count, 8, 8, 1)).copy()
    return SliceSet(images, np.full(count, -1), (), {}, "simulated", "numbered")


def epochs_of(slice_set, batch_size, seed, initial_epoch, epochs):
    batches = list(epoch_batches(slice_set, batch_size, seed, initial_epoch, epochs).as_numpy_iterator())
    steps = steps_per_epoch(slice_set, batch_size)
    assert len(batches) == steps * (epochs - initial_epoch)
    assert all(batch.shape == (batch_size, 8, 8, 1) and batch.dtype == np.uint8 for batch in batches)
    order = np.concatenate(batches)[:, 0, 0, 0]
    return order.reshape(epochs - initial_epoch, steps * batch_size)


def test_an_epoch_is_the_same_from_any_start():
    whole = epochs_of(numbered(20), 6, seed=3, initial_epoch=0, epochs=5)
    for begin in range(1, 5):
        np.testing.assert_array_equal(epochs_of(numbered(20), 6, 3, begin, 5), whole[begin:])


def test_each_image_once_an_epoch_in_another_order():
    orders = epochs_of(numbered(20), 5, seed=0, initial_epoch=0, epochs=3)
    for order in orders:
        np.testing.assert_array_equal(np.sort(order), np.arange(20))
    assert len({tuple(order) for order in orders}) == 3


def test_what_does_not_fill_a_batch_differs_by_epoch():
    orders = epochs_of(numbered(20), 6, seed=0, initial_epoch=0, epochs=4)
    assert all(len(set(order)) == 18 for order in orders)
    assert len({frozenset(order) for order in orders}) > 1


def test_seed_fixes_the_order():
    one, same, other = (epochs_of(numbered(20), 5, seed, 0, 1) for seed in (1, 1, 2**32 - 1))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_refuses_a_set_smaller_than_a_batch():
    with pytest.raises(
        InputError,
        match=r"Received: 20 images in 'numbered', batch_size=21. Lower --batch-size to 20 or less, or prepare",
    ):
        epoch_batches(numbered(20), 21, 0, 0, 1)
    with pytest.raises(InputError, match="at least 1 image. Received: batch_size=0"):
        steps_per_epoch(numbered(20), 0)
