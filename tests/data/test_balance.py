import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_synth.data import SliceSet
from ecg_synth.data.balance import BALANCES, balanced, class_weights, over_sample, under_sample
from ecg_synth.errors import InputError


def labelled(labels):
    """Each image holds its own index."""
    labels = np.asarray(labels, np.int64)
    images = np.arange(len(labels), dtype=np.uint8).reshape(-1, 1, 1, 1)
    return SliceSet(images, labels, ("a", "b", "c", "absent"), {}, "simulated", "set")


sets = st.lists(st.integers(0, 2), min_size=1, max_size=60).map(labelled)
seeds = st.integers(0, 2**32 - 1)


def counts_of(slice_set):
    return np.unique(slice_set.labels, return_counts=True)


@given(sets, seeds)
def test_under_sampling_draws_without_repetition(slice_set, seed):
    found = under_sample(slice_set, seed)
    labels, counts = counts_of(slice_set)
    assert [found_part.tolist() for found_part in counts_of(found)] == [labels.tolist(), [counts.min()] * len(labels)]
    chosen = found.images.ravel()
    assert (np.diff(chosen.astype(int)) > 0).all()
    np.testing.assert_array_equal(found.labels, slice_set.labels[chosen])


@given(sets, seeds)
def test_over_sampling_repeats_evenly(slice_set, seed):
    found = over_sample(slice_set, seed)
    labels, counts = counts_of(slice_set)
    assert [found_part.tolist() for found_part in counts_of(found)] == [labels.tolist(), [counts.max()] * len(labels)]
    chosen, times = np.unique(found.images, return_counts=True)
    np.testing.assert_array_equal(chosen, slice_set.images.ravel())
    for label in labels:
        assert np.ptp(times[slice_set.labels == label]) <= 1
    np.testing.assert_array_equal(found.labels, slice_set.labels[found.images.ravel()])


@given(sets)
def test_weights_make_the_classes_equal(slice_set):
    weights = class_weights(slice_set)
    labels, counts = counts_of(slice_set)
    np.testing.assert_allclose(
        [weights[label] * n for label, n in zip(labels, counts, strict=True)], len(slice_set) / len(labels)
    )


@pytest.mark.parametrize("how", ["under", "over"])
def test_the_same_seed_the_same_images(how):
    slice_set = labelled([0] * 50 + [1] * 20)
    first, again, other = (balanced(slice_set, how, seed) for seed in (1, 1, 2))
    assert first.fingerprint == again.fingerprint
    assert len({slice_set.fingerprint, first.fingerprint, other.fingerprint}) == 3
    assert (first.name, first.class_names, first.origin) == (slice_set.name, slice_set.class_names, slice_set.origin)


def test_none_is_the_set_itself():
    slice_set = labelled([0, -1])
    assert balanced(slice_set, "none", 0) is slice_set


@pytest.mark.parametrize("how", [under_sample, over_sample])
def test_an_empty_set_stays_empty(how):
    assert len(how(labelled([]), 0)) == 0


@pytest.mark.parametrize("how", [under_sample, over_sample, lambda slice_set, _: class_weights(slice_set)])
def test_unknown_labels(how):
    with pytest.raises(InputError) as caught:
        how(labelled([0, -1, 1, -1]), 0)
    assert str(caught.value).split(" ", 1)[1] == (
        "needs the class of every image. Received: 2 of 4 images in 'set' with an unknown label (-1). "
        "Leave them out, or train with balance 'none'."
    )


def test_unknown_name_and_seed():
    with pytest.raises(InputError, match="Unknown balance. Received: balance='undr'. Did you mean 'under'"):
        balanced(labelled([0]), "undr", 0)
    with pytest.raises(InputError, match="Received: seed=-1"):
        under_sample(labelled([0]), -1)
    assert set(BALANCES) == {"none", "under", "over"}
