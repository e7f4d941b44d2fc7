"""The frame of the judge: sets, views, half-samples, and the table of values."""

import numpy as np
import pytest

from ecg_synth.errors import InputError
from ecg_synth.metrics.case import Case, Judgement
from ecg_synth.metrics.faults import FAULTS, broken
from ecg_synth.metrics.interval import half, interval
from ecg_synth.metrics.judged import Judged
from ecg_synth.metrics.metric import METRICS
from ecg_synth.metrics.signal_set import SignalSet, check_alike
from ecg_synth.metrics.suite import judge


def waves(seed, count=40, prefix="p", length=256, fs=250.0):
    """Sums of two sines of random phase: 4 slices of every patient."""
    stream = np.random.default_rng(seed)
    t = np.arange(length) / fs
    phase = stream.uniform(0, 2 * np.pi, (count, 2, 1))
    signal = np.sin(2 * np.pi * 3 * t + phase[:, 0]) + 0.3 * np.sin(2 * np.pi * 20 * t + phase[:, 1])
    signal = signal + 0.05 * stream.standard_normal(signal.shape)
    groups = np.array([f"{prefix}{number // 4}" for number in range(count)])
    return SignalSet.of(signal, fs, groups=groups, origin="simulated", name=f"waves {prefix}")


def case_of(candidate, seed=0):
    return Case(waves(1, prefix="a"), waves(2, prefix="b"), waves(3, prefix="c"), candidate, seed)


def test_a_set_has_its_median_at_zero():
    signals = SignalSet.of(np.arange(20.0).reshape(2, 10), 100.0)
    assert signals.signal_mv.shape == (2, 10, 1)
    np.testing.assert_array_equal(np.median(signals.signal_mv, axis=1), 0)


def test_a_set_says_what_is_wrong():
    with pytest.raises(InputError, match="1 of 2 slices of 'slices' with NaN"):
        SignalSet.of(np.array([[0.0, 1.0], [np.nan, 0.0]]), 100.0)
    with pytest.raises(InputError, match=r"Received: signal_mv.shape=\(2, 5, 1\)"):
        SignalSet.of(np.zeros((2, 5)), 100.0, leads=("i", "ii"))
    with pytest.raises(InputError, match="fs=250.0 in 'waves p', fs=100.0 in 'slices'"):
        check_alike(waves(0), SignalSet.of(np.zeros((2, 256)), 100.0))


def test_views_take_features_and_pairs_of_their_slices():
    class Mean:
        name = "mean"
        asked = 0

        def __call__(self, signals):
            self.asked += 1
            return signals.signal_mv[:, :3, 0].astype(float)

    extractor = Mean()
    left, right = (Judged(waves(seed), {"mean": extractor}) for seed in (0, 1))
    rows, columns = np.array([3, 1, 8]), np.arange(5)
    view, other = left.view().take(rows), right.view().take(columns)
    np.testing.assert_array_equal(view.features("mean"), left.features("mean")[rows])
    np.testing.assert_array_equal(view.signals.signal_mv, left.signals.signal_mv[rows])

    def differences(one, two):
        return one.features("mean")[:, None, 0] - two.features("mean")[None, :, 0]

    expected = differences(left, right)
    np.testing.assert_array_equal(view.pairs(other, "differences", differences), expected[np.ix_(rows, columns)])
    np.testing.assert_array_equal(left.view().pairs(right.view(), "differences", differences), expected)
    assert extractor.asked == 2


def test_half_keeps_patients_together():
    view = Judged(waves(0), {}).view()
    chosen = half(view, np.random.default_rng(0))
    assert len(chosen) == 20
    assert len(np.unique(chosen.groups)) == 5


def test_half_samples_have_the_standard_error_of_a_mean():
    stream = np.random.default_rng(0)
    values = stream.normal(size=400)
    signals = SignalSet.of(np.stack([values, 0 * values, 0 * values], axis=1), 1.0)
    view = Judged(signals, {}).view()
    reference = view.take(np.arange(40))

    def mean(_, candidate):
        return float(candidate.signals.signal_mv[:, 0, 0].mean())

    low, high = interval(mean, reference, view, mean(None, view), (-np.inf, np.inf), 400, 0)
    assert (high - low) / 2 == pytest.approx(1.96 * values.std() / 20, rel=0.15)


def test_interval_is_cut_to_the_bounds_and_seeded():
    view = Judged(waves(0), {}).view()
    ends = [interval(lambda *_: 0.0, view, view, 0.0, (0.0, 1.0), 10, 0) for _ in range(2)]
    assert ends == [(0.0, 0.0)] * 2
    assert np.isnan(interval(lambda *_: np.nan, view, view, 0.0, (0.0, 1.0), 10, 0)).all()


def test_judge_puts_floor_and_ceiling_beside_a_value():
    found = judge(Judgement(case_of(waves(9, prefix="s"))), ["spectrum_db"], replicates=20)["spectrum_db"]
    assert found["value"] < 1 < 5 < found["ceiling"]
    assert found["low"] <= found["value"] <= found["high"]
    assert found["unit"] == "dB"
    again = judge(Judgement(case_of(waves(9, prefix="s"))), ["spectrum_db"], replicates=20)["spectrum_db"]
    assert {**again, "seconds": 0} == {**found, "seconds": 0}


def test_candidate_and_floor_are_brought_to_one_number():
    judgement = Judgement(case_of(waves(9, count=24, prefix="s")))
    assert len(judgement.candidate.signals) == len(judgement.floor.signals) == 24
    assert len(judgement.reference.signals) == 40


def test_a_patient_in_two_real_sets_is_an_error():
    with pytest.raises(InputError, match="10 in both floor and reference, 'b0' for one"):
        Case(waves(1, prefix="a"), waves(2, prefix="b"), waves(3, prefix="b"), waves(4))
    with pytest.raises(InputError, match="at least 20 slices"):
        case_of(waves(9, count=8))


def test_an_unknown_metric_lists_the_valid_ones():
    with pytest.raises(InputError, match="Unknown metric"):
        judge(Judgement(case_of(waves(9))), ["frechett"])


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_no_degree_changes_nothing(fault):
    signals = waves(0)
    np.testing.assert_array_equal(broken(signals, fault, 0.0).signal_mv, signals.signal_mv)
    changed = broken(signals, fault, 1.0, seed=3)
    np.testing.assert_array_equal(changed.signal_mv, broken(signals, fault, 1.0, seed=3).signal_mv)
    with pytest.raises(InputError, match="from 0 to 1"):
        broken(signals, fault, 1.5)


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_explains_itself(name):
    metric = METRICS[name]
    assert metric.title
    assert metric.source
    assert metric.bounds[0] < metric.bounds[1]
    assert metric.ceiling in FAULTS
