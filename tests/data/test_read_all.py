"""What is read of slices does not depend on how they are shared out."""

import joblib
import numpy as np
import pytest

from ecg_synth.data.parallel import read_all


def sums(slices):
    return slices.sum(axis=1)


@pytest.mark.parametrize(("count", "many"), [(7, 8), (7, 7), (6, 1), (1, 1)])
def test_every_slice_once_and_in_order(count, many):
    slices = np.arange(count * 4).reshape(count, 4)
    # Starting processes takes longer than all the rest.
    with joblib.parallel_config(backend="sequential"):
        np.testing.assert_array_equal(read_all(sums, slices, 3, many), sums(slices))


def test_in_chunks():
    seen = []

    def counted(slices):
        seen.append(len(slices))
        return slices

    read_all(counted, np.zeros((7, 2)), 3, 8)
    assert seen == [3, 3, 1]


def test_of_no_slice_nothing():
    assert read_all(sums, np.zeros((0, 4)), 3, 8).shape == (0,)
