"""What synthetic slices are good for: laws of sets that are known to be good, useless or copies."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecg_synth.metrics import registered  # noqa: F401 - fills EXTRACTORS
from ecg_synth.metrics.case import Case, Judgement
from ecg_synth.metrics.scores import SCORES
from ecg_synth.metrics.signal_set import SignalSet
from ecg_synth.metrics.use import CHANCE, TRTR, TRTS, TSTR, Labeled, decisions, draw_patients, ways_of_use
from ecg_synth.metrics.use_section import use_section

NAMES = ("slow", "fast", "faster")


def labeled(seed, count=240, apart=2.0, prefix="p"):
    """Three classes, each around a point of its own in 12 dimensions; four slices a patient, all of one class."""
    stream = np.random.default_rng(seed)
    labels = np.arange(count) // 4 % 3
    features = stream.normal(size=(count, 12)) + apart * np.eye(3, 12)[labels]
    return Labeled(features, labels, np.array([f"{prefix}{number // 4}" for number in range(count)]))


REAL, TEST = labeled(0), labeled(1, prefix="q")


class TestWays:
    def test_a_set_of_the_real_slices_is_as_good_as_they_are(self):
        found = ways_of_use(REAL, REAL, TEST, 3, seed=0)
        for name in SCORES:
            np.testing.assert_array_equal(found.ways[TSTR].values[name], found.ways[TRTR].values[name])
            np.testing.assert_array_equal(found.ways[TSTR].drawn[name], found.ways[TRTR].drawn[name])
        assert found.ways[TRTR].score("macro_auroc").mean > 0.8
        assert found.ways[TRTS].score("macro_auroc").mean > 0.8

    def test_permuted_labels_teach_nothing(self):
        wrong = REAL.relabeled(np.random.default_rng(5))
        found = ways_of_use(REAL, wrong, TEST, 3, seed=0, shares=(1.0,))
        for way in (TSTR, CHANCE):
            assert found.ways[way].score("macro_auroc").mean == pytest.approx(0.5, abs=0.12)
            assert found.ways[way].score("balanced_accuracy").mean == pytest.approx(1 / 3, abs=0.12)

    def test_copies_are_no_gain(self):
        found = ways_of_use(REAL, REAL, TEST, 3, seed=0, shares=(1.0,))
        for name in SCORES:
            gain = found.both[1.0].score(name, found.real[1.0])
            assert gain.low <= 0 <= gain.high or abs(gain.mean) < 0.01
        assert found.both[1.0].learnt_from == 2 * len(REAL)

    def test_good_slices_help_who_has_few_labels_and_bad_labels_do_not(self):
        found = ways_of_use(REAL, labeled(2), TEST, 3, seed=0, shares=(0.05, 1.0))
        few, both, control = (part[0.05] for part in (found.real, found.both, found.control))
        assert few.learnt_from == 12
        assert both.score("macro_auroc", few).low > 0
        assert both.score("macro_auroc", control).low > 0
        assert control.score("macro_auroc", few).mean < both.score("macro_auroc", few).mean

    def test_the_same_seed_gives_the_same_numbers_and_another_others(self):
        one, again, other = (ways_of_use(REAL, labeled(2), TEST, 3, seed=seed, shares=(0.2, 1.0)) for seed in (3, 3, 4))
        np.testing.assert_array_equal(one.both[0.2].values["macro_f1"], again.both[0.2].values["macro_f1"])
        assert not np.array_equal(one.both[0.2].values["macro_f1"], other.both[0.2].values["macro_f1"])

    def test_a_class_that_was_not_seen_is_never_told(self):
        two = REAL.take(REAL.labels != 1)
        found = decisions([two], TEST.features, 3)
        assert (found[:, 1] == -np.inf).all()
        assert (decisions([REAL.take(REAL.labels == 2)], TEST.features, 3).argmax(axis=1) == 2).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), min_size=1, max_size=40), st.floats(0.01, 1.0))
def test_patients_are_drawn_whole_and_every_class_has_one(slices, share):
    groups = np.array([f"p{patient}" for patient, _ in slices])
    labels = np.array([label for _, label in slices])
    chosen = draw_patients(labels, groups, share, np.random.default_rng(0))
    assert set(groups[chosen]).isdisjoint(groups[~chosen])
    assert set(labels[chosen]) == set(labels)
    if share == 1.0:
        assert chosen.all()


class TinyFeatures:
    name = "random"

    def kernels(self, signals):
        return signals.signal_mv[:, :, 0].astype(float)


def waves(seed, prefix, origin="measured", names=NAMES, shown=(0, 1, 2)):
    """Slices whose frequency is their class's."""
    stream = np.random.default_rng(seed)
    labels = np.repeat(shown, 24)
    t = np.arange(64) / 64
    signal = np.sin(2 * np.pi * (1 + 2 * labels[:, None]) * t) + 0.8 * stream.normal(size=(len(labels), 64))
    groups = np.array([f"{prefix}{number // 4}" for number in range(len(labels))])
    new = np.array([names.index(NAMES[label]) for label in labels])
    return SignalSet.of(signal, 64.0, groups=groups, labels=new, class_names=names, origin=origin, name=prefix)


def section(candidate):
    case = Case(waves(0, "a"), waves(1, "b"), waves(2, "c"), candidate)
    return use_section(Judgement(case, {"random": TinyFeatures()}))


class TestSection:
    def test_says_where_what_was_learnt_from_and_what_it_brought(self):
        found = section(waves(3, "s", "synthetic"))
        assert found.values["classes"] == list(NAMES)
        assert found.values[TSTR]["macro_auroc"]["mean"] > 0.8
        assert len(found.tables[1].rows) == 16
        assert len(found.figures) == 1
        assert "permuted labels" in " ".join(found.text)

    def test_classes_are_known_by_name_not_by_number(self):
        one = section(waves(3, "s", "synthetic"))
        other = section(waves(3, "s", "synthetic", names=NAMES[::-1]))
        assert one.values == other.values

    def test_a_class_that_one_side_lacks_is_left_out_and_named(self):
        found = section(waves(3, "s", "synthetic", shown=(0, 2)))
        assert found.values["classes"] == ["slow", "faster"]
        assert found.values["left_out"] == {"train": ["fast"], "reference": ["fast"]}
        assert "Left out of train, for not all sets have them: fast." in found.text

    def test_without_classes_there_is_nothing_to_say(self):
        nothing = waves(3, "s", "synthetic")
        assert section(dataclasses.replace(nothing, labels=np.full(72, -1))) is None
        found = section(dataclasses.replace(nothing, class_names=("slow", "x", "y")))
        assert found.tables == ()
        assert "fewer than two classes have slices in all three sets" in found.text[0]
        assert "candidate: slow, x, y" in found.text[0]
