import numpy as np

from ecg_synth.models.seeds import step_seeds


def test_every_part_of_every_step_has_keys_of_its_own():
    keys = [
        tuple(np.asarray(key))
        for seed in (0, 1)
        for step in range(5)
        for part in range(3)
        for key in step_seeds(seed, np.int64(step), 3, part)
    ]
    assert len(set(keys)) == len(keys) == 2 * 5 * 3 * 3


def test_keys_follow_from_their_numbers():
    for one, same in zip(step_seeds(7, 11, 2, 1), step_seeds(7, 11, 2, 1), strict=True):
        np.testing.assert_array_equal(one, same)
