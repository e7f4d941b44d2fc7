import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecg_synth.codec import ARRANGEMENTS, EcgImageCodec, positions
from ecg_synth.errors import InputError

sides = st.integers(1, 60)
names = st.sampled_from([*sorted(ARRANGEMENTS), "random:7"])


def path(name, height, width):
    """The number of the sample on every pixel."""
    image = np.empty(height * width, dtype=int)
    image[positions(name, height, width)] = np.arange(height * width)
    return image.reshape(height, width).tolist()


def steps(name, height, width):
    """How far each sample stands from the one before it: (rows, columns), both absolute."""
    rows, columns = np.divmod(positions(name, height, width), width)
    return np.abs(np.diff(rows)), np.abs(np.diff(columns))


@given(names, sides, sides)
def test_every_arrangement_is_a_bijection(name, height, width):
    position = positions(name, height, width)
    assert position.dtype == np.int32
    np.testing.assert_array_equal(np.sort(position), np.arange(height * width))


@given(st.sampled_from(["boustrophedon", "spiral"]), sides, sides)
def test_consecutive_samples_are_neighbors(name, height, width):
    rows, columns = steps(name, height, width)
    assert (rows + columns == 1).all()


@given(sides, sides)
def test_hilbert_has_at_most_one_diagonal_step_and_only_where_the_longer_side_alone_is_odd(height, width):
    rows, columns = steps("hilbert", height, width)
    assert (np.maximum(rows, columns) == 1).all()
    # On a checkerboard, the two corners of an odd side have one color, and a walk over an even number of cells ends on
    # the other one.
    longer, shorter = max(height, width), min(height, width)
    assert (rows + columns == 2).sum() <= (longer % 2 == 1 and shorter % 2 == 0)


@given(st.integers(2, 5))
def test_hilbert_on_a_power_of_two_is_hilberts(order):
    side = 2**order
    image = np.array(path("hilbert", side, side))
    # Each quadrant is walked whole before the next one is entered.
    half = side // 2
    quadrants = [image[r : r + half, c : c + half] // half**2 for r in (0, half) for c in (0, half)]
    assert sorted(quadrant.max() for quadrant in quadrants) == [0, 1, 2, 3]
    assert all(np.ptp(quadrant) == 0 for quadrant in quadrants)


def test_paths_on_a_small_image():
    assert path("z", 2, 3) == [[0, 1, 2], [3, 4, 5]]
    assert path("transposed", 2, 3) == [[0, 2, 4], [1, 3, 5]]
    assert path("reversed", 2, 3) == [[5, 4, 3], [2, 1, 0]]
    assert path("boustrophedon", 3, 3) == [[0, 1, 2], [5, 4, 3], [6, 7, 8]]
    assert path("spiral", 3, 3) == [[0, 1, 2], [7, 8, 3], [6, 5, 4]]
    assert path("spiral", 3, 4) == [[0, 1, 2, 3], [9, 10, 11, 4], [8, 7, 6, 5]]
    assert path("hilbert", 4, 4) == [[0, 1, 14, 15], [3, 2, 13, 12], [4, 7, 8, 11], [5, 6, 9, 10]]


class TestRandom:
    def test_a_seed_is_a_permutation_for_ever(self):
        digest = hashlib.sha256(positions("random:7", 45, 45).astype("<i4").tobytes()).hexdigest()
        assert digest[:16] == "590dcedb748516d7"
        np.testing.assert_array_equal(positions("random", 4, 5), positions("random:0", 4, 5))

    @given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
    def test_seeds_differ(self, one, other):
        same = np.array_equal(positions(f"random:{one}", 9, 9), positions(f"random:{other}", 9, 9))
        assert same == (one == other)

    def test_the_seed_is_in_the_config(self):
        config = EcgImageCodec(arrangement="random:7").get_config()
        assert config["arrangement"] == "random:7"
        np.testing.assert_array_equal(EcgImageCodec.from_config(config).position[:, 0], positions("random:7", 45, 45))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "transpose",
            "Unknown arrangement. Received: arrangement='transpose'. Did you mean 'transposed'? "
            "Valid: 'beats', 'boustrophedon', 'hilbert', 'random', 'reversed', 'spiral', 'transposed', 'z'.",
        ),
        (
            "z:3",
            "Only the arrangement 'random' takes a seed. Received: arrangement='z:3'. Use 'z' or 'random:7'.",
        ),
        (
            "random:seven",
            "The seed of a random arrangement must be an integer. Received: arrangement='random:seven'. "
            "Write 'random:7'.",
        ),
        (
            "random:",
            "The seed of a random arrangement must be an integer. Received: arrangement='random:'. Write 'random:7'.",
        ),
        (
            "random:4294967296",
            "A seed must be an integer from 0 to 4294967295 (2**32 - 1). Received: seed=4294967296.",
        ),
    ],
)
def test_bad_names(name, message):
    with pytest.raises(InputError) as caught:
        EcgImageCodec(arrangement=name)
    assert str(caught.value) == message
