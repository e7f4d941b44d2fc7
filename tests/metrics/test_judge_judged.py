"""The judge is judged: what every metric says of whole, reordered, identical and broken slices."""

import numpy as np
import pytest
from hearts import hearts, judgement

from ecg_synth.metrics.case import Case, Judgement
from ecg_synth.metrics.faults import FAULTS, broken
from ecg_synth.metrics.interval import interval
from ecg_synth.metrics.judged import Judged
from ecg_synth.metrics.metric import METRICS
from ecg_synth.metrics.suite import judge

FIDELITY = [
    "frechet_random",
    "frechet_encoder",
    "kid_random",
    "kid_encoder",
    "inception_score",
    "precision",
    "recall",
    "density",
    "coverage",
    "mmd",
    "dtw_nearest",
    "dtw_between",
    "js_amplitude",
    "js_spectrum",
    "psd_mmd",
    "psd_prd",
    "rmse_nearest",
    "prd_nearest",
    "lead_correlation",
    "lead_information",
    "c2st",
    "spectrum_db",
]
# Which metric must catch which fault; others may.
CATCHES = {
    "noise": ("frechet_random", "kid_random", "js_spectrum", "precision", "c2st"),
    "mode_drop": ("recall", "c2st"),
    "collapse": ("recall", "coverage", "c2st"),
    "reversal": ("c2st",),
    "lead_swap": ("c2st", "dtw_nearest"),
    "wander": ("js_spectrum", "precision", "c2st"),
    "scaling": ("js_amplitude", "rmse_nearest", "c2st"),
    "stretch": ("js_spectrum", "c2st"),
    "smoothing": ("spectrum_db", "precision", "c2st"),
}


def view_of(signals):
    return Judged(signals, judgement().extractors).view()


@pytest.fixture(scope="module")
def floors():
    """Value and 95 % interval of whole slices."""
    case = judgement()
    reference, floor = case.reference.view(), case.floor.view()
    found = {}
    for name in {name for names in CATCHES.values() for name in names}:
        value = METRICS[name](reference, floor)
        found[name] = (value, *interval(METRICS[name], reference, floor, value, METRICS[name].bounds, 50, 0))
    return found


def test_every_fault_is_in_the_table():
    assert set(CATCHES) == set(FAULTS)


@pytest.mark.parametrize("fault", CATCHES)
def test_every_fault_is_caught(fault, floors):
    case = judgement()
    for name in CATCHES[fault]:
        value = METRICS[name](case.reference.view(), case.broken(fault).view())
        _, low, high = floors[name]
        assert value > high if METRICS[name].better == "lower" else value < low, (name, value, low, high)


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("noise", "frechet_random"),
        ("noise", "kid_random"),
        ("noise", "js_amplitude"),
        ("noise", "js_spectrum"),
        ("noise", "psd_mmd"),
        ("scaling", "mmd"),
        ("scaling", "dtw_between"),
        ("scaling", "frechet_encoder"),
        ("lead_swap", "c2st"),
        ("noise", "lead_information"),
        ("wander", "density"),
        ("collapse", "recall"),
        ("reversal", "c2st"),
        ("smoothing", "spectrum_db"),
    ],
)
def test_answers_are_monotone(fault, name):
    reference = judgement().reference.view()
    values = [METRICS[name](reference, view_of(broken(hearts(1), fault, d))) for d in (0, 0.3, 0.6, 1)]
    steps = np.diff(values)
    assert (steps > 0).all() if METRICS[name].better == "lower" else (steps < 0).all(), values


@pytest.mark.parametrize("name", FIDELITY)
def test_a_set_against_itself(name):
    reference = judgement().reference
    value = METRICS[name](reference.view(), reference.view())
    floor = METRICS[name](reference.view(), judgement().floor.view())
    if name in ("precision", "recall", "density", "coverage"):
        assert value == pytest.approx(1, abs=1e-12)
    elif name in ("kid_random", "kid_encoder", "mmd", "psd_mmd", "dtw_between"):
        # What each slice has with itself counts between the sets and not within one.
        assert value < 0
    elif name == "c2st":
        assert value <= 0.5
    elif name == "inception_score":
        assert value >= 1
    elif name == "psd_prd":
        # Of all pairs: two real sets are as far from one another as one is from itself.
        assert value == pytest.approx(floor, rel=0.1)
    else:
        assert value == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("name", FIDELITY)
def test_the_order_of_slices_does_not_matter(name):
    order = np.random.default_rng(0).permutation(len(hearts(1)))
    value = METRICS[name](judgement().reference.view(), judgement().floor.view())
    shuffled = METRICS[name](judgement().reference.view(), view_of(hearts(1).take(order)))
    # Folds of the classifier are drawn in the order of slices.
    assert shuffled == pytest.approx(value, abs=0.1 if name == "c2st" else 1e-6, rel=1e-6)


@pytest.mark.parametrize(
    "name",
    ["frechet_random", "kid_encoder", "js_amplitude", "js_spectrum", "dtw_between", "psd_prd", "lead_correlation"],
)
def test_symmetric_ones(name):
    reference, floor = judgement().reference.view(), judgement().floor.view()
    assert METRICS[name](reference, floor) == pytest.approx(METRICS[name](floor, reference), rel=1e-9)


def test_same_seed_same_numbers():
    names = ["frechet_random", "recall", "c2st", "dtw_nearest", "js_amplitude"]
    runs = [judge(Judgement(Case(hearts(0), hearts(1), hearts(2), hearts(3))), names, replicates=5) for _ in range(2)]
    for name in names:
        assert {**runs[0][name], "seconds": 0} == {**runs[1][name], "seconds": 0}


def test_large_sets_are_drawn_from_and_always_alike():
    view = judgement().floor.view()
    few = view.fewer(30)
    assert len(few) == 30
    assert few.judged is view.fewer(30).judged
    np.testing.assert_array_equal(few.features("random"), judgement().extractors["random"](few.signals))
    half = view.take(np.arange(0, 80, 2)).fewer(30)
    assert half.judged is few.judged
    assert set(half.groups) <= set(view.groups)
    assert len(half) + len(view.take(np.arange(1, 80, 2)).fewer(30)) == 30
    assert view.fewer(80) is view
