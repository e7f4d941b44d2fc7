"""Clinical features: what the simulator put in is read off, what is not there is NaN, and nothing leaks."""

import warnings

import joblib
import numpy as np
import pytest

from ecg_synth.metrics.clinical import COLUMN, FEATURES, ClinicalExtractor, clinical_features, clinical_lead
from ecg_synth.metrics.clinical_metrics import kolmogorov_smirnov, rr_jensen_shannon, wasserstein
from ecg_synth.metrics.delineation import METHODS, POINTS, delineate, qrs_bounds
from ecg_synth.metrics.delineators import compare_delineators
from ecg_synth.metrics.metric import METRICS
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.signals.heart_rate import find_beats
from ecg_synth.signals.simulate import beat_times, draw_patients, simulate_record

FS = 1000.0
LENGTH = 2025


def slices(patients=8, lead="ii", length=LENGTH, seed=2):
    """Two slices of each simulated patient, and the true times of their beats in s."""
    leads, beats = [], []
    seconds = 2 * length / FS
    for patient in draw_patients(patients, seed):
        record = simulate_record(patient, seconds, seed=seed)
        times = beat_times(patient, seconds, seed=seed)
        signal = record.p_signal[:, record.sig_name.index(lead)]
        for start in (0, length):
            leads.append(signal[start : start + length])
            inside = times[(times >= start / FS) & (times < (start + length) / FS)]
            beats.append(inside - start / FS)
    return np.stack(leads), beats


@pytest.fixture(scope="module")
def simulated_slices():
    return slices()


@pytest.fixture(scope="module")
def table(simulated_slices):
    signals = SignalSet.of(simulated_slices[0], FS, ("ii",), origin="simulated")
    return ClinicalExtractor()(signals)


def train_of(rate, seconds=2.025, fs=FS, qrs_ms=80.0, noise=0.0, beats=None):
    """Beats at an even rate, or at times in s: P, R and T as Gaussians of known places and widths."""
    t = np.arange(round(seconds * fs)) / fs
    signal = noise * np.random.default_rng(0).standard_normal(len(t))
    for beat in np.arange(0.35, seconds + 1, 60 / rate) if beats is None else beats:
        for place, width, height in ((-0.16, 0.02, 0.15), (0, qrs_ms / 1000 / 5, 1.0), (0.28, 0.04, 0.3)):
            signal += height * np.exp(-0.5 * ((t - beat - place) / width) ** 2)
    return signal


def value(row, name):
    return row[COLUMN[name]]


def test_beats_of_simulated_slices_are_found(simulated_slices):
    hits = total = found = 0
    for lead, times in zip(*simulated_slices, strict=True):
        peaks = find_beats(lead, FS) / FS
        inner = times[(times > 0.06) & (times < LENGTH / FS - 0.06)]
        hits += sum(np.abs(peaks - time).min(initial=1.0) < 0.06 for time in inner)
        total += len(inner)
        found += len(peaks)
    assert hits >= 0.95 * total
    assert found <= 1.1 * total + 4


def test_heart_rate_of_simulated_slices_is_recovered(simulated_slices, table):
    true = np.array([60 / np.median(np.diff(times)) for times in simulated_slices[1]])
    error = np.abs(table[:, COLUMN["heart_rate"]] - true)
    assert np.isfinite(error).mean() > 0.9
    assert np.nanmedian(error) < 1.0


def test_readings_of_simulated_slices_are_those_of_people(table):
    for name, low, high in (("pr", 100, 220), ("qrs", 50, 120), ("qt", 300, 460), ("r_mv", 0.2, 2.0)):
        assert low < np.nanmedian(table[:, COLUMN[name]]) < high, name


@pytest.mark.parametrize("rate", [50, 75, 90])
@pytest.mark.parametrize("fs", [250.0, 500.0, 1000.0])
def test_an_even_rhythm_is_read_exactly(rate, fs):
    row = clinical_features(train_of(rate, fs=fs), fs)
    assert value(row, "heart_rate") == pytest.approx(rate, rel=0.01)
    assert value(row, "r_mv") == pytest.approx(1.0, abs=0.06)
    assert value(row, "p_mv") == pytest.approx(0.15, abs=0.05)
    assert value(row, "t_mv") == pytest.approx(0.3, abs=0.06)
    assert value(row, "missing_p") == 0
    rr = 60 / rate
    assert value(row, "qtc") == pytest.approx(value(row, "qt") / np.cbrt(rr), rel=0.01)


def test_variability_needs_three_beats():
    assert value(clinical_features(train_of(120), FS), "sdnn") == pytest.approx(0, abs=2)
    assert np.isnan(value(clinical_features(train_of(50), FS), "sdnn"))


def test_an_uneven_rhythm_of_the_same_rate_is_seen_by_rmssd_alone():
    """Intervals of 0.75 and 0.45 s have the median of 0.6 s each, and differ by 0.3 s."""
    even, uneven = (clinical_features(train_of(100, beats=beats), FS) for beats in ((0.4, 1.0, 1.6), (0.4, 1.15, 1.6)))
    assert value(uneven, "heart_rate") == pytest.approx(value(even, "heart_rate"), rel=0.01)
    assert value(even, "rmssd") == pytest.approx(0, abs=5)
    assert value(uneven, "rmssd") == pytest.approx(300, abs=10)
    assert METRICS["clinic_rmssd"].unit == "ms"


def test_qrs_follows_the_true_width():
    found = [value(clinical_features(train_of(75, qrs_ms=width), FS), "qrs") for width in (60, 80, 100, 120)]
    assert (np.diff(found) > 10).all()


def test_a_long_slice_is_read_too():
    row = clinical_features(train_of(70, seconds=10, noise=0.01), FS)
    assert value(row, "beats") == 12
    assert value(row, "heart_rate") == pytest.approx(70, rel=0.01)
    assert value(row, "rmssd") < 10


def test_a_wave_that_is_not_there_is_missing():
    t = np.arange(LENGTH) / FS
    only_qrs = sum(np.exp(-0.5 * ((t - beat) / 0.012) ** 2) for beat in (0.5, 1.3))
    row = clinical_features(only_qrs, FS)
    assert value(row, "missing_p") == value(row, "missing_t") == 1
    assert value(row, "beats") == 2


@pytest.mark.parametrize("kind", ["flat", "noise", "step", "huge", "ramp"])
def test_what_is_no_ecg_gives_numbers_or_nan_without_a_word(kind):
    t = np.arange(LENGTH) / FS
    lead = {
        "flat": np.zeros(LENGTH),
        "noise": np.random.default_rng(0).standard_normal(LENGTH),
        "step": (t > 1) * 1.0,
        "huge": 1e6 * np.sin(20 * t),
        "ramp": t,
    }[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        row = clinical_features(lead, FS)
    assert not np.isinf(row).any()
    if kind == "flat":
        assert value(row, "beats") == 0
        assert np.isnan(np.delete(row, COLUMN["beats"])).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rate", [35, 60, 80])
def test_every_delineator_reads_even_one_beat(method, rate):
    lead = train_of(rate, fs=500.0)
    peaks = find_beats(lead, 500.0)
    waves = delineate(lead, 500.0, peaks, method)
    assert waves.failure == ""
    assert set(waves.points) == set(POINTS)
    for places in waves.points.values():
        assert places.shape == peaks.shape
    assert np.nanmedian(waves.points["t_peak"] - peaks) == pytest.approx(0.28 * 500, abs=5)


def test_a_failure_of_the_library_is_told():
    lead = train_of(60, fs=500.0)
    waves = delineate(lead, 500.0, find_beats(lead, 500.0), "no such method")
    assert waves.failure == "NeuroKit2: ValueError"
    assert all(np.isnan(places).all() for places in waves.points.values())
    assert delineate(lead, 500.0, np.zeros(0, int)).failure == "no beat found"


def test_a_complex_that_an_end_cuts_has_no_width():
    lead = train_of(60)[330:]
    onset, offset = qrs_bounds(lead, FS, np.array([20, 1020]))
    assert np.isnan(onset[0])
    assert 0 < offset[1] - onset[1] < 200


def test_features_do_not_depend_on_the_company(simulated_slices, table, monkeypatch):
    signals = SignalSet.of(simulated_slices[0], FS, ("ii",), origin="simulated")
    np.testing.assert_array_equal(ClinicalExtractor()(signals.take(np.array([3, 0]))), table[[3, 0]])
    monkeypatch.setattr("ecg_synth.metrics.clinical.MANY", 4)
    monkeypatch.setattr("ecg_synth.metrics.clinical.CHUNK", 2)
    # The chunks are what is tested; starting processes takes longer than all the rest.
    with joblib.parallel_config(backend="sequential"):
        np.testing.assert_array_equal(ClinicalExtractor()(signals.take(np.arange(5))), table[:5])


def test_lead_ii_is_read_where_there_is_one():
    assert clinical_lead(("i", "ii", "iii")) == 1
    assert clinical_lead(("v1", "i")) == 1
    assert clinical_lead(("v5",)) == 0
    assert len({feature.name for feature in FEATURES}) == len(FEATURES)


def test_two_delineators_stand_side_by_side(simulated_slices):
    found = compare_delineators(SignalSet.of(simulated_slices[0][:6], FS, ("ii",), origin="simulated"))
    assert list(found) == ["prominence", "dwt"]
    assert found["prominence"]["failed"] == 0
    assert found["dwt"]["qrs_ms"] > found["prominence"]["qrs_ms"] + 30
    flat = compare_delineators(SignalSet.of(np.zeros((2, LENGTH)), FS))
    assert np.isnan(flat["dwt"]["failed"])


def test_distances_of_shifted_values():
    values = np.random.default_rng(0).normal(70, 10, 200)
    holes = np.concatenate([values, [np.nan] * 7])
    assert wasserstein(holes, values) == 0
    assert wasserstein(values, holes + 5) == pytest.approx(5)
    assert kolmogorov_smirnov(values, values + 1000) == 1
    assert rr_jensen_shannon(values, values) == 0
    assert rr_jensen_shannon(np.full(20, 60.0), np.full(20, 120.0)) == pytest.approx(1)
    few = values[:9]
    assert np.isnan([wasserstein(few, values), kolmogorov_smirnov(few, values), rr_jensen_shannon(few, values)]).all()
