"""Errors of intervals: none of equal signals, those of a stretched time, and what was not read is not measured."""

import numpy as np
import pytest

from ecg_synth.metrics.interval_errors import INTERVALS, interval_errors
from ecg_synth.signals.simulate import simulate_record
from ecg_synth.signals.simulate.patients import draw_patients

pytest.importorskip("neurokit2", reason="reading intervals needs NeuroKit2: pip install 'ecg_synth[judge]'")
FS = 500.0


@pytest.fixture(scope="module")
def leads():
    return [simulate_record(patient, 8.0, FS).select(["ii"])[:, 0] for patient in draw_patients(4, 0)]


def test_equal_signals_have_no_error(leads):
    rows = interval_errors([(lead, lead.copy()) for lead in leads], FS)
    assert tuple(row["name"] for row in rows) == INTERVALS
    for row in rows:
        assert (row["of"], row["both"], row["bias"], row["median"], row["p90"]) == (4, 4, 0.0, 0.0, 0.0)


def test_a_stretched_time_stretches_intervals(leads):
    """Half as fast: half the rate, twice the intervals, within what the program's filters of fixed length allow."""
    at = np.arange(2 * len(leads[0])) / 2
    rows = {row["name"]: row for row in interval_errors([(lead, np.interp(at, at[::2], lead)) for lead in leads], FS)}
    plain = {row["name"]: row for row in interval_errors([(lead, 0 * lead) for lead in leads], FS)}
    assert all(row["both"] == 0 and row["median"] is None for row in plain.values())
    assert rows["heart_rate"]["bias"] == pytest.approx(-rows["heart_rate"]["p90"], rel=0.5)
    assert rows["heart_rate"]["bias"] < -20
    assert rows["qt"]["bias"] > 100


def test_what_was_not_read_is_counted_and_not_measured(leads):
    gap, hidden = leads[0].copy(), leads[1].copy()
    gap[1000:1100], hidden[1000:1400] = np.nan, np.nan
    rows = interval_errors([(leads[0], gap), (leads[1], hidden)], FS)
    assert [(row["of"], row["both"]) for row in rows] == [(2, 1)] * 4
    assert rows[0]["median"] < 1
