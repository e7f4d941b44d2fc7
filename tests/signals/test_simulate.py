"""The simulated heart obeys the laws of electrocardiography."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from ecg_synth.errors import InputError
from ecg_synth.signals.diagnoses import DIAGNOSES, diagnosis_of, reason_in
from ecg_synth.signals.leads import PTB_15
from ecg_synth.signals.simulate import (
    DOWER,
    INDEPENDENT_LEADS,
    SILENCE,
    TERRITORIES,
    Rhythm,
    SimulatedPatient,
    beat_times,
    draw_patient,
    draw_patients,
    simulate_record,
)
from ecg_synth.signals.simulate.kernels import normal_beat, rotation
from ecg_synth.signals.simulate.noise import Noise, electrode_noise, lead_noise
from ecg_synth.signals.simulate.rhythm import Breathing, qt_factors
from ecg_synth.signals.simulate.vector import heart_vector

SECONDS = 8.0
NUMBERS = range(1, 9)


def quiet(patient: SimulatedPatient) -> SimulatedPatient:
    return dataclasses.replace(patient, noise=SILENCE)


@dataclasses.dataclass(frozen=True)
class Beat:
    """The median beat, in mV against the PQ level; `onset` and `end` of QRS in ms from its middle."""

    onset: int
    end: int
    mv: dict[str, np.ndarray]
    BEFORE = 250

    def at(self, lead: str, ms: int) -> float:
        return float(self.mv[lead][self.BEFORE + ms])

    def st(self, lead: str) -> float:
        return self.at(lead, self.end + 60)

    def qrs(self, lead: str) -> np.ndarray:
        return self.mv[lead][self.BEFORE + self.onset - 5 : self.BEFORE + self.end + 5]

    def t(self, lead: str) -> float:
        wave = self.mv[lead][self.BEFORE + self.end + 60 : self.BEFORE + 400]
        return float(wave[np.argmax(np.abs(wave))])


def measure(patient: SimulatedPatient, seed: int = 0) -> Beat:
    record = simulate_record(quiet(patient), SECONDS, seed=seed)
    middles = np.round(beat_times(patient, SECONDS, seed=seed)[1:-1] * 1000).astype(int)
    beat = np.median(record.p_signal[middles[:, None] + np.arange(-Beat.BEFORE, 420)], axis=0)
    frank = beat[:, [PTB_15.index(lead) for lead in ("vx", "vy", "vz")]]
    # QRS is where the vector moves fast: 8 mV/s is beyond any P or T wave.
    speed = np.linalg.norm(np.gradient(frank, axis=0), axis=1) * 1000
    fast = np.flatnonzero(speed[Beat.BEFORE - 100 : Beat.BEFORE + 140] > 8) - 100
    onset, end = int(fast[0]), int(fast[-1])
    beat = beat - beat[Beat.BEFORE + onset - 6]
    return Beat(onset, end, dict(zip(record.sig_name, beat.T, strict=True)))


@pytest.fixture(scope="module")
def healthy() -> list[Beat]:
    return [measure(draw_patient("Healthy control", number=n)) for n in NUMBERS]


def test_fifteen_leads_in_ptbs_order_marked_simulated():
    patient = draw_patient("Healthy control", number=7)
    record = simulate_record(patient, 2.5)
    assert record.sig_name == PTB_15
    assert record.p_signal.shape == (2500, 15)
    assert record.fs == 1000
    assert record.origin == "simulated"
    assert record.record_name == "patient007/s0001lre"
    assert (record.patient, record.diagnosis) == ("patient007", "Healthy control")
    assert any(line.startswith("Simulated: yes") and "not recorded from a patient" in line for line in record.comments)


def test_limb_leads_obey_einthoven_and_goldberger_with_noise():
    patient = dataclasses.replace(draw_patient("Myocardial infarction"), noise=Noise(0.3, 0.1, 0.1))
    i, ii, iii, avr, avl, avf = simulate_record(patient, 5).p_signal[:, :6].T
    np.testing.assert_allclose(i + iii, ii, rtol=0, atol=1e-14)
    np.testing.assert_allclose(avr, -(i + ii) / 2, rtol=0, atol=1e-14)
    np.testing.assert_allclose(avl, i - ii / 2, rtol=0, atol=1e-14)
    np.testing.assert_allclose(avf, ii - i / 2, rtol=0, atol=1e-14)
    np.testing.assert_allclose(avr + avl + avf, 0, rtol=0, atol=1e-14)


def test_frank_leads_times_dowers_matrix_are_the_independent_leads():
    record = simulate_record(quiet(draw_patient("Bundle branch block")), 5)
    expected = record.select(["vx", "vy", "vz"]) @ DOWER.T
    np.testing.assert_allclose(record.select(INDEPENDENT_LEADS), expected, rtol=0, atol=1e-12)


def test_chest_noise_is_against_wilsons_terminal():
    electrodes = np.random.default_rng(0).standard_normal((10, 12))
    leads, frank = lead_noise(electrodes)
    ra, la, ll, c1 = electrodes[:, :4].T
    np.testing.assert_allclose(leads[:, 0], la - ra)
    np.testing.assert_allclose(leads[:, 1], ll - ra)
    np.testing.assert_allclose(leads[:, 2], c1 - (ra + la + ll) / 3)
    np.testing.assert_array_equal(frank, electrodes[:, 9:])


@pytest.mark.parametrize(
    ("noise", "band"),
    [(Noise(1, 0, 0), (0, 1)), (Noise(0, 1, 0), (45, 155)), (Noise(0, 0, 1), (5, 400))],
    ids=["baseline", "mains", "muscle"],
)
def test_noise_has_its_level_and_its_band(noise, band):
    t = np.arange(60_000) / 1000
    breathing = Breathing(0.25, 0.0, 0.03, 0.0)
    draws = [electrode_noise(noise, breathing, t, 1000, np.random.default_rng(seed)) for seed in range(6)]
    rms = np.sqrt(np.mean(np.square(draws)))
    assert rms == pytest.approx(1, rel=0.25)
    hz = np.fft.rfftfreq(len(t), 1e-3)
    power = np.abs(np.fft.rfft(draws[0] * np.hanning(len(t))[:, None], axis=0)) ** 2
    inside = (hz >= band[0]) & (hz <= band[1])
    assert power[inside].sum() > 0.95 * power.sum()


def test_mains_above_half_the_sampling_rate_is_left_out():
    t = np.arange(800) / 80
    noise = electrode_noise(Noise(0, 1, 0), Breathing(0.25, 0, 0.03, 0), t, 80, np.random.default_rng(0))
    assert not noise.any()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_heart_rate_from_r_peaks_is_that_of_the_beats(number):
    patient = draw_patient("Healthy control", number=number)
    record = simulate_record(patient, 30, seed=number)
    beats = beat_times(patient, 30, seed=number)
    v5 = record.select(["v5"])[:, 0]
    interior = beats[(beats > 0.1) & (beats < 29.9)]
    windows = np.round(interior * 1000).astype(int)[:, None] + np.arange(-60, 61)
    peaks = (windows[:, 0] + v5[windows].argmax(axis=1)) / 1000
    np.testing.assert_allclose(np.diff(peaks), np.diff(interior), atol=0.004)
    # No other sample is as high: the peaks are all the beats there are.
    outside = np.ones(len(v5), dtype=bool)
    outside[windows] = False
    outside[:160] = outside[-160:] = False
    assert v5[outside].max() < np.median(v5[windows].max(axis=1))
    assert 60 / np.diff(beats).mean() == pytest.approx(patient.rhythm.heart_rate, rel=0.03)


def test_rr_intervals_vary_with_mayer_waves_and_breathing():
    rhythm = Rhythm(heart_rate=70, lf_sd=0.03, hf_sd=0.03, breathing_hz=0.27)
    patient = dataclasses.replace(draw_patient("Healthy control"), rhythm=rhythm)
    beats = beat_times(patient, 600)
    rr = np.diff(beats)
    assert rr.std() == pytest.approx(np.hypot(0.03, 0.03), rel=0.25)
    even = np.interp(np.arange(0, 590, 0.25), beats[:-1], rr) - rr.mean()
    power = np.abs(np.fft.rfft(even * np.hanning(len(even)))) ** 2
    hz = np.fft.rfftfreq(len(even), 0.25)
    lf, hf = power[(hz > 0.05) & (hz < 0.15)].sum(), power[(hz > 0.2) & (hz < 0.34)].sum()
    assert lf + hf > 0.9 * power.sum()
    assert 0.3 < lf / hf < 3


def test_beats_bear_no_relation_to_the_start_or_to_whole_seconds():
    fractions = [beat_times(draw_patient("Healthy control", number=n), 5)[0] for n in range(1, 25)]
    assert len({round(value, 3) for value in fractions}) == 24
    assert np.std(fractions) > 0.15


def test_qt_follows_the_cube_root_of_rr_while_qrs_keeps_its_width():
    kernels = [kernel for kernel in normal_beat() if kernel.wave != "p"]
    peaks, widths = [], []
    for rr in (0.64, 1.25):
        t = np.arange(0, 0.5, 1e-4)
        vx = heart_vector(tuple(kernels), np.arange(-3, 4) * rr, t)[:, 0]
        late = t > 0.15
        peaks.append(t[late][vx[late].argmax()])
        widths.append(np.count_nonzero((vx > vx.max() / 2) & (t < 0.1)))
    assert peaks[1] / peaks[0] == pytest.approx((1.25 / 0.64) ** (1 / 3), rel=0.01)
    assert widths[0] == pytest.approx(widths[1], rel=0.02)


def test_qt_lags_behind_a_change_of_rate():
    beats = np.cumsum([0.0] + [1.0] * 30 + [0.5] * 30)
    factors = qt_factors(beats)
    assert 0.95 < factors[31] < 1
    assert factors[-1] == pytest.approx(0.5 ** (1 / 3), rel=1e-2)


def test_signal_is_continuous_from_beat_to_beat():
    for patient in draw_patients(8, seed=1):
        record = simulate_record(quiet(patient), SECONDS)
        assert np.abs(np.diff(record.p_signal, axis=0)).max() < 0.4
        t = np.arange(1, len(record.p_signal) - 1) / 1000
        away_from_qrs = np.abs(t[:, None] - beat_times(patient, SECONDS)).min(axis=1) > 0.13
        # A wave that was cut off, or two beats that did not meet, would make the second difference jump.
        bend = np.abs(np.diff(record.p_signal, n=2, axis=0))[away_from_qrs & (t > 0.13) & (t < SECONDS - 0.13)]
        assert bend.max() < 0.003


def test_healthy_beats_look_healthy(healthy):
    for beat in healthy:
        assert 75 <= beat.end - beat.onset <= 105
        assert beat.qrs("v1").max() < -beat.qrs("v1").min(), "V1 is rS"
        assert beat.qrs("v5").max() > 3 * -beat.qrs("v5").min(), "V5 is qR"
        assert 0.6 < beat.qrs("v5").max() < 2.8
        assert 0.25 < beat.qrs("i").max() < 1.6
        assert 0.3 < beat.qrs("ii").max() < 2.0
        assert beat.qrs("avr").min() < -0.3
        for lead in ("i", "ii", "v3", "v4", "v5", "v6"):
            assert beat.t(lead) > 0.03
        assert abs(beat.st("i")) < 0.1
        assert abs(beat.st("v6")) < 0.1


def test_p_wave_comes_at_a_normal_pr_interval(healthy):
    for beat in healthy:
        before = beat.mv["ii"][: Beat.BEFORE + beat.onset - 20]
        peak = int(before.argmax()) - Beat.BEFORE
        assert 0.03 < before.max() < 0.3
        # P's peak is about 50 ms after its beginning: PR of 120 to 200 ms.
        assert 70 <= beat.onset - peak <= 150


def test_patients_differ(healthy):
    axes = [np.degrees(np.arctan2(np.ptp(b.qrs("avf")), np.ptp(b.qrs("i")))) for b in healthy]
    heights = [b.qrs("v5").max() for b in healthy]
    ts = [b.t("v2") for b in healthy]
    assert np.std(axes) > 3
    assert np.std(heights) > 0.15
    assert np.std(ts) > 0.07
    rates = [draw_patient("Healthy control", number=n).rhythm.heart_rate for n in NUMBERS]
    assert np.std(rates) > 5


@pytest.mark.parametrize(("side", "late_side"), [("left", "v6"), ("right", "v1")])
def test_bundle_branch_block_has_a_wide_qrs(side, late_side):
    for number in NUMBERS:
        beat = measure(draw_patient("Bundle branch block", side, number=number))
        assert 120 <= beat.end - beat.onset <= 180
        late = beat.at(late_side, 55)
        assert late > 0.2, f"the late forces of a {side} block point to {late_side}"
        if side == "left":
            assert beat.qrs("v1").max() < 0.35 * -beat.qrs("v1").min()
            assert beat.qrs("v6").min() > -0.1, "no q"
            assert beat.t("v6") < 0
            assert beat.t("v1") > 0
        else:
            assert beat.at("i", 55) < 0, "a wide S in I"
            assert beat.at("v6", 55) < 0, "a wide S in V6"
            assert beat.t("v1") < 0


@pytest.mark.parametrize(
    ("territory", "elevated", "depressed"),
    [
        ("anterior", ("v1", "v2", "v3", "v4"), ()),
        ("antero-septal", ("v1", "v2", "v3"), ()),
        ("antero-lateral", ("i", "v2", "v3", "v4", "v5"), ()),
        ("inferior", ("ii", "iii", "avf"), ("avl",)),
        ("infero-lateral", ("ii", "iii", "avf", "v6"), ()),
        ("infero-postero-lateral", ("ii", "avf", "v6"), ("v1", "v2")),
        ("lateral", ("i", "avl", "v5", "v6"), ("iii",)),
        ("posterior", (), ("v1", "v2", "v3")),
    ],
)
def test_infarction_raises_st_over_its_territory(territory, elevated, depressed, healthy):
    normal = {lead: np.median([beat.st(lead) for beat in healthy]) for lead in PTB_15}
    for number in NUMBERS:
        beat = measure(draw_patient("Myocardial infarction", territory, number=number))
        for lead in elevated:
            assert beat.st(lead) > 0.08, (number, lead)
        for lead in depressed:
            assert beat.st(lead) < normal[lead] - 0.03, (number, lead)


def test_infarction_takes_force_from_its_wall(healthy):
    inferior = [measure(draw_patient("Myocardial infarction", "inferior", number=n)) for n in NUMBERS]
    anterior = [measure(draw_patient("Myocardial infarction", "anterior", number=n)) for n in NUMBERS]

    def q(beats, lead):
        return np.median([-beat.qrs(lead)[:40].min() for beat in beats])

    def r(beats, lead):
        return np.median([beat.qrs(lead).max() for beat in beats])

    assert q(inferior, "avf") > 2 * q(healthy, "avf")
    assert r(inferior, "avf") < 0.7 * r(healthy, "avf")
    assert r(anterior, "v2") < 0.6 * r(healthy, "v2")


def test_hypertrophy_has_high_voltage_and_strain(healthy):
    def sokolow_lyon(beat):
        return -beat.qrs("v1").min() + max(beat.qrs("v5").max(), beat.qrs("v6").max())

    thick = [measure(draw_patient("Myocardial hypertrophy", number=n)) for n in NUMBERS]
    assert np.median([sokolow_lyon(b) for b in thick]) > 3.5
    assert np.median([sokolow_lyon(b) for b in healthy]) < 3.0
    for beat in thick:
        assert beat.t("v6") < 0
        assert beat.st("v6") < 0
        assert beat.end - beat.onset < 120


def test_every_territory_of_ptb_is_simulated():
    for territory in TERRITORIES:
        record = simulate_record(draw_patient("Myocardial infarction", territory), 1)
        assert f"Acute infarction (localization): {territory}" in record.comments


def test_diagnoses_are_those_of_the_package_and_of_ptbs_headers():
    for patient in draw_patients(12, seed=3):
        assert patient.diagnosis in DIAGNOSES
        record = simulate_record(patient, 1)
        assert diagnosis_of(reason_in(record.comments, record.record_name)) == patient.diagnosis
    comments = simulate_record(draw_patient("Myocardial hypertrophy"), 1).comments
    assert "Reason for admission: Hypertrophy" in comments


def test_four_patients_have_four_diagnoses_and_many_follow_ptb():
    assert len({patient.diagnosis for patient in draw_patients(4, seed=0)}) == 4
    diagnoses = [patient.diagnosis for patient in draw_patients(100, seed=0)]
    assert 45 <= diagnoses.count("Myocardial infarction") <= 60
    assert 22 <= diagnoses.count("Healthy control") <= 35
    assert {diagnoses.count(name) >= 5 for name in set(diagnoses)} == {True}


def test_patients_do_not_depend_on_how_many_there_are():
    few, many = draw_patients(5, seed=4), draw_patients(30, seed=4)
    assert few == many[:5]
    assert len({patient.patient for patient in many}) == 30
    assert {patient.n_records for patient in many} == {1, 2}
    assert draw_patients(5, seed=5) != few


def test_the_same_seed_gives_the_same_signal():
    patient = draw_patient("Healthy control")
    one, two, other = (simulate_record(patient, 3, seed=seed).p_signal for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert np.abs(one - other).max() > 0.1
    assert simulate_record(patient, 3, seed=1, record_name="patient001/s0002lre").p_signal.tobytes() != one.tobytes()


def test_another_sampling_rate_shows_the_same_heart():
    patient = quiet(draw_patient("Healthy control"))
    fast, slow = simulate_record(patient, 4, fs=1000), simulate_record(patient, 4, fs=250)
    np.testing.assert_allclose(fast.p_signal[::4], slow.p_signal, rtol=0, atol=1e-12)


def test_rotation_turns_the_axis_as_it_is_counted():
    np.testing.assert_allclose(rotation(90, 0, 0) @ [1, 0, 0], [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(rotation(0, 90, 0) @ [1, 0, 0], [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(rotation(0, 0, 90) @ [0, 1, 0], [0, 0, 1], atol=1e-12)
    matrix = rotation(20, -10, 5)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)


@pytest.mark.parametrize("duration", [0, -1.0, float("nan"), float("inf")])
def test_a_duration_that_is_not_positive_is_refused(duration):
    with pytest.raises(InputError) as caught:
        simulate_record(draw_patient("Healthy control"), duration)
    assert str(caught.value) == (
        f"A record must last longer than 0 seconds. Received: duration={duration!r}. "
        "A slice of 2025 samples at 1000 Hz needs 2.025 s; PTB's shortest usual record has 38.4 s."
    )


@pytest.mark.parametrize("fs", [0, -1000.0, float("nan"), 0.01])
def test_a_sampling_rate_without_samples_is_refused(fs):
    with pytest.raises(InputError) as caught:
        simulate_record(draw_patient("Healthy control"), 5.0, fs=fs)
    assert str(caught.value) == (
        "The sampling rate must be positive and give at least one sample. "
        f"Received: fs={fs!r} Hz, duration=5.0 s. PTB's rate is 1000 Hz."
    )


@pytest.mark.parametrize("n", [0, -3, 2.5, True])
def test_less_than_one_patient_is_refused(n):
    with pytest.raises(InputError) as caught:
        draw_patients(n, seed=0)
    assert str(caught.value) == (
        f"A simulated database needs a whole number of patients, at least 1. Received: patients={n!r}. "
        "Ask for 4 or more to have every simulated diagnosis."
    )


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5])
def test_a_bad_seed_is_refused(seed):
    with pytest.raises(InputError, match=r"Received: seed="):
        draw_patients(4, seed=seed)
    with pytest.raises(InputError, match=r"Received: seed="):
        simulate_record(draw_patient("Healthy control"), 1, seed=seed)


def test_an_unknown_disease_or_place_names_the_known_ones():
    with pytest.raises(InputError, match="Did you mean 'Healthy control'"):
        draw_patient("healthy controls")
    with pytest.raises(InputError, match="Did you mean 'anterior'"):
        draw_patient("Myocardial infarction", "anteror")
    with pytest.raises(InputError, match="Valid: 'left', 'right'"):
        draw_patient("Bundle branch block", "middle")


def test_importing_it_loads_no_heavy_library():
    code = (
        "import sys, ecg_synth.signals.simulate\n"
        "print([name for name in ('scipy.signal', 'wfdb', 'tensorflow', 'pandas') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
