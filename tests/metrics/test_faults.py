"""What each fault breaks, and how much of it."""

import numpy as np
import pytest
from hearts import hearts

from ecg_synth.metrics.faults import FAULTS, broken, copied
from ecg_synth.metrics.signal_set import SignalSet


@pytest.mark.parametrize("fault", FAULTS)
def test_more_of_a_degree_is_further_away(fault):
    whole = hearts(1)
    error = [np.abs(broken(whole, fault, d).signal_mv - whole.signal_mv).mean() for d in (0.25, 0.5, 1.0)]
    assert 0 < error[0] < error[1] < error[2]


def test_shares_of_slices():
    whole = hearts(1).signal_mv
    backwards = broken(hearts(1), "reversal", 0.5).signal_mv
    changed = np.abs(backwards - whole).max(axis=(1, 2)) > 1e-3
    assert changed.sum() == 40
    np.testing.assert_allclose(backwards[changed], whole[changed][:, ::-1], atol=1e-6)
    swapped = broken(hearts(1), "lead_swap", 1.0).signal_mv
    np.testing.assert_allclose(swapped, whole[..., ::-1], atol=1e-6)
    one_lead = SignalSet.of(whole[..., :1], 250.0)
    np.testing.assert_allclose(broken(one_lead, "lead_swap", 1.0).signal_mv, one_lead.signal_mv, atol=1e-6)


def test_modes():
    whole = hearts(1).signal_mv
    assert len(np.unique(broken(hearts(1), "collapse", 1.0).signal_mv, axis=0)) == 5
    kept = broken(hearts(1), "mode_drop", 1.0).signal_mv
    deviation = whole.std(axis=1).mean(axis=1)
    assert kept.std(axis=1).mean(axis=1).max() == pytest.approx(np.sort(deviation)[19])


def test_continuous_ones():
    whole = hearts(1).signal_mv
    np.testing.assert_allclose(broken(hearts(1), "scaling", 1.0).signal_mv, 2 * whole, atol=1e-6)
    stretched = broken(hearts(1), "stretch", 1.0).signal_mv
    times = 249.5 + (np.arange(500) - 249.5) / 1.5
    kept = np.flatnonzero(np.isclose(times, np.rint(times)))
    # Up to the level, which goes with the median.
    shift = stretched[:, kept] - whole[:, np.rint(times[kept]).astype(int)]
    np.testing.assert_allclose(shift - shift[:, :1], 0, atol=1e-5)
    assert broken(hearts(1), "smoothing", 1.0).signal_mv.std() < 0.8 * whole.std()


def test_copies_are_training_slices_with_their_patients():
    found = copied(hearts(1), hearts(0), 0.5)
    replaced = np.isin(found.groups, hearts(0).groups)
    assert replaced.sum() == 40
    np.testing.assert_allclose(found.signal_mv[~replaced], hearts(1).signal_mv[~replaced], atol=1e-6)
    deviation = hearts(0).signal_mv.std(axis=1).max()
    for one in found.signal_mv[replaced]:
        assert np.abs(hearts(0).signal_mv - one).mean(axis=(1, 2)).min() < 0.01 * deviation
