import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_synth.errors import InputError
from ecg_synth.paper.scoring import align, coverage, pooled_snr_db, snr_db

ECG = np.convolve(np.random.default_rng(0).standard_normal(1000), np.hanning(25), "same") / 5


@given(st.floats(0.001, 10))
def test_an_error_of_known_power(share):
    assert snr_db(ECG, ECG * (1 + share)) == pytest.approx(-20 * np.log10(share))


def test_edges():
    assert snr_db(ECG, ECG) == np.inf
    assert np.isnan(snr_db(np.zeros(5), np.ones(5)))
    assert np.isnan(snr_db(ECG, np.full_like(ECG, np.nan)))
    assert np.isnan(coverage(np.full(3, np.nan), np.zeros(3)))
    with pytest.raises(
        InputError, match=r"One lead is compared with one of its length. Received: reference.shape=\(5,"
    ):
        snr_db(np.zeros(5), np.zeros(6))


def test_what_is_missing_is_told_apart():
    half = np.where(np.arange(1000) < 500, ECG * 1.1, np.nan)
    assert snr_db(ECG, half) == pytest.approx(20.0)
    assert coverage(ECG, half) == 0.5
    with_zeros = np.where(np.arange(1000) < 500, ECG * 1.1, 0.0)
    assert snr_db(ECG, half, missing_is_zero=True) == pytest.approx(snr_db(ECG, with_zeros))


def test_pooling_adds_powers():
    pairs = [(ECG, 1.1 * ECG), (3 * ECG, 3 * ECG)]
    assert pooled_snr_db(pairs) == pytest.approx(10 * np.log10(10 / 0.01))


@settings(deadline=None, max_examples=30)
@given(st.integers(-50, 50), st.floats(-0.9, 0.9))
def test_alignment_undoes_lag_and_offset(lag, offset):
    moved = np.full_like(ECG, np.nan)
    moved[max(lag, 0) : 1000 + min(lag, 0)] = ECG[max(-lag, 0) : 1000 - max(lag, 0)]
    aligned = align(ECG, moved + offset, 100.0)
    assert aligned.lag_s == pytest.approx(lag / 100)
    assert aligned.offset_mv == pytest.approx(offset, abs=1e-9)
    assert snr_db(ECG, aligned.estimate) > 200


def test_alignment_stays_within_its_limits():
    aligned = align(ECG, ECG + 3.0, 100.0)
    assert aligned.offset_mv == 1.0
    assert align(ECG, np.roll(ECG, 80), 100.0).lag_s != 0.8
    assert align(ECG, np.full_like(ECG, np.nan), 100.0).lag_s == 0.0
