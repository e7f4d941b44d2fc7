"""What gives slices away: a fault in one part is seen in that part."""

import numpy as np
import pytest

from ecg_synth.metrics import giveaway as giveaway_module
from ecg_synth.metrics.case import Case, Judgement
from ecg_synth.metrics.giveaway import giveaway, mean_beats, parts, r_peaks_of, rhythm
from ecg_synth.metrics.signal_set import SignalSet

FS = 250.0


def beats(seed, prefix, hum=0.0, count=40):
    """Two seconds of spikes a beat long apart, with noise, and perhaps a hum of 60 Hz."""
    stream = np.random.default_rng(seed)
    t = np.arange(500) / FS
    begin, gap = stream.uniform(0.1, 0.5, (count, 1, 1)), stream.uniform(0.7, 0.9, (count, 1, 1))
    peaks = begin + gap * np.arange(3)[None, :, None]
    waves = np.exp(-(((t - peaks) / 0.012) ** 2)) + 0.2 * np.exp(-(((t - peaks - 0.25) / 0.05) ** 2))
    signal = waves.sum(axis=1) + 0.02 * stream.standard_normal((count, len(t)))
    signal += hum * np.sin(2 * np.pi * 60 * t + stream.uniform(0, 6, (count, 1)))
    return SignalSet.of(signal, FS, groups=np.array([f"{prefix}{n // 2}" for n in range(count)]), name=prefix)


def test_a_hum_is_found_in_its_band_and_not_below_it(monkeypatch):
    monkeypatch.setattr(giveaway_module, "BANDS_HZ", ((1.0, 5.0), (40.0, 100.0)))
    case = Case(beats(0, "a"), beats(1, "b"), beats(2, "c"), beats(3, "s", hum=0.05))
    found = giveaway(Judgement(case))
    auroc = {name: values["candidate"] for name, values in found.values["auroc"].items()}
    assert auroc["40 to 100 Hz"] > 0.95
    assert auroc["1 to 5 Hz"] < 0.8
    assert auroc["beats: how many, and how far apart"] < 0.8
    assert all(values["floor"] < 0.85 for values in found.values["auroc"].values())
    assert len(found.tables[0].rows) == len(auroc)


def test_bands_add_up_to_the_slice():
    signals = beats(0, "a")
    kept = [part(signals).signal_mv for name, part in parts(signals).items() if "Hz" in name]
    total = np.sum(kept, axis=0)
    total -= np.median(total, axis=1, keepdims=True)
    np.testing.assert_allclose(total, signals.signal_mv, atol=1e-5)
    assert list(parts(signals))[1:7:5] == ["0 to 1 Hz", "above 100 Hz"]


def test_amplitudes_are_made_alike():
    signals = beats(0, "a")
    alike = parts(signals)["amplitudes made alike"]
    twice = signals.with_signal(2 * signals.signal_mv)
    np.testing.assert_allclose(alike(signals).signal_mv, alike(twice).signal_mv, atol=1e-5)


def test_beats_and_rhythm_are_read_where_they_are():
    signals = beats(0, "a")
    peaks = r_peaks_of(signals)
    found = mean_beats(signals, peaks, (-0.06, 0.06))
    assert found.shape == (40, 24)
    assert np.median(found.argmax(axis=1)) in (11, 12)
    times = rhythm(peaks, FS)
    assert times[:, 1].mean() == pytest.approx(0.8, abs=0.05)
    flat = signals.with_signal(np.zeros_like(signals.signal_mv))
    assert not mean_beats(flat, r_peaks_of(flat), (-0.06, 0.06)).any()
    assert not rhythm(r_peaks_of(flat), FS).any()
