"""Rules: what was put into a table is found and holds, what was not does not."""

import json

import numpy as np
import pytest

from ecg_synth.metrics import registered  # noqa: F401 - fills SECTIONS
from ecg_synth.metrics.case import Case, Judgement
from ecg_synth.metrics.clinical import COLUMN, FEATURES
from ecg_synth.metrics.rules import Rule, judge_rules, learn_rules
from ecg_synth.metrics.section import SECTIONS
from ecg_synth.metrics.signal_set import SignalSet

NAMES, UNITS, CLASSES = ("heart rate", "QRS", "noise"), ("/min", "ms", ""), ("NORM", "MI")


def made(seed, patients=250, each=4, truth=True):
    """MI where the rate is above 90 and QRS above 110, one label in ten wrong; four slices of each patient."""
    stream = np.random.default_rng(seed)
    own = stream.uniform((50, 60, 0), (130, 160, 1), (patients, 3))
    labels = ((own[:, 0] > 90) & (own[:, 1] > 110)).astype(np.int64)
    labels = np.where(stream.uniform(size=patients) < 0.1, 1 - labels, labels)
    features = np.repeat(own, each, axis=0) + stream.normal(size=(patients * each, 3)) * (1, 1, 0.1)
    labels = np.repeat(labels if truth else stream.permutation(labels), each)
    return features, labels, np.repeat([f"{seed}-{number}" for number in range(patients)], each)


def test_a_rule_that_was_put_in_is_found_and_holds():
    learnt = learn_rules(*made(0)[:2], seed=0)
    verdicts = judge_rules(learnt, made(0)[:2], made(1), seed=0)
    for rule, verdict in zip(learnt, verdicts, strict=True):
        if rule.label == 1 and verdict["lift"] > 2:
            assert rule.conditions[0][0] == pytest.approx(90, abs=4)
            assert rule.conditions[1][0] == pytest.approx(110, abs=6)
            assert verdict["holds"]
            assert verdict["real_lift"] > 2
            break
    else:
        pytest.fail("the rule was not found")


def test_random_labels_give_rules_that_do_not_hold():
    held = total = 0
    for seed in range(6):
        features, labels, _ = made(seed, truth=False)
        learnt = learn_rules(features, labels, seed)
        assert any(one["lift"] > 1.2 for one in judge_rules(learnt, (features, labels), made(50 + seed), seed))
        verdicts = judge_rules(learnt, (features, labels), made(50 + seed, truth=False), seed)
        held += sum(one["holds"] for one in verdicts)
        total += len(verdicts)
    assert total > 20
    assert held <= 2


def test_slices_of_one_patient_are_one_witness():
    features = np.concatenate([np.ones(40), np.zeros(60)])[:, None]
    labels = features[:, 0].astype(np.int64)
    rule = Rule({0: (0.5, np.inf)}, 1)
    alone = np.concatenate([np.full(40, "a"), np.repeat([f"b{number}" for number in range(6)], 10)])
    [of_one] = judge_rules([rule], (features, labels), (features, labels, alone), 0)
    [of_many] = judge_rules([rule], (features, labels), (features, labels, np.arange(100)), 0)
    assert of_one["real_lift"] == of_many["real_lift"] == 2.5
    assert of_one["p"] == pytest.approx(1 / 7, abs=0.03)
    assert of_many["p"] == pytest.approx(1 / 2001)
    assert (of_one["holds"], of_many["holds"]) == (False, True)


def test_a_missing_value_meets_no_condition():
    features = np.array([[100.0, np.nan], [80.0, 120.0], [np.nan, np.nan]])
    np.testing.assert_array_equal(Rule({0: (90.0, np.inf)}, 1).covers(features), [True, False, False])
    np.testing.assert_array_equal(Rule({1: (-np.inf, 130.0)}, 1).covers(features), [False, True, False])
    holes = made(0)[0]
    holes[::3, 0] = np.nan
    holes[:, 2] = np.nan
    for rule in learn_rules(holes, made(0)[1], 0):
        assert 2 not in rule.conditions
        assert not rule.covers(np.full((1, 3), np.nan)).any()


def test_rules_that_cover_nothing_do_not_hold():
    features, labels, _ = made(0)
    [one] = judge_rules([Rule({0: (1000.0, np.inf)}, 1)], (features, labels), made(1), 0)
    assert (one["real_support"], one["holds"], one["p"]) == (0, False, 1)
    assert np.isnan(one["real_lift"])
    assert judge_rules([], (features, labels), made(1), 0) == []


def test_rules_in_words():
    rule = Rule({0: (92.04, np.inf), 1: (80.0, 118.26), 2: (-np.inf, 0.5)}, 1)
    expected = "if heart rate > 92 /min and 80 < QRS <= 118 ms and noise <= 0.5 then MI"
    assert rule.words(NAMES, UNITS, CLASSES) == expected
    there = Rule({0: (-np.inf, np.inf)}, 0)
    assert there.words(NAMES, UNITS, CLASSES) == "if heart rate is measured then NORM"
    np.testing.assert_array_equal(there.covers(np.array([[np.nan], [1.0]])), [False, True])


def test_that_a_value_is_missing_may_be_the_evidence():
    labels = np.arange(80) % 2
    features = np.where(labels == 1, 5.0, np.nan)[:, None]
    assert learn_rules(features, labels, 0) == [Rule({0: (-np.inf, np.inf)}, 1)]


def test_the_same_seed_gives_the_same_rules():
    first, again = (learn_rules(*made(0)[:2], seed=3) for _ in range(2))
    assert first == again
    assert judge_rules(first, made(0)[:2], made(1), 5) == judge_rules(again, made(0)[:2], made(1), 5)


class MadeUp:
    """Clinical readings written into the first samples of a slice, so that no delineation is needed."""

    name = "clinical"

    def __call__(self, signals):
        table = np.full((len(signals), len(FEATURES)), np.nan)
        table[:, [COLUMN["heart_rate"], COLUMN["qrs"], COLUMN["st_mv"]]] = signals.signal_mv[:, :3, 0]
        return table


def readings(seed, classes=CLASSES, **changes):
    features, labels, groups = made(seed, **changes)
    signal = np.concatenate([features, np.zeros((len(features), 9))], axis=1)
    return SignalSet.of(signal, 100.0, name="made up", groups=groups, labels=labels, class_names=classes)


def test_the_section_tells_which_rules_hold():
    real = [readings(seed) for seed in (1, 2, 3)]
    section = SECTIONS["rules"](Judgement(Case(*real, readings(4)), {"clinical": MadeUp()}))
    assert section.values["share_that_holds"] > 0
    assert section.values["floor_share_that_holds"] > 0
    assert any(one["rule"].endswith("then MI") and one["holds"] for one in section.values["learnt_on_synthetic"])
    assert [table.title for table in section.tables] == [
        "Rules learnt on synthetic slices",
        "Rules learnt on real slices",
    ]
    json.dumps(section.values)
    wrong = SECTIONS["rules"](Judgement(Case(*real, readings(4, truth=False)), {"clinical": MadeUp()}))
    assert wrong.values["floor_share_that_holds"] == section.values["floor_share_that_holds"]
    assert wrong.values["share_that_holds"] <= section.values["share_that_holds"]


def test_without_two_classes_there_is_no_section():
    real = [readings(seed) for seed in (1, 2, 3)]
    one_class = SignalSet.of(np.zeros((30, 12)), 100.0, class_names=CLASSES, labels=np.zeros(30, int))
    for candidate in (one_class, readings(4, classes=("NORM", "other"))):
        assert SECTIONS["rules"](Judgement(Case(*real, candidate), {"clinical": MadeUp()})) is None
