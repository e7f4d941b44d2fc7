import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_synth.sampling.rhythm import REGULAR, VARIATION, alike, beat_times, moved, rr_of

RATE, SAMPLES = 100.0, 1000


@given(st.floats(0.35, 1.8), st.floats(0, 10), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_a_rhythm_goes_through_the_whole_strip(rr, anchor, seed):
    found = beat_times(rr, anchor, 10.0, np.random.default_rng(seed))
    assert anchor in found
    gaps = np.diff(found)
    assert (gaps >= 0.6 * rr - 1e-9).all()
    assert (gaps <= 1.6 * rr + 1e-9).all()
    assert found[0] < 0.6 * rr
    assert found[-1] > 10 - 0.6 * rr


def test_rr_intervals_vary_as_much_as_patients_do():
    stream = np.random.default_rng(0)
    gaps = [np.diff(beat_times(0.8, 5.0, 10.0, stream)) for _ in range(400)]
    variations = np.array([gap.std() / gap.mean() for gap in gaps])
    assert abs(np.median(variations) - VARIATION) < 0.005
    # PTB-XL's folds 1 and 2: 11 % of the strips.
    assert 0.05 < (variations > REGULAR).mean() < 0.15
    assert abs(np.mean([gap.mean() for gap in gaps]) - 0.8) < 0.01


def test_the_rate_is_that_of_the_middle():
    peaks = np.array([0, 1, 2, 2.6, 3.2, 4.2, 5.2])
    assert abs(rr_of(peaks, (2.1, 3.1)) - 0.6) < 1e-9
    assert rr_of(peaks, (8, 9)) == 1.0
    assert rr_of(np.array([0, 0.1, 0.2]), (0, 1)) == 0.35


class TestMoved:
    PEAKS = np.array([0.5, 1.4, 2.2, 4.0, 4.3, 5.1, 6.0, 6.9, 7.8, 9.3])

    def test_beats_that_stand_where_they_should_stay(self):
        peaks = np.arange(0.5, 10, 0.8)
        np.testing.assert_array_equal(moved(peaks, peaks, 0.8, SAMPLES, RATE), np.arange(SAMPLES))

    @given(st.floats(0.4, 1.7), st.integers(0, 99))
    @settings(max_examples=40, deadline=None)
    def test_every_target_gets_the_r_peak_of_a_whole_beat(self, rr, seed):
        targets = beat_times(rr, 5.1, 10.0, np.random.default_rng(seed))
        order = moved(self.PEAKS, targets, rr, SAMPLES, RATE)
        assert order.dtype == np.int64
        assert order.min() >= 0
        assert order.max() < SAMPLES
        places = np.rint(targets[(targets > 0.1) & (targets < 9.9)] * RATE).astype(int)
        taken = order[places] / RATE
        distance = np.abs(taken[:, None] - self.PEAKS).min(axis=1)
        assert distance.max() <= 0.0101
        if rr > 0.6:
            # An extra beat 0.3 s after another has no room for a T wave before it, and no P wave.
            assert (np.abs(taken - 4.0) > 0.02).all()

    def test_samples_go_on_within_a_beat(self):
        targets = np.arange(0.6, 10, 0.85)
        steps = np.diff(moved(self.PEAKS, targets, 0.85, SAMPLES, RATE))
        assert (np.abs(steps) <= 1).mean() > 0.98


class TestAlike:
    TARGETS = np.arange(0.5, 10, 0.8)

    def beats(self, heights):
        times = np.arange(SAMPLES) / RATE
        waves = [h * np.exp(-(((times - t) / 0.02) ** 2)) for h, t in zip(heights, self.TARGETS, strict=True)]
        return np.sum(waves, axis=0)[:, None] * np.array([1.0, -0.5])

    def test_beats_that_are_the_same_stay(self):
        np.testing.assert_allclose(alike(self.beats(np.ones(12)), self.TARGETS, 0.8, RATE), 0, atol=1e-6)

    def test_one_that_stands_out_is_brought_back_and_noise_stays(self):
        heights = np.ones(12)
        heights[5] = 0.2
        noise = 0.02 * np.random.default_rng(0).standard_normal((SAMPLES, 2))
        samples = self.beats(heights) + noise
        added = alike(samples, self.TARGETS, 0.8, RATE)
        place = round(self.TARGETS[5] * RATE)
        assert (samples + added)[place, 0] > 0.8
        assert (samples + added)[place, 1] < -0.4
        others = np.ones(SAMPLES, bool)
        others[place - 20 : place + 20] = False
        assert np.abs(added[others]).max() < 0.03
        assert (noise + added)[others].std() > 0.85 * noise.std()

    def test_wander_stays(self):
        samples = self.beats(np.ones(12)) + 0.5 * np.sin(2 * np.pi * 0.3 * np.arange(SAMPLES) / RATE)[:, None]
        assert np.abs(alike(samples, self.TARGETS, 0.8, RATE)).max() < 0.05

    def test_a_median_takes_three(self):
        assert not alike(self.beats(np.arange(12)), self.TARGETS[:2], 0.8, RATE).any()
