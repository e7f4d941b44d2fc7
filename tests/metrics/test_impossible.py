"""What no heart makes is listed with its reason; leads are held to Einthoven and Goldberger."""

import json

import numpy as np
import pytest

from ecg_synth.errors import InputError
from ecg_synth.metrics.case import Case, Judgement
from ecg_synth.metrics.clinical import COLUMN, FEATURES
from ecg_synth.metrics.impossible import LIMITS, TRACES, find_impossible, trace_measures
from ecg_synth.metrics.lead_identities import EINTHOVEN, GOLDBERGER, identity_residuals
from ecg_synth.metrics.metric import METRICS
from ecg_synth.metrics.section import SECTIONS
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.metrics.suite import judge
from ecg_synth.signals.leads import LIMB, derive_limb_leads
from ecg_synth.signals.simulate import draw_patients, simulate_record

FS = 250.0


def readings(count, **values):
    """Readings that are missing but for what is given."""
    table = np.full((count, len(FEATURES)), np.nan)
    table[:, COLUMN["beats"]] = 2
    for name, value in values.items():
        table[:, COLUMN[name]] = value
    return table


def quiet(count=1, leads=1):
    t = np.arange(500) / FS
    return np.tile(np.sin(2 * np.pi * 5 * t)[None, :, None], (count, 1, leads))


def reasons(signal, table=None):
    table = readings(len(signal)) if table is None else table
    return [one.limit.name for one in find_impossible(table, trace_measures(signal, FS))]


def test_a_possible_slice_is_not_listed():
    assert reasons(quiet(), readings(1, heart_rate=70, qrs=80, qt=400)) == []


@pytest.mark.parametrize(
    ("name", "value"), [("heart_rate", 310), ("heart_rate", 15), ("qrs", 255), ("qrs", 20), ("qt", 750), ("beats", 0)]
)
def test_a_reading_beyond_its_limit_is_listed(name, value):
    [one] = find_impossible(readings(3, **{name: np.array([np.nan, value, np.nan])}), trace_measures(quiet(3), FS))
    assert (one.index, one.limit.name, one.value) == (1, name, value)
    told = one.as_dict()
    assert told["reason"] == name
    assert not told["low"] <= value <= (told["high"] or np.inf)
    json.dumps(told, allow_nan=False)


def test_traces_beyond_their_limits_are_listed():
    assert reasons(6 * quiet()) == ["amplitude"]
    flat = quiet(leads=2)
    flat[..., 1] = 0
    assert reasons(flat) == ["height"]
    spike = quiet()
    spike[0, 100, 0] += 3
    assert reasons(spike) == ["slope"]
    assert reasons(np.clip(2 * quiet(), -2, 1)) == ["plateau"]
    assert reasons(np.clip(quiet(), -1, 0.4)) == []


def test_a_plateau_is_measured_in_ms():
    signal = quiet()
    signal[0, 50:70, 0] = 2.0
    assert trace_measures(signal, FS)[0, TRACES.index("plateau")] == pytest.approx(80)


def test_every_limit_names_its_source():
    for limit in LIMITS:
        assert limit.low < limit.high
        assert limit.source
        assert limit.name in TRACES or limit.name in COLUMN


def limb(patients, seed=0):
    signals, groups = [], []
    for number, patient in enumerate(draw_patients(patients, seed)):
        record = simulate_record(patient, 6.0, FS, seed)
        chosen = [record.sig_name.index(lead) for lead in LIMB]
        for start in (0, 500, 1000):
            signals.append(record.p_signal[start : start + 500, chosen])
            groups.append(f"{seed}-{number}")
    return SignalSet.of(np.stack(signals), FS, LIMB, f"simulated {seed}", "simulated", np.array(groups))


def test_derived_leads_have_no_residual():
    stream = np.random.default_rng(0)
    one, two = stream.integers(-800, 800, (2, 4, 300)) / 256
    signal = np.stack(list(derive_limb_leads(one, two).values()), axis=-1)
    for derived in (EINTHOVEN, GOLDBERGER):
        np.testing.assert_array_equal(identity_residuals(signal, LIMB, derived), 0)
        # A level of its own in each lead is no residual.
        np.testing.assert_allclose(identity_residuals(signal + np.arange(6.0), LIMB, derived), 0, atol=1e-12)


def test_swapped_leads_have_a_residual():
    signals = limb(4).signal_mv
    swapped = signals[..., [1, 0, 2, 3, 4, 5]]
    for derived in (EINTHOVEN, GOLDBERGER):
        assert identity_residuals(signals, LIMB, derived).max() < 1e-6
        assert identity_residuals(swapped, LIMB, derived).min() > 0.01


@pytest.fixture(scope="module")
def judgement():
    sets = [limb(7, seed) for seed in range(3)]
    bad = limb(10, seed=3)
    signal = bad.signal_mv.copy()
    signal[4] *= 20
    signal[7] = 0
    return Judgement(Case(*sets, bad.with_signal(signal, origin="synthetic", name="broken")))


def test_metrics_see_broken_slices(judgement):
    names = [name for name, metric in METRICS.items() if metric.kind in ("clinic", "leads")]
    found = judge(judgement, names, replicates=3)
    drawn = judgement.case.candidate.draw_index(21, 0).tolist()
    bad = len({4, 7} & set(drawn)) / 21
    assert found["clinic_impossible"]["value"] == pytest.approx(bad)
    assert found["clinic_impossible"]["floor"] == 0
    assert found["clinic_impossible"]["ceiling"] > 0.5
    assert found["clinic_heart_rate"]["unit"] == "/min"
    assert found["einthoven_mv"]["value"] < 1e-5 < found["einthoven_mv"]["ceiling"]
    assert found["goldberger_mv"]["value"] < 1e-5
    # Of fewer than ten slices with three beats there is none.
    assert np.isnan(found["clinic_rmssd"]["value"])
    for name in set(names) - {"clinic_rmssd"}:
        low, high = METRICS[name].bounds
        assert low <= found[name]["value"] <= high, name


def test_the_section_lists_slices_by_their_own_numbers(judgement, monkeypatch):
    monkeypatch.setattr("ecg_synth.metrics.clinic_section.READ_TWICE", 2)
    section = SECTIONS["clinic"](judgement)
    drawn = judgement.case.candidate.draw_index(21, 0).tolist()
    assert {one["index"] for one in section.values["impossible"]} == {4, 7} & set(drawn)
    assert section.values["lead"] == "ii"
    assert set(section.values["features"]) == {feature.name for feature in FEATURES}
    assert set(section.values["features"]["qrs"]["floor"]) == {"quartiles", "missing", "wasserstein", "ks"}
    told = json.dumps(section.values)
    for table in section.tables:
        assert all(len(row) == len(table.heads) for row in table.rows)
    [(caption, figure)] = section.figures.items()
    assert "synthetic" in caption
    assert "judged (synthetic)" in [text.get_text() for text in figure.legends[0].get_texts()]
    assert json.dumps(SECTIONS["clinic"](judgement).values) == told
    assert SECTIONS["rules"](judgement) is None


def test_a_metric_of_leads_needs_them():
    sets = [limb(7, seed) for seed in range(4)]
    two = [SignalSet.of(one.signal_mv[..., :2], FS, LIMB[:2], groups=one.groups) for one in sets]
    judgement = Judgement(Case(*two))
    with pytest.raises(InputError, match="'einthoven_mv' needs the leads i, ii, iii. Received: leads="):
        judge(judgement, ["einthoven_mv"])
    assert not METRICS["goldberger_mv"].works_on(LIMB[:3])
