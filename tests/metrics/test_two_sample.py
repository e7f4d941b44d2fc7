import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from ecg_synth.metrics.two_sample import area_under_roc, held_out_scores


def test_area_is_scikit_learns():
    stream = np.random.default_rng(0)
    real, made = stream.integers(0, 9, 40), stream.integers(2, 11, 30)
    expected = roc_auc_score(np.r_[np.zeros(40), np.ones(30)], np.r_[real, made])
    assert area_under_roc(real, made) == pytest.approx(expected)
    assert area_under_roc(made, real) == pytest.approx(1 - expected)


def test_a_difference_is_found_and_none_is_chance():
    stream = np.random.default_rng(0)
    features = stream.standard_normal((200, 20))
    synthetic = np.arange(200) >= 100
    areas = []
    for shift in (0.0, 0.5, 2.0):
        scores = held_out_scores(features + shift * synthetic[:, None], synthetic, np.arange(200), seed=0)
        areas.append(area_under_roc(scores[:100], scores[100:]))
    assert areas[0] == pytest.approx(0.5, abs=0.12)
    assert areas[0] < areas[1] < areas[2]
    assert areas[2] > 0.99


def test_patients_that_are_recognized_do_not_help():
    # Ten slices of each of 20 patients, alike within one: the folds of slices alone would find every patient again.
    stream = np.random.default_rng(0)
    patient = np.repeat(np.arange(20), 10)
    features = stream.standard_normal((20, 30))[patient] + 0.1 * stream.standard_normal((200, 30))
    synthetic = patient >= 10
    scores = held_out_scores(features, synthetic, patient, seed=0)
    assert area_under_roc(scores[:100], scores[100:]) < 0.75
    scattered = held_out_scores(features, synthetic, np.arange(200), seed=0)
    assert area_under_roc(scattered[:100], scattered[100:]) > 0.95
