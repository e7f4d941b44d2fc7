import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from ecg_synth.metrics.scores import SCORES, group_weights, scores


def by_sklearn(labels, decision, weights):
    told, there = decision.argmax(axis=1), np.unique(labels[weights > 0])
    areas = [metrics.roc_auc_score(labels == k, decision[:, k], sample_weight=weights) for k in there if len(there) > 1]
    return {
        "accuracy": metrics.accuracy_score(labels, told, sample_weight=weights),
        "balanced_accuracy": np.mean(
            [metrics.recall_score(labels == k, told == k, sample_weight=weights) for k in there]
        ),
        "macro_f1": metrics.f1_score(labels, told, labels=there, average="macro", sample_weight=weights),
        "macro_auroc": np.mean(areas) if areas else np.nan,
    }


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 4), st.integers(4, 30), st.integers(0, 2**16))
def test_agrees_with_scikit_learn(classes, count, seed):
    stream = np.random.default_rng(seed)
    labels = stream.integers(0, classes, count)
    # Few values, so that there are ties.
    decision = stream.integers(0, 5, (count, classes)).astype(float)
    weights = stream.integers(0, 3, (2, count)).astype(float)
    weights[:, 0] = 1
    found = scores(labels, decision, weights)
    for number in range(2):
        for name, value in by_sklearn(labels, decision, weights[number]).items():
            np.testing.assert_allclose(found[name][number], value, err_msg=name)


def test_a_weight_of_two_is_a_slice_twice():
    stream = np.random.default_rng(0)
    labels, decision = stream.integers(0, 3, 20), stream.normal(size=(20, 3))
    times = stream.integers(1, 4, 20)
    weighted = scores(labels, decision, times[None])
    repeated = scores(np.repeat(labels, times), np.repeat(decision, times, axis=0))
    for name in SCORES:
        assert weighted[name] == pytest.approx(repeated[name])


def test_all_right_and_all_wrong():
    labels = np.array([0, 0, 1, 2])
    right, wrong = np.eye(3)[labels], np.eye(3)[(labels + 1) % 3]
    assert {name: value[0] for name, value in scores(labels, right).items()} == dict.fromkeys(SCORES, 1.0)
    assert scores(labels, wrong)["macro_f1"][0] == 0.0


def test_patients_are_drawn_whole():
    groups = np.array(["b", "a", "b", "c"])
    weights = group_weights(groups, 200, 0)
    np.testing.assert_array_equal(weights[:, 0], weights[:, 2])
    np.testing.assert_array_equal(weights[:, [0, 1, 3]].sum(axis=1), 3)
    assert abs(weights[:, 1].mean() - 1) < 0.2
