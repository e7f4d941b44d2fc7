import numpy as np
import pytest
from toy_training import toy_set

from ecg_synth.data import SliceSet
from ecg_synth.training import sample_measures as measure

rng = np.random.default_rng(0)
NOISE = rng.integers(0, 256, (60, 12, 12, 2), np.uint8)
ONE = np.zeros(60, np.int64)


def test_distances_are_those_of_the_definition():
    values = NOISE.astype(float).reshape(60, -1)
    expected = np.sqrt(((values[:, None] - values[None]) ** 2).mean(axis=-1))
    np.testing.assert_allclose(measure.distances(NOISE), expected, rtol=1e-12, atol=0)


def test_diversity_of_known_sets():
    same = np.repeat(NOISE[:1], 60, axis=0)
    assert measure.diversity(same, ONE) == (0.0, 0.0)
    # Uniform levels: two of them differ by sqrt(2 * (256^2 - 1) / 12) in the mean square.
    mean, nearest = measure.diversity(NOISE, ONE)
    assert mean == pytest.approx(np.sqrt(2 * (256**2 - 1) / 12), rel=0.02)
    assert 0.85 * mean < nearest < mean
    # Three patterns over and over: the mean hardly tells, the nearest does.
    few = np.tile(NOISE[:3], (20, 1, 1, 1))
    mean_of_few, nearest_of_few = measure.diversity(few, ONE)
    assert mean_of_few > 0.6 * mean
    assert nearest_of_few == 0.0


def test_classes_are_compared_within_themselves():
    by_class = np.arange(60) % 2
    images = NOISE[by_class]
    assert measure.diversity(images, ONE)[0] > 30
    assert measure.diversity(images, by_class) == (0.0, 0.0)
    assert np.isnan(measure.diversity(NOISE[:2], np.array([0, 1]))).all()


def test_noise_is_0_for_smooth_and_1_for_white():
    assert measure.noise(NOISE) == pytest.approx(1.0, abs=0.05)
    ramp = np.broadcast_to(np.arange(200, dtype=np.uint8)[:, None, None], (3, 200, 8, 1))
    assert measure.noise(ramp) == 0.0  # constant along one axis
    assert measure.noise(np.full((2, 8, 8, 1), 7, np.uint8)) == 0.0
    assert measure.noise(NOISE[:, :1, :1]) == 0.0
    walk = np.cumsum(rng.integers(-2, 3, (20, 40, 40, 1)), axis=2)
    assert 0.0 < measure.noise(walk) < 0.3


def test_told_apart():
    # Few pixels: among many, a few images are the nearest of most others.
    values = rng.integers(0, 256, (400, 2, 1, 1))
    assert measure.told_apart(values[:200], values[200:]) == pytest.approx(0.5, abs=0.12)
    assert measure.told_apart(values[:200], values[:200]) == 0.0
    assert measure.told_apart(NOISE[:30] // 4, 255 - NOISE[30:] // 4) == 1.0


def test_a_draw_with_as_many_of_each_class():
    labels = np.array([0] * 50 + [1] * 8 + [2] * 2)
    images = SliceSet(NOISE, labels, ("a", "b", "c"), {}, "simulated", "toy")
    drawn, of_class = measure.reference(images, 0, by_class=True, count=12)
    assert np.bincount(of_class).tolist() == [4, 4, 2]
    again, _ = measure.reference(images, 0, by_class=True, count=12)
    np.testing.assert_array_equal(drawn, again)
    other, _ = measure.reference(images, 1, by_class=True, count=12)
    assert not np.array_equal(drawn, other)
    few, none = measure.reference(images, 0, by_class=False)
    assert len(few) == 60
    assert not none.any()


def test_columns():
    real, labels = measure.reference(toy_set(), 0, by_class=False)
    found = measure.measures(real, real, labels)
    assert found == measure.measures(real, real, labels, measure.real_measures(real, labels))
    for name in ("diversity", "nearest", "noise"):
        assert found[name] == found[f"{name}_real"]
    assert found["told_apart"] < 0.5
